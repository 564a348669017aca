"""What the versions of each day became: founded a dispatch, or joined one, by which rule; and which dispatches merged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from copytaster.store.tables import decisions, group_days
from copytaster.store.upsert import insert_or_add

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

FOUNDED, MERGED = "founded", "merged"


@dataclass(frozen=True, slots=True)
class GroupDay:
    """One day (UTC).

    Attributes:
        day: e.g. `2026-11-30`.
        founded: versions that founded a dispatch.
        joined: rule -> versions that joined a dispatch by it.
        merged: dispatches that the service merged into another.
        split: decisions of people to split that were made on this day.
    """

    day: str
    founded: int
    joined: Mapping[str, int]
    merged: int
    split: int = 0

    @property
    def versions(self) -> int:
        """Versions grouped."""
        return self.founded + sum(self.joined.values())

    @property
    def join_share(self) -> float | None:
        """The share of versions that joined; None for a day without any."""
        return 1 - self.founded / self.versions if self.versions else None


def count_outcomes(connection: Connection, outcomes: Iterable[str], *, merged: int, now: datetime) -> None:
    """Add what became of versions: `founded`, or the rule by which one joined."""
    counted = Counter(outcomes)
    counted[MERGED] += merged
    day = now.astimezone(UTC).date().isoformat()
    rows = [{"day": day, "outcome": name, "number": number} for name, number in counted.items() if number]
    if rows:
        connection.execute(insert_or_add(connection, group_days, add=["number"]), rows)


def read_group_days(connection: Connection, days: int, *, now: datetime) -> list[GroupDay]:
    """The last days up to this one on which anything was grouped, oldest first."""
    first = (now.astimezone(UTC) - timedelta(days=days - 1)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    found: dict[str, dict[str, int]] = {}
    columns = (group_days.c.day, group_days.c.outcome, group_days.c.number)
    chosen = select(*columns).where(group_days.c.day >= first.date().isoformat()).order_by(group_days.c.day)
    for day, outcome, number in connection.execute(chosen):
        found.setdefault(day, {})[outcome] = number
    splits = _count_splits(connection, first)
    return [
        GroupDay(day, counts.pop(FOUNDED, 0), counts, counts.pop(MERGED, 0), splits[day])
        for day, counts in found.items()
    ]


def sum_outcomes(connection: Connection) -> dict[str, int]:
    """Outcome -> number, since counting began."""
    summed = select(group_days.c.outcome, func.sum(group_days.c.number)).group_by(group_days.c.outcome)
    return {outcome: int(number) for outcome, number in connection.execute(summed)}


def _count_splits(connection: Connection, since: datetime) -> Counter[str]:
    chosen = select(decisions.c.at).where(decisions.c.kind == "split", decisions.c.at >= since)
    return Counter(at.date().isoformat() for at in connection.scalars(chosen))
