"""Indexing: the merged record of a dispatch, its document, and the way from the outbox to search."""
