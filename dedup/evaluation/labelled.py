"""Labelled documents: reads them from files, and puts them into a store as a crawl would have."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from copytaster.errors import UsageError
from copytaster.store.shadow import add_rows, keep_empty_page
from copytaster.values import to_json
from copytaster.wire.dateline.dateline import parse_dateline
from copytaster.wire.headline import parse_headline
from copytaster.wire.notes import mark_by_note, split_change_note

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

SAME, LEFT_OUT = 2, 1
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Document:
    """One labelled document; `t` in seconds since 1970 UTC, None where all are in one window."""

    n: int
    id: str
    title: str
    text: str
    t: float | None
    publisher: str
    language: str | None = None


def read_documents(path: Path) -> list[Document]:
    """Documents in file order, one JSON object a line, plain or gzipped.

    Raises:
        UsageError: the file cannot be read, or a line is not a document.
    """
    return [_read_document(line, f"{path}:{number}") for number, line in enumerate(_lines(path), start=1)]


def _read_document(line: str, line_name: str) -> Document:
    try:
        data: dict[str, Any] = json.loads(line)
        t = data.get("t")
        return Document(
            int(data["n"]),
            str(data.get("id", data["n"])),
            str(data.get("title") or ""),
            str(data["text"]),
            None if t is None else float(t),
            str(data.get("publisher") or ""),
            None if data.get("language") is None else str(data["language"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(
            f"not a document: {error!r}", resource=line_name, hint="JSON with n, text, t"
        ) from error


def read_pairs(path: Path) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(same, left out): pairs labelled 2 and 1, from tab-separated a, b, label under a heading.

    Raises:
        UsageError: the file cannot be read, or a line is not a pair.
    """
    labels = read_labels(path)
    same, left_out = ([pair for pair, label in labels.items() if label == kept] for kept in (SAME, LEFT_OUT))
    return same, left_out


def read_labels(path: Path) -> dict[tuple[int, int], int]:
    """Pair -> its label: 2 the same dispatch, 1 left out, 0 different.

    Raises:
        UsageError: the file cannot be read, or a line is not a pair.
    """
    labels: dict[tuple[int, int], int] = {}
    for number, line in enumerate(_lines(path), start=1):
        if number == 1 and line.startswith("a\t"):
            continue
        try:
            one, other, label = (int(cell) for cell in line.split("\t")[:3])
        except ValueError as error:
            raise UsageError(
                f"not a pair: {error}", resource=f"{path}:{number}", hint="a, b, label"
            ) from error
        labels[one, other] = label
    return labels


def read_labelled_relations(path: Path) -> dict[str, list[tuple[int, int]]]:
    """Kind of relation -> pairs labelled 2, from tab-separated a, b, label, relation under a heading.

    Raises:
        UsageError: the file cannot be read, or a line is not a pair.
    """
    kinds: dict[str, list[tuple[int, int]]] = {}
    for number, line in enumerate(_lines(path), start=1):
        if number == 1 and line.startswith("a\t"):
            continue
        cells = line.rstrip("\n").split("\t")
        try:
            one, other, label = (int(cell) for cell in cells[:3])
        except ValueError as error:
            raise UsageError(
                f"not a pair: {error}", resource=f"{path}:{number}", hint="a, b, label, relation"
            ) from error
        if label == SAME:
            kinds.setdefault(cells[3] if len(cells) > 3 else "related", []).append((one, other))  # noqa: PLR2004
    return kinds


def _lines(path: Path) -> Iterator[str]:
    try:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as file:
            yield from (line for line in file if line.strip())
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot be read: {error}", resource=str(path), hint="plain or gzipped text"
        ) from error


def store_documents(
    connection: Connection, documents: Sequence[Document], *, arrived: datetime
) -> dict[int, int]:
    """Each document as the only version of a story of its own, in order; gives back version id -> document number.

    Args:
        connection: to an empty store.
        documents: in the order in which they arrive.
        arrived: when the first arrived; each next one is a millisecond later, so file order is arrival order.
    """
    page = keep_empty_page(connection, at=arrived)
    numbered = dict(enumerate(documents, start=1))
    for start in range(1, len(documents) + 1, _CHUNK):
        part = range(start, min(start + _CHUNK, len(documents) + 1))
        moments = {number: arrived + timedelta(milliseconds=number) for number in part}
        add_rows(
            connection,
            [_story_row(number, numbered[number], moments[number]) for number in part],
            [_version_row(number, numbered[number], moments[number], page) for number in part],
        )
    return {number: document.n for number, document in numbered.items()}


def _story_row(number: int, document: Document, moment: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "identity": f"{number:064d}",
        "publisher": document.publisher,
        "url": document.id,
        "source": "labelled",
        "channel": "archive",
        "first_seen_at": moment,
        "last_seen_at": moment,
        "version_count": 1,
    }


def _version_row(number: int, document: Document, moment: datetime, page: int) -> dict[str, Any]:
    published = None if document.t is None else datetime.fromtimestamp(document.t, UTC)
    headline = parse_headline(document.title)
    note, text = split_change_note(document.text)
    dateline, body = parse_dateline(text)
    return {
        "id": number,
        "story_id": number,
        "number": 1,
        "digest": f"{number:064d}",
        "raw_page_id": page,
        "seen_at": moment,
        "published_at": published,
        "headline": headline.headline,
        "markers": to_json(mark_by_note(headline.markers, note)),
        "change_note": note,
        "dateline": to_json(dateline),
        "body": body,
        "agency_confidence": 0.0,
        "agency_evidence": [],
        "byline": [],
        "captions": [],
        "language": document.language,
        "extractor": "generic",
        "warnings": [],
        "grouped": False,
    }
