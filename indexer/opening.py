"""Which search index a set of settings means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.errors import ConfigurationError
from indexer.embedded import EmbeddedIndex

if TYPE_CHECKING:
    from indexer.port import SearchIndex
    from settings import Settings


def open_index(settings: Settings) -> SearchIndex:
    """The index of an installation; made by `drain.prepare_index` where there is none yet.

    Raises:
        ConfigurationError: an Elasticsearch address is set; this build carries only the embedded index.
    """
    if settings.elasticsearch.url:
        raise ConfigurationError(
            "this build carries only the embedded index",
            resource="elasticsearch.url",
            hint="leave it unset to search in the data folder's own index",
        )
    return EmbeddedIndex(settings.index_path)
