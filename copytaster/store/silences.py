"""How long the silence of each source is against its habits.

Habits change once an hour. What this hour needs of them is kept in memory between the looks of a process: of 10,000 sources,
half a megabyte instead of 20 that the store would read at every look.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from sqlalchemy import select

from copytaster.habits import Habits, Outlook, expected_hours, look_ahead, measure_silence
from copytaster.store.habits import read_habits, read_learned_until
from copytaster.store.source_hours import hour_of
from copytaster.store.tables import source_health

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True)
class Silence:
    """How a source's silence compares with its habits.

    Attributes:
        is_known: it was asked for two weeks, and brought something: its habits decide.
        surprise: -ln of the probability of the silence.
        limit: the surprise at which it rings.
        expected: within this time, from now on, it brings something nineteen times in twenty; a week at most. Measured only
            where it rings, else None.
    """

    is_known: bool
    surprise: float
    limit: float
    expected: timedelta | None

    @property
    def rings(self) -> bool:
        """True if the silence is too long."""
        return self.is_known and self.surprise >= self.limit


Period = tuple[datetime | None, datetime]  # up to when hours were learned, and the hour that is looked at


@dataclass(frozen=True, slots=True)
class _Kept:
    """The outlook of one period; `expected`: hours of those that rang in it, by place."""

    period: Period
    names: list[str]
    outlook: Outlook
    expected: dict[int, float] = field(default_factory=dict)


_KEPT: WeakKeyDictionary[Engine, _Kept] = WeakKeyDictionary()


def read_silences(connection: Connection, now: datetime) -> dict[str, Silence]:
    """The silence of every source of which something is learned. Call it in a transaction that only reads."""
    learned_until = read_learned_until(connection)
    kept = _find_outlook(connection, (learned_until, hour_of(now)))
    if not kept.names:
        return {}
    last = source_health.c.last_new_at
    since = learned_until or hour_of(now)
    heard = set(connection.scalars(select(source_health.c.source).where(last >= since)))
    surprise = measure_silence(kept.outlook, now, heard=[name in heard for name in kept.names])
    rings = kept.outlook.is_known & (surprise >= kept.outlook.limits)
    expected = _find_expected(connection, kept, np.flatnonzero(rings).tolist())
    figures = zip(
        kept.outlook.is_known.tolist(), surprise.tolist(), kept.outlook.limits.tolist(), strict=True
    )
    return {
        name: Silence(*figures_of, expected.get(place))
        for place, (name, figures_of) in enumerate(zip(kept.names, figures, strict=True))
    }


def _find_outlook(connection: Connection, period: Period) -> _Kept:
    kept = _KEPT.get(connection.engine)
    if kept is None or kept.period != period:
        names, habits = read_habits(connection)
        kept = _KEPT[connection.engine] = _Kept(period, names, look_ahead(habits, period[1]))
    return kept


def _find_expected(connection: Connection, kept: _Kept, ringing: list[int]) -> dict[int, timedelta]:
    """The expected interval of each source that rings, by place."""
    if not kept.expected.keys() >= set(ringing):
        names, habits = read_habits(connection)
        places = {name: place for place, name in enumerate(names)}
        chosen = [places[kept.names[place]] for place in ringing]
        some = Habits(*(getattr(habits, one.name)[chosen] for one in fields(Habits)))
        kept.expected.update(zip(ringing, expected_hours(some, kept.period[1]).tolist(), strict=True))
    return {place: timedelta(hours=kept.expected[place]) for place in ringing}
