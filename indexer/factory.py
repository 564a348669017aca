"""Which search index a set of settings means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.embedded import EmbeddedIndex

if TYPE_CHECKING:
    from indexer.port import SearchIndex
    from settings import Settings


def open_index(settings: Settings) -> SearchIndex:
    """The index of an installation. The embedded one is made by `drain.prepare_index` where there is none yet.

    Nothing is asked of a server here; the first use raises what there is to say.
    """
    if settings.elasticsearch.is_set:
        from indexer.elastic import ElasticIndex  # its client takes a while to load

        return ElasticIndex(settings.elasticsearch)
    return EmbeddedIndex(settings.index_path)
