"""Values as page text: times, marker chips, evidence, rule names."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from babel import Locale

from copytaster.chain import is_claim
from copytaster.values import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from zoneinfo import ZoneInfo

CAUTION = {"corrected", "refile"}
ALARM = {"withdrawn", "kill"}
SHORT_S, LONG_S = 10, 120  # with a digit behind the point; in minutes
EVIDENCE = {
    "dateline": "Named in the dateline",
    "byline": "Named in the byline",
    "signoff": "Sign-off",
    "credit-line": "Credit line",
    "copyright": "Copyright line",
    "metadata": "Named in the page's metadata",
    "photo-credit": "Photo credit only (weak)",
    "publisher": "The agency's own site",
    "dispatch": "Named in another copy",
}


class ZoneFormatter:
    """Formats moments in the zone that `find_zone` gives."""

    def __init__(self, find_zone: Callable[[], ZoneInfo]) -> None:
        self._find_zone = find_zone

    def show(self, value: str | datetime | None, form: str = "%H:%M") -> str:
        """Format a moment by a strftime format; empty for None."""
        moment = to_moment(value)
        return "" if moment is None else moment.astimezone(self._find_zone()).strftime(form)

    def full(self, value: str | datetime | None) -> str:
        """A moment with weekday, date, seconds and zone."""
        return self.show(value, "%A %-d %B %Y, %H:%M:%S %Z")


def to_moment(value: str | datetime | None) -> datetime | None:
    """Parse an ISO text; a moment without a zone is UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


def name_minutes(minutes: float) -> str:
    """A span of time in words: `under 1 min`, `7 min`, `2 h 5 min`, `10 h`."""
    if 0 < minutes < 1:
        return "under 1 min"
    hours, rest = divmod(round(minutes), 60)
    return " ".join([f"{hours:,} h"] * bool(hours) + [f"{rest} min"] * bool(rest or not hours))


def name_seconds(seconds: float) -> str:
    """A span of time in words, in seconds up to two minutes: `0.8 s`, `45 s`, `7 min`."""
    if seconds >= LONG_S:
        return name_minutes(seconds / 60)
    return f"{seconds:.1f} s" if seconds < SHORT_S else f"{seconds:.0f} s"


def to_iso(value: str | datetime | None) -> str:
    """A moment for `<time datetime>`."""
    return iso(to_moment(value)) or ""


class Chip(NamedTuple):
    """A marker as a page shows it: its own words without dash or brackets, and its colour class."""

    kind: str
    label: str
    tone: str


def list_chips(markers: Sequence[Mapping[str, Any]], steps: Sequence[tuple[str, int | None]]) -> list[Chip]:
    """The chips of a version's markers.

    A kill or a correction that the agency's chain lacks is a claim: its chip says so and has no colour of alarm.

    Args:
        markers: of one version.
        steps: kind and number of each version of the agency's chain.
    """
    is_claimed = is_claim(markers, steps)
    chips = []
    for marker in markers:
        label = str(marker.get("text") or marker["kind"]).strip(" -–—:()").upper()
        tone = tone_kind(marker["kind"])
        if is_claimed and tone:
            label, tone = f"CLAIMED: {label}", "quiet"
        elif not tone and marker["class"] != "version":
            tone = "quiet"
        chips.append(Chip(marker["kind"], label, tone))
    return chips


def tone_kind(kind: str) -> str:
    """A kind's colour class: `alarm` for withdrawals, `caution` for corrections."""
    if kind in ALARM:
        return "alarm"
    return "caution" if kind in CAUTION else ""


def name_step(kind: str, number: int | None) -> str:
    """The name of a version in the agency's chain: `first version`, `UPDATE 2`, `CORRECTED (of 1)`."""
    if kind == "story":
        return "first version"
    if number is None:
        return kind.upper()
    if kind in CAUTION | {"repeat"}:
        return f"{kind.upper()} (of {number})"
    return f"{kind.upper()} {number}"


LINKS = {
    "wrapup-of": "Wraps up",
    "in-wrapup": "Part of the wrap-up",
    "superseded-by": "Superseded by the full story",
    "supersedes": "Announced by the alert",
    "repeat-of": "Repeats the text of",
    "repeated-by": "Repeated later by",
}
RELATIONS = {"version": "other version"}
RULES = {
    "founded": "first story of the dispatch",
    "exact": "same text",
    "opening": "same opening",
    "covered": "most of the shorter text matches",
    "figures": "same numbers",
    "lead": "same lead",
    "altered": "the same but for a fact or two",
    "worked-over": "reworded throughout",
    "writethru": "rewritten by the same publisher",
    "flash": "same flash",
    "update": "next step of the story",
    "same-story": "another version of the story",
    "notice": "withdrawal notice",
    "desk": "manual decision",
}


def name_language(code: str) -> str:
    """A language's English name; its code if unknown."""
    return _language_names().get(code.split("-", maxsplit=1)[0].lower(), code)


@lru_cache(maxsize=1)
def _language_names() -> dict[str, str]:
    return dict(Locale("en").languages)


def name_kind(kind: str) -> str:
    """A kind of copy in words: `press release`, `fact box`."""
    return kind if kind == "wrap-up" else kind.replace("-", " ")


def name_mark(choice: str) -> str:
    """A choice by a mark in words: `used by you`, `saved by Ada`."""
    kind, _, who = choice.partition(":")
    return f"{kind} by {who or 'you'}"


def label_relation(relation: str) -> str:
    """A member's relation to the canonical version."""
    return RELATIONS.get(relation, relation)


def name_rule(rule: str) -> str:
    """A grouping rule's name as words."""
    return RULES.get(rule) or rule.replace("-", " ").replace("_", " ")
