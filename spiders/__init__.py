"""Collecting: one spider per kind of source, page parsing, the item pipeline."""
