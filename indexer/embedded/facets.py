"""Labels: the exact values a document is filtered and counted by, numbered once per file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.search import FACETS, MAX_FACET_VALUES, Facet, FacetCount

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

Label = tuple[str, str]  # field, value
_NUMBER = np.dtype("<u4")


def labels_of(document: Mapping[str, Any]) -> list[Label]:
    """The labels of a document; one that was merged away has none, it is not counted."""
    if document["state"] == "merged":
        return []
    labels: list[Label] = [("state", document["state"]), ("day", document["published_at"][:10])]
    if document["agency"]:
        labels.append(("agency", document["agency"]))
    labels += [("publisher", value) for value in document["publishers"]]
    labels += [("family", value) for value in document.get("families") or ()]
    labels += [("language", value) for value in document["languages"]]
    labels += [("marker", value) for value in document["markers"]]
    return labels


def pack(numbers: Sequence[int]) -> bytes:
    """Label numbers as they stand in a document's row."""
    return np.array(sorted(numbers), dtype=_NUMBER).tobytes()


def unpack(packed: bytes) -> list[int]:
    """Label numbers of a document's row."""
    return [int(number) for number in np.frombuffer(packed, dtype=_NUMBER)]


def add_labels(connection: sqlite3.Connection, doc: int, labels: Sequence[Label]) -> bytes:
    """Let a document carry labels; gives back its packed numbers."""
    numbers = [_add_label(connection, label) for label in labels]
    connection.executemany("INSERT INTO carriers VALUES (?, ?)", [(number, doc) for number in numbers])
    return pack(numbers)


def remove_labels(connection: sqlite3.Connection, doc: int, packed: bytes) -> None:
    """Take a document's labels from it."""
    pairs = [(number,) for number in unpack(packed)]
    connection.executemany("UPDATE labels SET documents = documents - 1 WHERE label = ?", pairs)
    connection.executemany(
        "DELETE FROM carriers WHERE label = ? AND doc = ?", [(number, doc) for (number,) in pairs]
    )


def _add_label(connection: sqlite3.Connection, label: Label) -> int:
    row = connection.execute(
        "INSERT INTO labels (field, value, documents) VALUES (?, ?, 1)"
        " ON CONFLICT DO UPDATE SET documents = documents + 1 RETURNING label",
        label,
    ).fetchone()
    return int(row[0])


def find_labels(connection: sqlite3.Connection, field: str, values: Sequence[str]) -> list[int]:
    """The numbers of values; one that no document ever carried has none."""
    marks = ",".join("?" * len(values))
    rows = connection.execute(
        f"SELECT label FROM labels WHERE field = ? AND value IN ({marks})",  # noqa: S608 - only question marks
        (field, *values),
    )
    return [int(label) for (label,) in rows]


def count_all(connection: sqlite3.Connection, facets: Sequence[Facet]) -> dict[Facet, tuple[FacetCount, ...]]:
    """Counts over every document that is not merged away."""
    return _read_counts(connection, facets, None)


def count_hits(
    connection: sqlite3.Connection, facets: Sequence[Facet], packed: Iterable[bytes]
) -> dict[Facet, tuple[FacetCount, ...]]:
    """Counts over the documents whose packed labels are given."""
    numbers = np.frombuffer(b"".join(packed), dtype=_NUMBER)
    return _read_counts(connection, facets, np.bincount(numbers)) if facets else {}


def _read_counts(
    connection: sqlite3.Connection, facets: Sequence[Facet], counts: np.ndarray[Any, Any] | None
) -> dict[Facet, tuple[FacetCount, ...]]:
    found: dict[Facet, list[FacetCount]] = {facet: [] for facet in FACETS if facet in facets}
    for label, field, value, documents in connection.execute(
        "SELECT label, field, value, documents FROM labels"
    ):
        count = documents if counts is None else int(counts[label]) if label < len(counts) else 0
        if count and field in found:
            found[field].append(FacetCount(value, count))
    return {facet: tuple(_order(facet, values)[:MAX_FACET_VALUES]) for facet, values in found.items()}


def _order(facet: Facet, values: list[FacetCount]) -> list[FacetCount]:
    if facet == "day":
        return sorted(values, key=lambda found: found.value, reverse=True)
    return sorted(values, key=lambda found: (-found.count, found.value))
