"""A year of sources that fall silent, with nights, weekends, daylight saving, moods and days off: what rings, and how soon."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from unittest import mock
from zoneinfo import ZoneInfo

import numpy as np

from bench.soak.trial import Outcome, Trial
from copytaster import habits
from copytaster.class_habits import count_class_intervals
from copytaster.habits import (
    fold_hour,
    look_ahead,
    measure_silence,
    new_habits,
)
from newsdesk.operations.source_report import INTERVALS

if TYPE_CHECKING:
    from numpy.typing import NDArray

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
ZONES = (
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Australia/Sydney",
    "America/Sao_Paulo",
)
DAYS_OFF = (355, 356, 362)  # in all countries, beside nine of their own in a year
A_COUNTRY = 50  # sources, of at most eight countries
KNOWN = 0.6  # share of sources whose country is known
SILENT_DAYS = 14  # that each source does not work, once
FALSE_ALARMS = 1.0  # a hundred days of a source, at most
IN_TIME = 0.8  # share of silences that ring within `INTERVALS` expected ones
EXPECTED = math.log(
    20
)  # mean events within which something comes nineteen times in twenty, where it comes at random
SOON_H = 2  # hours within which any alarm is soon: hours are what is learned
LARGE = 500
MOOD = 0.3  # log-normal, of each day


@dataclass
class Year:
    """What sources bring: `news` quarters of each hour with news, [hours, sources]; `rate` events expected an hour."""

    moments: list[datetime]
    countries: NDArray[np.int64]
    news: NDArray[np.int64]
    rate: NDArray[np.float64]
    by_clock: NDArray[np.bool_]
    falls: NDArray[np.int64]  # the hour at which each source falls silent


@dataclass
class Tally:
    """What rang: false alarms, days that were watched, and of each silence its length in expected intervals and hours."""

    false: int = 0
    days: float = 0.0
    intervals: list[float] = field(default_factory=list)
    hours: list[float] = field(default_factory=list)
    missed: int = 0

    @property
    def false_share(self) -> float:
        """False alarms in a hundred days of a source."""
        return 100 * self.false / self.days

    @property
    def in_time(self) -> float:
        """The share of silences that rang in time."""
        good = sum(
            interval <= INTERVALS or hours <= SOON_H
            for interval, hours in zip(self.intervals, self.hours, strict=True)
        )
        return good / (len(self.intervals) + self.missed)


def make_year(sources: int, days: int, seed: int) -> Year:
    """Draw sources of seven kinds in eight countries."""
    chance = np.random.default_rng(seed)
    hours = days * 24
    moments = [START + timedelta(hours=hour) for hour in range(hours)]
    zones = ZONES[: max(2, sources // A_COUNTRY)]
    clocks = [_read_clock(moments, zone) for zone in zones]
    off = [
        np.isin(
            day, [*DAYS_OFF, *chance.choice(np.arange(20, days), size=max(1, 9 * days // 365), replace=False)]
        )
        for _, _, day in clocks
    ]
    countries = chance.integers(0, len(zones), sources)
    year = Year(
        moments,
        np.where(chance.random(sources) < KNOWN, countries, -1),
        np.zeros((hours, sources), int),
        np.zeros((hours, sources)),
        np.zeros(sources, bool),
        chance.integers(min(60, days // 3) * 24, hours - (SILENT_DAYS + 1) * 24, sources),
    )
    for place, country in enumerate(countries):
        hour, weekday, day = clocks[country]
        kind = KINDS[chance.integers(0, len(KINDS))]
        pace, resting = kind(chance, hour, weekday >= 5)  # noqa: PLR2004
        rate = pace * np.where(off[country], resting, 1.0)
        if kind is _digest:
            year.by_clock[place] = True
            year.news[:, place] = chance.random(hours) < np.minimum(rate, 0.99)
        else:
            mood = np.exp(chance.normal(0, MOOD, days + 3))[day]
            year.news[:, place] = (chance.random((hours, 4)) < -np.expm1(-(rate * mood)[:, None] / 4)).sum(
                axis=1
            )
        year.rate[:, place] = rate
    return year


def _read_clock(moments: list[datetime], zone: str) -> tuple[NDArray[np.int64], ...]:
    local = [moment.astimezone(ZoneInfo(zone)) for moment in moments]
    days = [(moment.date() - START.date()).days + 1 for moment in local]
    return np.array([one.hour for one in local]), np.array([one.weekday() for one in local]), np.array(days)


Pace = tuple["NDArray[np.float64]", float]  # events an hour, and the share of them on a day off


def _daytime(hour: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.exp(-0.5 * ((hour - 13) / 4.5) ** 2)


def _agency(chance: np.random.Generator, hour: NDArray[np.int64], weekend: NDArray[np.bool_]) -> Pace:
    pace = chance.uniform(4, 25) * (0.35 + 0.65 * _daytime(hour)) * np.where(weekend, 0.6, 1)
    return pace, chance.uniform(0.5, 0.9)


def _daily(chance: np.random.Generator, hour: NDArray[np.int64], weekend: NDArray[np.bool_]) -> Pace:
    pace = chance.uniform(20, 60) / 12 * _daytime(hour) * np.where(weekend, 0.5, 1)
    return pace + 0.02, chance.uniform(0.3, 0.7)


def _regional(chance: np.random.Generator, hour: NDArray[np.int64], weekend: NDArray[np.bool_]) -> Pace:
    return chance.uniform(6, 14) / 12 * _daytime(hour) * np.where(weekend, 0.4, 1), chance.uniform(0.1, 0.6)


def _small(chance: np.random.Generator, hour: NDArray[np.int64], weekend: NDArray[np.bool_]) -> Pace:
    return chance.uniform(3, 8) / 12 * _daytime(hour) * np.where(weekend, 0.5, 1), chance.uniform(0.1, 0.6)


def _trade(chance: np.random.Generator, hour: NDArray[np.int64], weekend: NDArray[np.bool_]) -> Pace:
    at_work = (hour >= 9) & (hour < 18) & ~weekend  # noqa: PLR2004
    pace: NDArray[np.float64] = np.asarray(chance.uniform(2, 6) / 9 * at_work, np.float64)
    return pace, chance.uniform(0, 0.1)


def _slow(chance: np.random.Generator, hour: NDArray[np.int64], weekend: NDArray[np.bool_]) -> Pace:
    return chance.uniform(0.3, 1.5) / 12 * _daytime(hour) * np.where(weekend, 0.5, 1), chance.uniform(0, 0.5)


def _digest(chance: np.random.Generator, hour: NDArray[np.int64], weekend: NDArray[np.bool_]) -> Pace:
    has_weekend = chance.random() < 0.5  # noqa: PLR2004
    return 1.0 * ((hour == chance.integers(5, 20)) & (has_weekend | ~weekend)), float(chance.random() < 0.5)  # noqa: PLR2004


KINDS = (_agency, _daily, _regional, _small, _trade, _slow, _digest)


def watch_year(year: Year, tally: Tally) -> None:
    """Let the alarm learn the year hour by hour, and note what rings."""
    count = len(year.falls)
    known = new_habits(count)
    was_ringing, has_news = np.zeros(count, bool), np.zeros(count, bool)
    events, hours, rang = np.zeros(count), np.zeros(count), np.zeros(count, bool)
    per_interval = np.where(year.by_clock, 1.0, EXPECTED)
    for place, moment in enumerate(year.moments):
        is_silent = (place >= year.falls) & (place < year.falls + SILENT_DAYS * 24)
        is_near = (place >= year.falls) & (place < year.falls + (SILENT_DAYS + 1) * 24)
        news = np.where(is_silent, 0, year.news[place])
        fold_hour(known, moment, news, np.ones(count, bool), year.countries)
        has_news |= news > 0
        now = moment + timedelta(hours=1)
        outlook = look_ahead(known, now)
        is_known = outlook.is_known & has_news
        rings = (measure_silence(outlook, now, heard=np.zeros(count, bool)) >= outlook.limits) & is_known
        tally.false += int((rings & ~was_ringing & ~is_near).sum())
        tally.days += float((is_known & ~is_near).sum()) / 24
        events[is_silent] += year.rate[place][is_silent]
        hours[is_silent] += 1
        first = rings & is_silent & ~rang
        tally.intervals += list(events[first] / per_interval[first])
        tally.hours += list(hours[first])
        rang |= first
        was_ringing = rings & (news == 0)
    overdue = ~rang & (events / per_interval > INTERVALS)
    tally.missed += int(overdue.sum())


def run(size: int, seed: int) -> Outcome:
    """A year of `size` sources (eight months of fewer than 500), three of them with seeds of their own."""
    tally = Tally()
    days, years = (365, 3) if size >= LARGE else (240, 1)
    for number in range(years):
        watch_year(make_year(size, days, seed + number), tally)
    never = _ring_without_news()
    promises = (bool(tally.false_share < FALSE_ALARMS), bool(tally.in_time >= IN_TIME), never)
    detail = (
        f"{tally.false_share:.2f} false alarms in 100 days of a source, {tally.in_time:.1%} of {len(tally.hours)}"
        f" silences rang within {INTERVALS} expected intervals, {tally.missed} never; a source without news rings:"
        f" {'yes' if never else 'no'}"
    )
    figures = {
        "median intervals": float(np.median(tally.intervals)),
        "p95 intervals": float(np.percentile(tally.intervals, 95)),
        "median hours": float(np.median(tally.hours)),
    }
    return Outcome(len(promises), sum(promises), detail, figures)


def control(size: int, seed: int) -> Outcome:
    """The same where every source rings after three mean distances, whatever the hour and the day."""
    with mock.patch.multiple(
        habits, RINGS_AT=float(INTERVALS), RINGS_FROM=float(INTERVALS), _expect=_expect_always_the_same
    ):
        return run(size, seed)


def _expect_always_the_same(
    known: habits.Habits, _cell: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    share = (known.seen.sum(axis=1) + 0.02) / (known.known.sum(axis=1) + 1)
    return share, share


def _ring_without_news() -> bool:
    """Whether a source that never brought anything rings, on whatever day of the week it was added, within four days."""
    added = [START + timedelta(hours=hour) for hour in range(0, 7 * 24, 5)]
    return all(
        count_class_intervals(at, at + timedelta(days=4), timedelta(minutes=15)) >= INTERVALS
        and count_class_intervals(at, at + timedelta(hours=20), timedelta(minutes=15)) < INTERVALS
        for at in added
    )


TRIAL = Trial(
    name="quiet-sources",
    promise="A source that falls silent rings, and one that works does not",
    run=run,
    control=control,
    short=300,
    long=500,
)
