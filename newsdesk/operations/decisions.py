"""Manual decisions as data and as lines of text, for the command line and the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copytaster.store.decisions import RELATION_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from copytaster.store.decisions import DecisionRow

# the part whose versions a decision names
_NAMED_PART = {"split": "taken", "merge": "merged", "pin": "held", "confirm": "other", "reject": "other"}


def decision_to_json(row: DecisionRow) -> dict[str, Any]:
    """A decision as data: who decided what and when, who undid it, which stories it names, and from where to where."""
    named = [one for one in row.versions if one.part == _NAMED_PART[row.kind]]
    undone = {"by": row.undone_by, "why": row.undone_why, "at": row.undone_at} if row.undone_at else None
    return {
        "decision": row.id,
        "kind": row.kind,
        "who": row.who,
        "why": row.why,
        "at": row.at,
        "undone": undone,
        "stories": sorted({one.story_id for one in named}),
        "versions": [one.version_id for one in named],
        "from": sorted({one.was_in for one in named}),
        "to": sorted({one.now_in for one in (row.versions if row.kind in RELATION_KINDS else named)}),
    }


def list_pinned(decisions: Iterable[Mapping[str, Any]]) -> set[int]:
    """The stories that decisions, as data, hold in their dispatch."""
    standing = (one for one in decisions if one["kind"] == "pin" and not one["undone"])
    return {story for one in standing for story in one["stories"]}


def format_decision(row: DecisionRow) -> str:
    """A decision on one line."""
    data = decision_to_json(row)
    stories = ", ".join(map(str, data["stories"]))
    did = {
        "split": f"took {stories} out of {', '.join(data['from'])} into {', '.join(data['to'])}",
        "merge": f"merged {', '.join(data['from'])} into {', '.join(data['to'])}",
        "confirm": f"confirmed that {' and '.join(data['to'])} report the same news",
        "reject": f"rejected that {' and '.join(data['to'])} report the same news",
        "pin": f"pinned {stories} in {', '.join(data['to'])}",
    }[row.kind]
    why = f": {row.why}" if row.why else ""
    undone = ""
    if row.undone_at:
        because = f": {row.undone_why}" if row.undone_why else ""
        undone = f"  [undone by {row.undone_by}, {row.undone_at:%Y-%m-%d %H:%M}{because}]"
    return f"{row.id:>4}  {row.at:%Y-%m-%d %H:%M}  {row.who} {did}{why}{undone}"
