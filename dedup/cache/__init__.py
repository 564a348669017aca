"""Versions and dispatches kept in memory between two batches."""
