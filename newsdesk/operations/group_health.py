"""Whether grouping works as it did: the share of versions that join, by day, and the precision of joins that people judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import sqrt
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from copytaster.store.counts import count_live_dispatches, count_singletons, count_versions
from copytaster.store.group_days import read_group_days
from copytaster.store.reviews import list_reviews

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from copytaster.store.group_days import GroupDay
    from copytaster.store.reviews import Review

DAYS = 28  # with which a day is compared
LEAST_DAYS = 14  # before that nothing is usual
LEAST_VERSIONS = 300  # of a day whose share says something
DEVIATIONS = 5.0  # of the next day; with 14 days before it 1 day in 4,000 by chance (Student's t)
LEAST_DIFFERENCE = 0.1  # of the share; quieter installations have days that are nearly equal
REVIEWED_DAYS = 90
LEAST_REVIEWED = 30
LOW_PRECISION = 0.95
_Z = 1.96  # two-sided, 95 of 100


@dataclass(frozen=True, slots=True)
class Drift:
    """The newest day's share of versions that join lies outside of what is usual: `low` to `high`."""

    day: str
    versions: int
    share: float
    low: float
    high: float

    def __str__(self) -> str:
        """One sentence."""
        return (
            f"{self.share:.0%} of {self.versions:,} versions joined a dispatch on {self.day}; "
            f"usual are {self.low:.0%} to {self.high:.0%}"
        )


@dataclass(frozen=True, slots=True)
class Precision:
    """The share of reviewed joins that are right, with its 95 % interval (Wilson's score interval).

    The joins were drawn at random, so this estimates the precision of all of that time.
    """

    right: int
    reviewed: int

    @property
    def share(self) -> float | None:
        """None until something was reviewed."""
        return self.right / self.reviewed if self.reviewed else None

    @property
    def is_low(self) -> bool:
        """True if enough joins were reviewed, and too few of them are right for chance to explain it."""
        return self.reviewed >= LEAST_REVIEWED and self.interval[1] < LOW_PRECISION

    @property
    def interval(self) -> tuple[float, float]:
        """Lowest and highest share that fits the answers."""
        if not self.reviewed:
            return 0.0, 1.0
        n, share = self.reviewed, self.right / self.reviewed
        middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z / (1 + _Z**2 / n) * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class GroupHealth:
    """The state of grouping.

    Attributes:
        dispatches: live ones.
        singletons: those with one version.
        versions: stored.
        days: the last ones, oldest first.
        drift: None while the newest day is as usual, or nothing is usual yet.
        precision: of the answers of the last 90 days.
        wrong: the answers that say no, newest first.
    """

    dispatches: int
    singletons: int
    versions: int
    days: tuple[GroupDay, ...]
    drift: Drift | None
    precision: Precision
    wrong: tuple[Review, ...]


def read_group_health(connection: Connection) -> GroupHealth:
    """The state at this moment."""
    now = datetime.now(UTC)
    days = read_group_days(connection, DAYS + 1, now=now)
    answers = list_reviews(connection, since=now - timedelta(days=REVIEWED_DAYS))
    return GroupHealth(
        dispatches=count_live_dispatches(connection),
        singletons=count_singletons(connection),
        versions=count_versions(connection),
        days=tuple(days),
        drift=find_drift(days),
        precision=_measure_precision(answers),
        wrong=tuple(one for one in reversed(answers) if not one.is_right),
    )


def read_drift(connection: Connection, now: datetime) -> Drift | None:
    """The drift of the newest day, if there is one."""
    return find_drift(read_group_days(connection, DAYS + 1, now=now))


def read_precision(connection: Connection, now: datetime) -> Precision:
    """The precision that the answers of the last 90 days show."""
    return _measure_precision(list_reviews(connection, since=now - timedelta(days=REVIEWED_DAYS)))


def _measure_precision(answers: Sequence[Review]) -> Precision:
    return Precision(sum(one.is_right for one in answers), len(answers))


def find_drift(days: Sequence[GroupDay]) -> Drift | None:
    """Compare the newest day with those before it; a day with few versions says nothing."""
    shares = [
        (one, one.join_share) for one in days if one.versions >= LEAST_VERSIONS and one.join_share is not None
    ]
    if len(shares) <= LEAST_DAYS or shares[-1][0].day != days[-1].day:
        return None
    newest, share = shares[-1]
    earlier = [one for _, one in shares[:-1]]
    mean = fmean(earlier)
    room = max(DEVIATIONS * stdev(earlier) * sqrt(1 + 1 / len(earlier)), LEAST_DIFFERENCE)
    if abs(share - mean) <= room:
        return None
    return Drift(newest.day, newest.versions, share, max(0.0, mean - room), min(1.0, mean + room))
