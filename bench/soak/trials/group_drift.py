"""Installations whose grouping breaks overnight, and others whose days only differ: which of them ring."""

from __future__ import annotations

import random
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from bench.soak.cases import count_cases
from bench.soak.trial import Outcome, Trial
from copytaster.store.engine import Store
from copytaster.store.group_days import FOUNDED, count_outcomes
from newsdesk.operations import group_health
from newsdesk.operations.alerts.conditions import list_conditions
from newsdesk.operations.group_health import DAYS, LEAST_DAYS, Drift
from settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from copytaster.store.group_days import GroupDay

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
APART = timedelta(days=3 * DAYS)  # of installations that share a store: none sees the days of the one before
USUAL = (0.35, 0.7)  # share of versions that join
SPREAD = 0.02  # of it, from day to day
VERSIONS = (400, 6000)  # a day
# What grouping does on the last day -> its share of joins.
FAULTS: dict[str, Callable[[float], float]] = {
    "joins nothing": lambda _: 0.0,
    "joins half of it": lambda share: share / 2,
    "joins everything": lambda share: 1 - (1 - share) / 10,
}
SILENT = "as usual"
FIXED = (0.05, 0.95)  # bounds of the control


def run(size: int, seed: int) -> Outcome:
    """`size` installations, one in four of them healthy."""
    kinds = [*FAULTS, SILENT]
    with tempfile.TemporaryDirectory() as folder, closing(Store(f"sqlite:///{folder}/store.sqlite")) as store:
        settings = Settings(data_dir=Path(folder))
        cases = [
            (kinds[number % len(kinds)], _try(store, settings, kinds[number % len(kinds)], number, seed))
            for number in range(size)
        ]
    return count_cases(cases)


def control(size: int, seed: int) -> Outcome:
    """The same with bounds that are the same for all installations."""
    with mock.patch.object(group_health, "find_drift", _find_beyond_fixed):
        return run(size, seed)


def _find_beyond_fixed(days: Sequence[GroupDay]) -> Drift | None:
    low, high = FIXED
    share = days[-1].join_share if days else None
    is_inside = share is None or low <= share <= high
    return None if is_inside else Drift(days[-1].day, days[-1].versions, share or 0.0, low, high)


def _try(store: Store, settings: Settings, kind: str, number: int, seed: int) -> bool:
    """Whether no usual day rings, and the last one as it must."""
    chance = random.Random(f"{seed} {number}")
    usual, begin = chance.uniform(*USUAL), START + number * APART
    days = chance.randint(LEAST_DAYS + 1, DAYS)
    for day in range(days):
        share = min(1.0, max(0.0, chance.gauss(usual, SPREAD)))
        if _rings(store, settings, begin + timedelta(days=day), share, chance):
            return False
    share = FAULTS[kind](usual) if kind in FAULTS else chance.gauss(usual, SPREAD)
    return _rings(store, settings, begin + timedelta(days=days), share, chance) is (kind != SILENT)


def _rings(store: Store, settings: Settings, at: datetime, share: float, chance: random.Random) -> bool:
    """Group a day's versions, and look."""
    versions = chance.randint(*VERSIONS)
    joined = round(versions * share)
    with store.write() as connection:
        count_outcomes(connection, [FOUNDED] * (versions - joined) + ["runs"] * joined, merged=0, now=at)
    with store.read() as connection:
        found = list_conditions(connection, settings, (), (), at)
        return any((one.kind, one.subject) == ("grouping", "joins") for one in found)


TRIAL = Trial(
    name="group-drift",
    promise="grouping that joins less or more than it did rings on that day, and usual days do not",
    run=run,
    control=control,
    short=12,
    long=400,
)
