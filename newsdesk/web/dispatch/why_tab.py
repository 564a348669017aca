"""The Why tab: against which text a copy was judged, what both share, what disagreed, and which dispatches are near."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copytaster.errors import NotFoundError
from copytaster.masking.values import mask_value
from copytaster.store.dispatches import read_dispatches
from copytaster.values import to_json
from dedup.explain.explain import explain_place
from dedup.explain.sentences import sum_up_place
from indexer.merge import merge_rows
from newsdesk.web.formatting import name_rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from dedup.explain.rule_trace import RuleTrace
    from dedup.explain.values import Change, Explanation, Passage, Placement
    from indexer.record import DispatchRecord, MemberStory
    from newsdesk.web.dispatch.texts import DispatchTexts, PrintedText
    from settings import GroupingSettings

QUOTED = 400  # characters of a passage
MOST_LISTED = 60  # copies in the list to choose from


def describe_why(
    connection: Connection,
    texts: DispatchTexts,
    record: DispatchRecord,
    of: str,
    settings: GroupingSettings,
) -> dict[str, Any]:
    """The values of the Why tab, for the text `of`; without it for the copy that was hardest to judge.

    Raises:
        NotFoundError: the text is not in the dispatch.
    """
    chosen = texts.choose(of) if of else _find_hardest(texts, record)
    found = explain_text(connection, chosen, settings) if chosen else None
    because = found.because if found else None
    return {
        "chosen": chosen,
        "place": sum_up_place(found, "this dispatch") if found else [],
        "against": because.one if because else None,
        "why": because.why if because else (),
        "passages": [_describe_passage(one) for one in because.passages] if because else [],
        "passages_left_out": because.passages_left_out if because else 0,
        "matched_words": because.score.matched_words if because else 0,
        "disagreed": list(_list_disagreed(because)) if because else [],
        "changes": [one for one in because.changes if _is_shown(one)] if because else [],
        "rules": list(_list_rules(because.traces)) if because else [],
        "near": _describe_near(connection, found) if found else [],
        "choices": [
            {
                "name": str(one.story),
                "label": one.publisher,
                "rule": name_rule(str(one.evidence.get("rule", ""))),
            }
            for one in record.members
        ],
        "is_list": len(record.members) <= MOST_LISTED,
    }


def explain_text(connection: Connection, text: PrintedText, settings: GroupingSettings) -> Placement | None:
    """Why a text is in its dispatch; None while it waits for grouping."""
    try:
        return explain_place(connection, text.name, settings)
    except NotFoundError:
        return None


def why_to_json(found: Placement) -> Any:
    """An explanation as the API gives it."""
    data = to_json(found)
    if found.because is not None:
        data["because"]["path"]["found"] = found.because.path.found
    return mask_value(data | {"sentences": sum_up_place(found)})


def _find_hardest(texts: DispatchTexts, record: DispatchRecord) -> PrintedText | None:
    """The copy that joined with the lowest score; the founder where nothing joined."""
    joined = [one for one in record.members if one.evidence.get("rule") not in {None, "founded"}]
    hardest = min(joined, key=_score, default=None) or next(iter(record.members), None)
    return texts.read(hardest.versions[0].version) if hardest else None


def _score(member: MemberStory) -> float:
    score = member.evidence.get("score")
    return float(score) if isinstance(score, int | float) else 1.0


def _is_shown(change: Change) -> bool:
    """False where both print the same words: they differ in what joins them to a passage."""
    return change.one.casefold() != change.other.casefold()


def _describe_passage(passage: Passage) -> dict[str, Any]:
    return {"words": passage.words, "one": cut_middle(passage.one), "other": cut_middle(passage.other)}


def cut_middle(text: str) -> str:
    """A long text without its middle, between words where it has some."""
    if len(text) <= QUOTED:
        return text
    first, last = text[: QUOTED // 2], text[-(QUOTED // 2) :]
    return f"{first.rpartition(' ')[0] or first} … {last.partition(' ')[2] or last}"


def _list_disagreed(found: Explanation) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    """(what, what only the earlier one has, what only the later one has)."""
    for label, only in (
        ("Numbers", found.numbers),
        ("Names", found.names),
        ("Boilerplate, which counts for nothing", found.boilerplate),
    ):
        if only.one or only.other:
            yield label, [cut_middle(one) for one in only.one], [cut_middle(one) for one in only.other]


def _list_rules(traces: Sequence[RuleTrace]) -> Iterator[dict[str, Any]]:
    for trace in traces:
        yield {
            "rule": name_rule(trace.rule) if trace.rule else "against",
            "meaning": trace.meaning,
            "held": trace.answer,
        }


def _describe_near(connection: Connection, found: Placement) -> list[dict[str, Any]]:
    """The dispatches that were alike, but not enough to join."""
    shares = {str(one.get("dispatch")): float(one.get("score", 0)) for one in found.see_also}
    rows = read_dispatches(connection, list(shares)) if shares else {}
    return [
        {"dispatch": name, "headline": merge_rows(rows[name]).headline, "share": share}
        for name, share in shares.items()
        if name in rows and rows[name].members
    ]
