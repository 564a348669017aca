"""The mark of the store that writes an index, its newest version, and the removal of documents that the store does not know."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from copytaster.errors import ForeignIndexError, UnreachableError
from indexer.elastic.aliases import is_strange, read_aliases, read_description
from indexer.elastic.bulk_results import FORBIDDEN, THROTTLED, refuse_writing
from indexer.elastic.bulk_writer import expect_alias, missing_alias
from indexer.elastic.connection import RefusalError, kind_and_reason, quote_name
from indexer.elastic.live_mapping import merge_meta
from indexer.port import IndexMark, IndexState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.elastic.aliases import IndexDescription
    from indexer.elastic.connection import Connection
    from indexer.elastic.names import Names
    from indexer.port import Known

MARK = "mark"  # its name in the description of an index
RECENT = 1000  # documents that hold the newest version, where a server cannot sort by version
WALK = 5000  # ids a request
CLUSTER = (
    "/_cluster/state/version?filter_path=cluster_uuid"  # the root says it too, and is closed on some servers
)
ID_FIELDS = {"dispatches": "dispatch_id", "stories": "story"}


def read_state(connection: Connection, names: Names, *, refresh: bool) -> IndexState | None:
    """The state of the live index; None where there is none."""
    live = read_aliases(connection, names).find_index(names.write)
    if live is None:
        return None
    if refresh:
        connection.call("POST", f"/{quote_name(live)}/_refresh")
    found = read_description(connection, live)
    mark = IndexMark(f"another program's {live}", "", 0) if is_strange(names, found) else _find_mark(found)
    return IndexState(_read_newest(connection, live), mark)


def read_cluster(connection: Connection) -> str:
    """The id that the cluster gave itself; empty where it does not say."""
    try:
        return str(connection.call("GET", CLUSTER).get("cluster_uuid", ""))
    except RefusalError:
        return ""


def read_mark(connection: Connection, index: str) -> IndexMark | None:
    """The mark in the description of an index, or of the one behind an alias."""
    return _find_mark(read_description(connection, index))


def _find_mark(found: IndexDescription) -> IndexMark | None:
    noted = found.ours.get(MARK)
    return IndexMark(**noted) if noted else None


def put_mark(connection: Connection, index: str, mark: IndexMark) -> None:
    """Put the mark into the description of an index, or of the one behind an alias, unless it is there."""
    found = read_description(connection, index)
    if found.ours.get(MARK) != asdict(mark):
        merge_meta(connection, found.index, {MARK: asdict(mark)})


def check_mark(connection: Connection, alias: str, mark: IndexMark) -> None:
    """Make sure that the index behind an alias has this mark.

    Raises:
        ForeignIndexError: it has another one, or none.
        ConfigurationError: there is no index.
    """
    found = connection.find(f"/{quote_name(alias)}/_mapping?filter_path=*.mappings._meta")
    if found is None:
        raise missing_alias(alias)
    noted = [value["mappings"]["_meta"].get("copytaster", {}).get(MARK) for value in found.values()]
    if noted != [asdict(mark)]:
        raise ForeignIndexError("another store has taken this index over", resource=alias)


def sample_oldest(connection: Connection, names: Names, limit: int) -> list[str]:
    """Ids of documents, those first seen first."""
    body = {
        "size": limit,
        "_source": False,
        "sort": [{"first_seen": {"order": "asc", "unmapped_type": "date"}}],
    }
    return [hit["_id"] for hit in _search(connection, names.write, body)]


def remove_unknown(connection: Connection, names: Names, known: Known, *, version: int) -> int:
    """Remove older documents that `known` does not name; returns how many.

    Raises:
        ConfigurationError: these credentials may not delete documents.
        UnreachableError: the server did not delete some.
    """
    removed = 0
    with expect_alias(names.write):
        connection.call("POST", f"/{quote_name(names.write)}/_refresh")
    for ids in _walk_ids(connection, names):
        held = set(known(names.kind, ids))
        unknown = [name for name in ids if name not in held]
        if unknown:
            removed += delete_documents(connection, names.write, dict.fromkeys(unknown, version))
    return removed


def _read_newest(connection: Connection, index: str) -> int:
    """The newest version: exact where the server can sort by it, else the newest of those written or changed last."""
    try:
        hits = _search(connection, index, _newest_first("_version", 1))
    except RefusalError:
        hits = [
            hit
            for field in ("last_changed", "_seq_no")
            for hit in _search(connection, index, _newest_first(field, RECENT))
        ]
    return max((int(hit["_version"]) for hit in hits), default=0)


def _newest_first(field: str, size: int) -> dict[str, Any]:
    order = {"order": "desc"} if field.startswith("_") else {"order": "desc", "unmapped_type": "date"}
    return {"size": size, "_source": False, "version": True, "sort": [{field: order}]}


def _search(connection: Connection, index: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    with expect_alias(index):
        found = connection.call("POST", f"/{quote_name(index)}/_search", body)
    hits: list[dict[str, Any]] = found["hits"]["hits"]
    return hits


def _walk_ids(connection: Connection, names: Names) -> Iterator[list[str]]:
    body: dict[str, Any] = {
        "size": WALK,
        "_source": False,
        "track_total_hits": False,
        "sort": [{ID_FIELDS[names.kind]: "asc"}],
    }
    while hits := _search(connection, names.write, body):
        yield [hit["_id"] for hit in hits]
        body["search_after"] = hits[-1]["sort"]


def delete_documents(connection: Connection, alias: str, versions: Mapping[str, int]) -> int:
    """Delete documents in favour of these versions: a newer one stays, and an older one under way is refused."""
    lines = [
        json.dumps(
            {"delete": {"_index": alias, "_id": name, "version": version, "version_type": "external"}}
        ).encode()
        for name, version in versions.items()
    ]
    items = [item["delete"] for item in connection.bulk(lines, require_alias="true")["items"]]
    for item in items:
        status = int(item["status"])
        if status == FORBIDDEN:
            raise refuse_writing(kind_and_reason(item)[1])
        if status == THROTTLED or status >= 500:  # noqa: PLR2004
            raise UnreachableError(": ".join(kind_and_reason(item)), resource=alias)
    return sum(item["status"] == 200 for item in items)  # noqa: PLR2004
