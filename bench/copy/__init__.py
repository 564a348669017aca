"""Invented agency copy with known truth: stories, rewrites, recurring reports. Every text is generated from a seed."""
