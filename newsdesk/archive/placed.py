"""All that a store keeps of a copy and of its membership, as columns: a store can be filled from them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from copytaster.identity import name_dispatch
from copytaster.store.plain_rows import read_link_rows, read_plain
from copytaster.store.signatures import copy_signatures
from dedup.candidates.traces import count_microseconds
from newsdesk.archive.placement import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from newsdesk.archive.placement import Copy, Evidence, Placement

PLACED = COLUMNS | {
    "name": pa.string(),
    "seen": pa.int64(),
    "tie": pa.int64(),
    "identity": pa.string(),
    "number": pa.int32(),
    "publisher": pa.string(),
    "url": pa.string(),
    "headline": pa.string(),
    "row": pa.string(),
    "evidence": pa.string(),
    "at": pa.string(),
    "words": pa.int32(),
    "exact": pa.int64(),
    "signed": pa.bool_(),
    "weights": pa.binary(),
    "links": pa.string(),
}


def read_placed(placement: Placement, known: Mapping[int, Copy]) -> Iterator[pa.RecordBatch]:
    """The copies of a day with the columns of `PLACED`."""

    def describe(connection: Connection, own: Sequence[int], evidence: Evidence) -> dict[int, dict[str, Any]]:
        if not own:
            return {}
        signed = {one.version_id: one for one in copy_signatures(connection, own)}
        links = _name_links(connection, own, known)
        told = {}
        for number, row in read_plain(connection, own[0], own[-1] + 1):
            reason, signature = dict(evidence[number]), signed[number]
            if reason.get("against") is not None:
                reason["against"] = known[reason["against"]].name
            told[number] = _describe(row) | {
                "tie": known[number].tie,
                "evidence": json.dumps(reason, ensure_ascii=False),
                "at": signature.at.isoformat(),
                "words": signature.words,
                "exact": signature.exact,
                "signed": bool(signature.values),
                "weights": signature.weights,
                "links": json.dumps(links.get(number, [])),
            }
        return told

    return placement.read(PLACED, describe)


def _describe(row: Mapping[str, Any]) -> dict[str, Any]:
    story, version = row["story"], row["version"]
    return {
        "name": name_dispatch(story["identity"], version["number"]),
        "seen": count_microseconds(datetime.fromisoformat(version["seen_at"])),
        "identity": story["identity"],
        "number": version["number"],
        "publisher": story["publisher"],
        "url": story["url"],
        "headline": version["headline"],
        "row": json.dumps(row, ensure_ascii=False),
    }


def _name_links(
    connection: Connection, ids: Sequence[int], known: Mapping[int, Copy]
) -> dict[int, list[Any]]:
    """Version -> its links, each (name of the other version, kind, measure): its id is of this task alone."""
    named: dict[int, list[Any]] = {}
    for version, other, kind, measure in read_link_rows(connection, ids):
        named.setdefault(version, []).append([known[other].name, kind, measure])
    return named
