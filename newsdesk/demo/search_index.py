"""The demo's own index on a search server: created at the start, recognised by an alias, deleted at the end."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import ConfigurationError, CopytasterError
from indexer.elastic.aliases import add_alias, delete_index, move_aliases, read_aliases
from indexer.elastic.connection import quote_name
from indexer.elastic.index import ElasticIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from settings import ElasticsearchSettings

log = structlog.get_logger(__name__)

MARK = "demo"  # suffix of the alias that marks an index as the demo's


@contextmanager
def demo_index(settings: ElasticsearchSettings, *, keep: bool) -> Iterator[None]:
    """Create the demo's index under the prefix in `settings`; unless `keep`, restore the server at the end.

    Replaces an empty index and one that an earlier demo left.

    Raises:
        ConfigurationError: the index exists, holds documents, and is not the demo's.
        UnreachableError: the server does not answer.
    """
    index = ElasticIndex(settings)
    try:
        was_empty = _clear(index)
        index.setup()
        move_aliases(index.connection, [add_alias(name, _mark(index)) for name in _read_indices(index)])
        try:
            yield
        finally:
            if not keep:
                _restore(index, set_up=was_empty)
    finally:
        index.close()


def _clear(index: ElasticIndex) -> bool:
    """Delete an index that is empty or a demo's; True if it was empty and not a demo's."""
    found = _read_indices(index)
    is_demo = all(_mark(index) in aliases for aliases in found.values())
    if not is_demo and _holds_documents(index):
        raise ConfigurationError(
            f"{index.names.read} is in use; the demo would mix invented dispatches with yours",
            resource=index.connection.address,
            hint="give the demo another prefix: COPYTASTER_ELASTICSEARCH__PREFIX=showcase",
        )
    for name in found:
        delete_index(index.connection, name)
    return bool(found) and not is_demo


def _holds_documents(index: ElasticIndex) -> bool:
    counts = (index.connection.call("GET", f"/{quote_name(name)}/_count") for name in _read_indices(index))
    return any(int(answer["count"]) for answer in counts)


def _restore(index: ElasticIndex, *, set_up: bool) -> None:
    try:
        for name in _read_indices(index):
            delete_index(index.connection, name)
        if set_up:
            index.setup()
    except CopytasterError as error:
        log.warning("demo.index_left", error=str(error))


def _read_indices(index: ElasticIndex) -> dict[str, frozenset[str]]:
    """Name -> aliases of every index under this prefix."""
    kinds = (index.names, index.names.stories)
    return {
        name: aliases
        for names in kinds
        for name, aliases in read_aliases(index.connection, names).indices.items()
    }


def _mark(index: ElasticIndex) -> str:
    return f"{index.names.read}-{MARK}"
