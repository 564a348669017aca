"""Invented agency copy with known truth: stories, rewrites, forms filled in anew. Every text comes from a seed; none is anyone's."""
