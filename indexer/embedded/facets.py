"""Labels: the exact values by which searches filter and count documents, numbered once per file."""

from __future__ import annotations

import sys
from array import array
from typing import TYPE_CHECKING

from indexer.result_page import order_counts
from indexer.search import FACETS, Facet, FacetCount

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    import numpy as np

Label = tuple[str, str]  # field, value
_NUMBER = "<u4"  # as NumPy names it; `array` has it in the machine's order


def list_labels(document: Mapping[str, Any]) -> list[Label]:
    """The labels of a document; a merged dispatch has none and so is not counted."""
    if document["state"] == "merged":
        return []
    labels: list[Label] = [("state", document["state"]), ("day", document["@timestamp"][:10])]
    if document["agency"]:
        labels.append(("agency", document["agency"]))
    labels += [("publisher", value) for value in document["publishers"]]
    labels += [("family", value) for value in document.get("families") or ()]
    labels += [("language", value) for value in document["languages"]]
    labels += [("marker", value) for value in document["markers"]]
    labels += [("relation", value) for value in document.get("relations") or ()]
    labels += [("kind", value) for value in document.get("kinds") or ()]
    return labels


def pack_labels(numbers: Sequence[int]) -> bytes:
    """Label numbers as a document's row keeps them."""
    return _to_little_endian(array("I", sorted(numbers))).tobytes()


def unpack_labels(packed: bytes) -> list[int]:
    """The label numbers in a document's row."""
    return _to_little_endian(array("I", packed)).tolist()


def _to_little_endian(numbers: array[int]) -> array[int]:
    """To that order, or from it."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def add_labels(connection: sqlite3.Connection, doc: int, labels: Sequence[Label]) -> bytes:
    """Note that a document carries these labels; returns their packed numbers."""
    numbers = [_add_label(connection, label) for label in labels]
    connection.executemany("INSERT INTO carriers VALUES (?, ?)", [(number, doc) for number in numbers])
    return pack_labels(numbers)


def remove_labels(connection: sqlite3.Connection, doc: int, packed: bytes) -> None:
    """Note that a document no longer carries these labels."""
    pairs = [(number,) for number in unpack_labels(packed)]
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
    """The numbers of these values; a value that no document ever carried has none."""
    marks = ",".join("?" * len(values))
    rows = connection.execute(
        f"SELECT label FROM labels WHERE field = ? AND value IN ({marks})",  # noqa: S608 - only question marks
        (field, *values),
    )
    return [int(label) for (label,) in rows]


def count_all(connection: sqlite3.Connection, facets: Sequence[Facet]) -> dict[Facet, tuple[FacetCount, ...]]:
    """Counts over every document but the merged ones."""
    return _read_counts(connection, facets, None)


def count_hits(
    connection: sqlite3.Connection, facets: Sequence[Facet], packed: Iterable[bytes]
) -> dict[Facet, tuple[FacetCount, ...]]:
    """Counts over the documents with these packed labels."""
    import numpy as np

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
    return {facet: order_counts(facet, values) for facet, values in found.items()}
