"""An index for a demo on a search server: made for it, known by its mark, thrown away at the end."""

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

MARK = "demo"  # ends the name of an alias that says whose an index is


@contextmanager
def lend_index(settings: ElasticsearchSettings, *, keep: bool) -> Iterator[None]:
    """Make the index of these settings for a demo, and unless it is to be kept leave the server as it was found.

    One that was set up and holds nothing may be used; one that an earlier demo left behind is made anew.

    Raises:
        ConfigurationError: there is one with documents, which are not the demo's.
        UnreachableError: the server does not answer.
    """
    index = ElasticIndex(settings)
    try:
        was_there = _make_room(index)
        index.setup()
        move_aliases(index.connection, [add_alias(name, _mark(index)) for name in _read_indices(index)])
        try:
            yield
        finally:
            if not keep:
                _take_back(index, set_up=was_there)
    finally:
        index.close()


def _make_room(index: ElasticIndex) -> bool:
    """Delete what a demo left, and an empty index; True where a person had set one up."""
    found = _read_indices(index)
    is_demo = all(_mark(index) in aliases for aliases in found.values())
    if not is_demo and _holds_documents(index):
        raise ConfigurationError(
            f"{index.names.read} is in use; a demo would mix invented dispatches with yours",
            resource=index.connection.address,
            hint="give the demo another name: COPYTASTER_ELASTICSEARCH__PREFIX=trial",
        )
    for name in found:
        delete_index(index.connection, name)
    return bool(found) and not is_demo


def _holds_documents(index: ElasticIndex) -> bool:
    counts = (index.connection.call("GET", f"/{quote_name(name)}/_count") for name in _read_indices(index))
    return any(int(answer["count"]) for answer in counts)


def _take_back(index: ElasticIndex, *, set_up: bool) -> None:
    try:
        for name in _read_indices(index):
            delete_index(index.connection, name)
        if set_up:
            index.setup()
    except CopytasterError as error:
        log.warning("demo.index_left", error=str(error))


def _read_indices(index: ElasticIndex) -> dict[str, frozenset[str]]:
    """Every index of this installation and its aliases."""
    kinds = (index.names, index.names.stories)
    return {
        name: aliases
        for names in kinds
        for name, aliases in read_aliases(index.connection, names).indices.items()
    }


def _mark(index: ElasticIndex) -> str:
    return f"{index.names.read}-{MARK}"
