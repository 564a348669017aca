"""The embedded search index: SQLite FTS5 in a file of its own, which can be thrown away and made anew."""

from indexer.embedded.index import EmbeddedIndex

__all__ = ["EmbeddedIndex"]
