"""What the page of a decision shows: the question, both texts side by side, and what each dispatch gains and loses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copytaster.errors import CopytasterError
from copytaster.store.decisions import find_versions
from copytaster.store.dispatches import read_dispatch
from indexer.merge import merge_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from indexer.record import DispatchRecord, MemberStory
    from newsdesk.operations.deciding import DispatchChange
    from newsdesk.web.decisions.form import DecideParameters
    from settings import GroupingSettings

SHOWN = 12  # stories listed of each side
PARAGRAPHS = 60


def describe_question(do: DecideParameters) -> dict[str, str]:
    """The heading of the page, what follows from the decision, and the words on its button."""
    stories = "this copy" if len(do.story) == 1 else f"these {len(do.story)} copies"
    heading, note, button = {
        "split": (
            f"Take {stories} out?",
            "Grouping never joins the two again. A later copy goes to the side that it resembles more.",
            "Take out",
        ),
        "merge": (
            "Make these dispatches one?",
            "The one that began first keeps its id, and the others lead to it. Later copies of either join.",
            "Merge",
        ),
        "pin": (
            f"Keep {stories} here?",
            "Every later version stays in this dispatch too, whatever it says.",
            "Pin",
        ),
        "unpin": (
            f"Release {stories}?",
            "They stay here until they are regrouped.",
            "Release",
        ),
        "confirm": (
            "Do both report the same news?",
            "The relation is shown as confirmed by you. Later versions of both inherit it.",
            "Confirm",
        ),
        "reject": (
            "Do they report different news?",
            "The relation is shown no longer, nor found again. Later versions of both inherit that.",
            "Reject",
        ),
        "fold": (
            "Fold the retelling into its dispatch?",
            "Both become one dispatch. Undoing the merge brings the relation back.",
            "Fold in",
        ),
        "undo": (
            f"Undo decision {do.decision}?",
            "What it moved returns, with the copies that joined because of it. What people have moved since stays.",
            "Undo",
        ),
    }[do.do]
    return {"heading": heading, "note": note, "button": button}


def describe_beside(
    connection: Connection, do: DecideParameters, settings: GroupingSettings
) -> dict[str, Any] | None:
    """The two texts that the decision is about, with what they share marked; None where there are not two."""
    pair = _choose_pair(connection, do)
    if pair is None:
        return None
    from dedup.explain.beside import mark_shared
    from dedup.explain.explain import explain_versions

    texts = mark_shared(connection, *pair)
    return {
        "why": explain_versions(connection, *pair, settings).why,
        "texts": [
            {
                "publisher": text.side.publisher,
                "headline": text.side.headline,
                "at": text.side.published_at or text.side.seen_at,
                "share": text.share,
                "paragraphs": text.paragraphs[:PARAGRAPHS],
                "left_out": max(0, len(text.paragraphs) - PARAGRAPHS),
            }
            for text in texts
        ],
    }


def _choose_pair(connection: Connection, do: DecideParameters) -> tuple[int, int] | None:
    """The copy and the text that stands for its dispatch, or the texts that stand for two dispatches."""
    if do.do == "split" and do.dispatch and do.story:
        record = merge_rows(read_dispatch(connection, do.dispatch))
        inside = {version.version for member in record.members for version in member.versions}
        named = [version for version in find_versions(connection, do.story[0]) if version in inside]
        against = _find_text(record, without=frozenset(named))
        return (named[-1], against) if named and against else None
    if do.do in ("merge", "confirm", "reject", "fold"):
        names = [name for name in (do.dispatch, *do.other) if name][:2]
        found = [_find_text(merge_rows(read_dispatch(connection, name))) for name in names]
        texts = [version for version in found if version]
        return (texts[0], texts[1]) if len(set(texts)) == 2 else None  # noqa: PLR2004
    return None


def _find_text(record: DispatchRecord, *, without: frozenset[int] = frozenset()) -> int | None:
    """The version that represents a dispatch, or the first of another story where that is left out."""
    if record.canonical and record.canonical.version not in without:
        return record.canonical.version
    rest = (member.versions[-1].version for member in record.members)
    return next((version for version in rest if version not in without), None)


def describe_change(change: DispatchChange) -> dict[str, Any]:
    """A dispatch before and after, with who comes and goes."""
    record = change.after or change.before
    if record is None:
        raise CopytasterError("a dispatch without stories", resource=change.dispatch)
    return {
        "dispatch": change.dispatch,
        "is_new": change.before is None,
        "is_gone": change.after is None,
        "headline": record.headline,
        "language": record.language,
        "before": _count(change.before),
        "after": _count(change.after),
        "gains": _list_some(change.gains),
        "loses": _list_some(change.loses),
    }


def _count(record: DispatchRecord | None) -> dict[str, int]:
    return {
        "publishers": record.publisher_count if record else 0,
        "versions": record.version_count if record else 0,
    }


def _list_some(members: Iterable[MemberStory]) -> dict[str, Any]:
    every = list(members)
    return {"stories": every[:SHOWN], "left_out": max(0, len(every) - SHOWN), "count": len(every)}
