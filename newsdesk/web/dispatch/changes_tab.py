"""The Changes tab: two or three texts of a dispatch in rows, what differs marked, and the choice of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dedup.explain.aligned import align_texts
from newsdesk.web.dispatch.texts import choose_pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.explain.aligned import AlignedTexts, OnlyHere, Row
    from indexer.record import DispatchRecord
    from newsdesk.web.dispatch.texts import DispatchTexts, PrintedText

MOST_LISTED = 60  # texts in a list to choose from; of more, the names are typed


def describe_changes(
    texts: DispatchTexts, record: DispatchRecord, first: str, second: str, third: str
) -> dict[str, Any]:
    """The values of the Changes tab.

    Raises:
        NotFoundError: a named text is not in the dispatch.
    """
    chosen = choose_texts(texts, record, first, second, third)
    found = compare(chosen) if len(chosen) > 1 else None
    return {
        "texts": [_describe_text(text, found, place) for place, text in enumerate(chosen)],
        "is_alone": found is None,
        "headlines": found[0].rows if found else (),
        "rows": list(_fold_same(found[1].rows)) if found else [],
        "choices": texts.list_names() if len(texts.versions) > 1 else [],
        "is_list": len(texts.versions) <= MOST_LISTED,
    }


def choose_texts(
    texts: DispatchTexts, record: DispatchRecord, first: str, second: str, third: str
) -> list[PrintedText]:
    """The texts to compare, each once."""
    chosen = [*choose_pair(texts, record, first, second), *([texts.choose(third)] if third else [])]
    return list({one.version: one for one in chosen}.values())


def compare(chosen: Sequence[PrintedText]) -> tuple[AlignedTexts, AlignedTexts]:
    """The headlines and the bodies of these texts in rows."""
    headlines = align_texts([("", one.headline) for one in chosen])
    return headlines, align_texts([(one.headline, one.body) for one in chosen])


def _describe_text(
    text: PrintedText, found: tuple[AlignedTexts, AlignedTexts] | None, place: int
) -> dict[str, Any]:
    return {
        "text": text,
        "share": found[1].shares[place] if found else None,
        "left_out": found[1].left_out[place] if found else 0,
        "only": _list_only(found[1].only[place]) if found else [],
    }


def _list_only(only: OnlyHere) -> list[tuple[str, tuple[str, ...]]]:
    listed = (("Numbers only here", only.numbers), ("Names only here", only.names))
    return [(label, values) for label, values in listed if values]


def _fold_same(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows in runs: those that differ, and those that are the same in every text."""
    runs: list[dict[str, Any]] = []
    for row in rows:
        if not runs or runs[-1]["is_same"] != row.is_same:
            runs.append({"is_same": row.is_same, "rows": []})
        runs[-1]["rows"].append(row)
    return runs
