"""The agency's own chain: what a version's markers say it is, and how the versions follow one another. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

STORY = "story"  # the kind of a version without a marker
NOTICES = frozenset({"withdrawn", "kill"})
CORRECTED = "corrected"
REPEAT = "repeat"
_NUMBERED = frozenset({"update", "lead", "writethru", "wrapup"})
# The first kind found decides: `CORRECTED-UPDATE 1-` is a correction, of the first update.
_KINDS = (
    "withdrawn",
    "kill",
    "corrected",
    "refile",
    "repeat",
    "alert",
    "wrapup",
    "writethru",
    "lead",
    "update",
)
_STORY_NAMED = re.compile(r"\b(?:story|stories|report|item|brief)[.”\"']?$", re.IGNORECASE)
_AFTER = ("refile", "corrected", "repeat")  # in the order in which they follow their version


@dataclass(frozen=True, slots=True)
class Step:
    """One version in a chain.

    Attributes:
        number: of the update, lead, writethru or wrap-up; None where there is none.
        at: when the agency says it sent it, or when it was first seen.
        claimed: True if `at` is the agency's own time.
        name: identifies the version, independent of the order of arrival.
    """

    version_id: int
    kind: str
    number: int | None
    at: datetime
    claimed: bool
    name: tuple[str, int]

    @property
    def notice(self) -> bool:
        """True if it takes the story down and carries none of its text."""
        return self.kind in NOTICES


def read_markers(markers: Iterable[Mapping[str, Any]]) -> tuple[str, int | None]:
    """Kind and number of a version, from its headline's markers."""
    if not markers:  # as most
        return STORY, None
    numbers = {str(marker["kind"]): marker.get("number") for marker in markers if "kind" in marker}
    kind = next((kind for kind in _KINDS if kind in numbers), STORY)
    series = [number for name, number in numbers.items() if name in _NUMBERED and number]
    return kind, max(series, default=None)


def names_a_story(headline: str, markers: Iterable[Mapping[str, Any]]) -> bool:
    """True if a headline only says which story is corrected (`Correction: Refinery Fire story`), and tells no news."""
    return read_markers(markers)[0] == CORRECTED and _STORY_NAMED.search(headline) is not None


def claimed_step(kind: str, number: int | None) -> tuple[str, int | None] | None:
    """The step of the agency's chain that a version of this kind claims to be, or None.

    An alert, a repeat, a refile and a wrap-up claim none: they change no text that others print.
    """
    if kind in NOTICES:
        return ("notice", None)
    if kind == CORRECTED:
        return (CORRECTED, None)
    return ("update", number) if kind == "update" and number is not None else None


def is_claim(markers: Iterable[Mapping[str, Any]], chain: Iterable[tuple[str, int | None]]) -> bool:
    """Whether a version outside the agency's chain says that it is a step which the chain lacks.

    Args:
        markers: of the version.
        chain: kind and number of each of the agency's versions.
    """
    step = claimed_step(*read_markers(markers))
    return step is not None and step not in {claimed_step(*one) for one in chain}


def order_steps(steps: Iterable[Step]) -> list[Step]:
    """The chain in order, the same for every order of arrival.

    The agency's time decides, and marker numbers overrule it: an UPDATE 2 that arrives after UPDATE 3 precedes it. The
    first version, and alerts without a time of their own, come first.
    """
    timed = sorted(steps, key=lambda step: (step.at, _rank(step), step.name))
    first = next((step for step in timed if step.kind == STORY), None)
    front = [step for step in timed if not step.claimed and (step.kind == "alert" or step is first)]
    front.sort(key=_rank)
    rest = [step for step in timed if step not in front]
    numbered = sorted((step for step in rest if _in_series(step)), key=_rank)
    return front + [numbered.pop(0) if _in_series(step) else step for step in rest]


def _in_series(step: Step) -> bool:
    return step.number is not None and not step.notice


def _rank(step: Step) -> tuple[int, int, datetime, tuple[str, int]]:
    if step.notice:
        place = 10_000_000
    elif step.kind == "alert":
        place = -1
    else:
        place = step.number or 0
    after = _AFTER.index(step.kind) + 1 if step.kind in _AFTER else 0
    return place, after, step.at, step.name


def find_head(chain: Sequence[Step]) -> Step | None:
    """The agency's newest text. It is never a notice, and a repeat or an alert only if nothing else exists."""
    texts = [step for step in chain if not step.notice]
    usual = [step for step in texts if step.kind not in {REPEAT, "alert"}]
    return next(reversed(usual or texts), None)


def is_withdrawn(chain: Sequence[Step]) -> bool:
    """True if the agency's last version takes the story down."""
    return bool(chain) and chain[-1].notice
