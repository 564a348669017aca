"""A search server started as the tests start theirs."""

from __future__ import annotations

import secrets
from importlib import import_module
from typing import TYPE_CHECKING, Any

from indexer.elastic import ElasticIndex
from settings import ElasticsearchSettings

if TYPE_CHECKING:
    from contextlib import ExitStack


def start_server(ends: ExitStack) -> str:
    """The address of Elasticsearch, which ends with `ends`.

    Raises:
        the error that `find_impossible` names: no server can be started here.
    """
    servers_of_tests: Any = import_module("tests.servers")
    if servers_of_tests.GIVEN_URL:
        return str(servers_of_tests.GIVEN_URL)
    servers: Any = servers_of_tests.Servers()
    ends.callback(servers.close)
    return str(servers.get("elasticsearch").url)


def find_impossible() -> type[Exception]:
    """The error of a machine that cannot start one."""
    error: type[Exception] = import_module("tests.servers").ImpossibleError
    return error


def open_index(url: str) -> ElasticIndex:
    """A new index of this server under a name of its own."""
    index = ElasticIndex(ElasticsearchSettings(url=url, prefix=f"bench-{secrets.token_hex(4)}"))
    index.setup()
    return index
