"""Manual decisions in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from copytaster.store.decisions import DecisionRow

_SPOKEN_OF = {"split": "taken", "merge": "merged", "pin": "held"}


def describe_ruling(row: DecisionRow) -> dict[str, Any]:
    """A ruling as data: what it is, who made and undid it, the stories it names, where they were and went."""
    named = [one for one in row.versions if one.part == _SPOKEN_OF[row.kind]]
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
        "to": sorted({one.now_in for one in named}),
    }


def tell_ruling(row: DecisionRow) -> str:
    """A ruling on one line."""
    told = describe_ruling(row)
    stories = ", ".join(map(str, told["stories"]))
    did = {
        "split": f"took {stories} out of {', '.join(told['from'])} into {', '.join(told['to'])}",
        "merge": f"merged {', '.join(told['from'])} into {', '.join(told['to'])}",
        "pin": f"pinned {stories} in {', '.join(told['to'])}",
    }[row.kind]
    why = f": {row.why}" if row.why else ""
    undone = ""
    if row.undone_at:
        because = f": {row.undone_why}" if row.undone_why else ""
        undone = f"  [undone by {row.undone_by}, {row.undone_at:%Y-%m-%d %H:%M}{because}]"
    return f"{row.id:>4}  {row.at:%Y-%m-%d %H:%M}  {row.who} {did}{why}{undone}"
