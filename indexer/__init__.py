"""Indexing: the merged record of a dispatch and the road from the outbox to search."""
