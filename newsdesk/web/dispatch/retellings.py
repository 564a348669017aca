"""The sections of the dispatch page that show who reported the same news, in other words or in another language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from newsdesk.web.formatting import name_language

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from indexer.record import DispatchRecord, RelatedDispatch

_LEXICAL = "lexical"


def describe_retellings(record: DispatchRecord) -> list[dict[str, Any]]:
    """The sections: who reports the same later, and who reported it before; none where nobody did."""
    later = sorted((*record.retold_by, *record.translated_into), key=lambda one: (one.at, one.dispatch))
    groups = [
        {
            "id": "told-before",
            "heading": "Reported before by",
            "note": "This dispatch repeats their news in other words or in another language.",
            "dispatches": [_describe(one, record, is_later=False) for one in record.retold_of],
        },
        {
            "id": "told",
            "heading": "Also told by",
            "note": "The same news in other words or in another language, printed later. These are dispatches of their own.",
            "dispatches": [_describe(one, record, is_later=True) for one in later],
        },
    ]
    return [group for group in groups if group["dispatches"]]


def label_kind(one: RelatedDispatch, *, is_later: bool) -> str:
    """`in other words`, `in German`, `from Russian`."""
    if one.kind == "retold" or not one.language:
        return "in other words" if one.kind == "retold" else "in another language"
    return f"{'in' if is_later else 'from'} {name_language(one.language)}"


def _describe(one: RelatedDispatch, record: DispatchRecord, *, is_later: bool) -> dict[str, Any]:
    ours, theirs = "This dispatch", one.publisher
    languages = (record.language, one.language) if is_later else (one.language, record.language)
    sentences: Sequence[Mapping[str, Any]] = one.evidence.get("sentences") or ()
    aligned = sum(bool(pair.get("earlier")) for pair in sentences)
    return {
        "at": one.at,
        "publisher": one.publisher,
        "headline": one.headline,
        "language": one.language,
        "dispatch": one.dispatch,
        "label": label_kind(one, is_later=is_later),
        "tone": "quiet" if one.kind == "retold" else "",
        "confidence": one.confidence,
        "state": _name_state(one),
        "is_confirmed": one.state == "confirmed",
        "summary": f"{aligned} of {len(sentences)} sentences side by side, and the facts",
        "earlier_heading": ours if is_later else theirs,
        "later_heading": theirs if is_later else ours,
        "earlier_language": languages[0],
        "later_language": languages[1],
        "sentences": sentences,
        "facts": list(list_facts(one)),
    }


def _name_state(one: RelatedDispatch) -> str:
    if one.state == "confirmed":
        return f"sure, confirmed by {one.decided_by}"
    weak = ", compared by letters only" if one.encoder == _LEXICAL else ""
    return f"sure, not confirmed{weak}"


def list_facts(one: RelatedDispatch) -> Iterator[tuple[str, str]]:
    """What agrees and what only one text states, as (label, values)."""
    names = [
        earlier if earlier == later else f"{earlier} / {later}"
        for earlier, later in one.evidence.get("names") or ()
    ]
    for label, values in (
        ("Numbers in both", one.evidence.get("numbers")),
        ("Names in both", names),
        ("Quotations in both", [f"“{later}”" for _, later in one.evidence.get("quotes") or ()]),
        ("Numbers only in the earlier", one.evidence.get("only_earlier")),
        ("Numbers only in the later", one.evidence.get("only_later")),
    ):
        if values:
            yield label, " · ".join(values)
    yield "Compared by", f"{one.encoder} ({one.encoder_version})"
