"""The embedded search index: SQLite FTS5 in a file of its own, which a rebuild can always make again."""

from indexer.embedded.index import EmbeddedIndex

__all__ = ["EmbeddedIndex"]
