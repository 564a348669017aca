"""Choosing the adapter of the search index by the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.embedded import EmbeddedIndex

if TYPE_CHECKING:
    from indexer.port import SearchIndex
    from settings import Settings


def open_index(settings: Settings) -> SearchIndex:
    """The index of an installation; no file or server is touched before its first use, which raises any error.

    `drain.prepare_index` makes the index where there is none.
    """
    if settings.elasticsearch.is_set:
        from indexer.elastic import ElasticIndex  # here, as its client library loads slowly

        return ElasticIndex(settings.elasticsearch)
    return EmbeddedIndex(settings.index_path)
