"""A version as grouping knows it: its text, weights, markers and time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from copytaster.fast_values import fast_value

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from copytaster.store.versions import StoredVersion
    from dedup.similarity.score import Reading
_LATE = timedelta(minutes=15)  # so far a publisher's clock may run ahead of ours


_FIRST_YEAR = 1980  # dates before it are clocks that were never set


_REVISIONS = frozenset(
    {"update", "corrected", "refile", "repeat", "lead", "writethru", "alert", "withdrawn", "kill"}
)


# Pieces that gather what several stories tell: a headline's series is part of what it is about.
_SERIES = frozenset(
    {
        "factbox",
        "timeline",
        "chronology",
        "instant-view",
        "analyst-view",
        "highlights",
        "snapshot",
        "scenarios",
    }
    | {
        "q-and-a",
        "table",
        "text",
        "preview",
        "explainer",
        "profile",
        "fact-check",
        "press-digest",
        "diary",
        "quotes",
    }
    | {"teaser", "results", "watch"}
)


NOTICES = frozenset({"withdrawn", "kill"})


@fast_value
class Known:
    """A version with its text, weighted as on arrival."""

    version: StoredVersion
    reading: Reading
    kinds: frozenset[str]

    @property
    def wrapup(self) -> bool:
        """It joins several stories."""
        return "wrapup" in self.kinds

    @property
    def series(self) -> str:
        """The series that its headline names; empty for a report."""
        return ",".join(sorted(self.kinds & _SERIES)) if self.kinds else ""

    @property
    def revision(self) -> bool:
        """It says of itself that it is a newer version of something."""
        return bool(self.kinds & _REVISIONS)

    @property
    def notice(self) -> bool:
        """It takes a story down."""
        return bool(self.kinds & NOTICES)


def kinds_of(markers: Iterable[object]) -> frozenset[str]:
    """The kinds of a stored headline's markers."""
    return frozenset(
        str(marker["kind"]) for marker in markers if isinstance(marker, dict) and "kind" in marker
    )


def place_in_time(version: StoredVersion) -> datetime:
    """The time of a version in the window: when it was published, or first seen if that date cannot be true."""
    published, seen = version.published_at, version.seen_at
    if published is None or published > seen + _LATE or published.year < _FIRST_YEAR:
        return seen
    return min(published, seen)
