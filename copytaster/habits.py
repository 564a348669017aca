"""When sources usually bring something, by hour of week, and how surprising their silence is. Pure decisions on arrays.

The surprise of a silence is -ln of its probability: a source that brings something in an hour with probability p, and does
not, adds -ln(1 - p). A source brings something within its expected interval nineteen times in twenty, so one expected
interval of silence is a surprise of ln 20 = 3.0. `RINGS_AT` is below three of
them.

A day on which nothing comes may be a holiday: each day is judged as a mixture of the usual one and one that resembles the
quietest day of the week, weighted by how its peers (the sources of one country) do today.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

HOURS = 168  # of a week, from Monday 00:00 UTC
QUARTERS = 4  # of an hour: news is counted once in each
LEARNING_HOURS = 14 * 24  # in which it was asked; until then the class decides
EXPECTED = math.log(20)  # surprise of one expected interval
RINGS_AT = 6.7  # surprise at which every source rings, 2.2 expected intervals
RINGS_FROM = 3.0  # no source rings below

# Measured by bench/soak/trials/quiet_sources.py: with what follows, 500 sources give fewer than one false alarm in 100
# days of a source, holidays included, and four in five silences ring within three expected intervals.
_CHANCE = 0.006  # silences a day that may reach the limit by chance
_SHARE = 0.9  # of the limit that this gives, where news came at random: sources are more regular
_LONGEST = 1.1  # of the largest surprise that ended by itself
_FORGET = 0.995  # of that surprise, each day
_MOOD = 12.0  # days differ: a surprise counts ever less within one (rates that vary by 1 / sqrt(12))

_FADE = 0.9  # of what a cell knows, each week
_PRIOR = 2.0  # weeks that like hours count for
_SURE = 0.98  # no source is more certain than this to bring something in an hour
_SURE_QUARTER = 0.9
_HOLIDAY = 0.02  # share of days off, without other evidence
_AGAIN = 0.06  # after a day off
_RESTING = 0.4  # of the quietest day's surprise
_PEERS_OFF = 0.9  # share, while the peers bring clearly less than usual
_PEERS_ON, _ALL_ON = 0.001, 0.006  # largest share, while the peers, or all sources, do as usual
_FEWEST, _MANY = 8.0, 25.0  # news expected of peers before their silence, and their news, is believed
_WINDOW = 0.9  # fade of the peers' figures, each hour
_DAY_TYPES = np.repeat([0, 0, 0, 0, 0, 1, 2], 24)

_TO_REQUEST = (
    6  # an expected interval is three mean distances of news at random (ln 20), so this is half of one
)


@dataclass(slots=True)
class Habits:
    """What is known of `n` sources; arrays have a row a source.

    Attributes:
        seen: [n, 168] hours of the week in which the source brought something, fading.
        quarters: [n, 168] the same in quarters of an hour.
        known: [n, 168] hours in which it was asked, fading.
        hours: [n] hours in which it was asked, of all time.
        before: [n] surprise of the silence up to the last midnight.
        usual: [n] surprise of the silence since then on a usual day.
        resting: [n] the same on a day off.
        day_off: [n] how likely it is that today is one, as found at the last hour.
        peers_seen: [n] hours with news of late, fading by the hour.
        peers_expected: [n] how many were expected.
        longest: [n] the largest surprise of a silence that ended, fading.
    """

    seen: Floats
    quarters: Floats
    known: Floats
    hours: Floats
    before: Floats
    usual: Floats
    resting: Floats
    day_off: Floats
    peers_seen: Floats
    peers_expected: Floats
    longest: Floats


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the silences of `n` sources are measured by in one hour of the week: a hundredth of their habits.

    Attributes:
        hazard: [n] surprise of this whole hour if nothing comes in it.
        before, usual, resting, day_off: [n] as in `Habits`.
        limits: [n] the surprise at which each source rings.
        is_known: [n] it was asked for long enough, and brought something: its habits decide.
    """

    hazard: Floats
    before: Floats
    usual: Floats
    resting: Floats
    day_off: Floats
    limits: Floats
    is_known: Flags


def new_habits(count: int) -> Habits:
    """Habits of sources of which nothing is known."""
    week, one = (count, HOURS), (count,)
    habits = Habits(*(np.zeros(week) for _ in range(3)), *(np.zeros(one) for _ in range(8)))
    habits.day_off[:] = _HOLIDAY
    return habits


def hour_of_week(moment: datetime) -> int:
    """The hour of the week, from Monday 00:00 UTC."""
    moment = moment.astimezone(UTC)
    return moment.weekday() * 24 + moment.hour


def fold_hour(
    habits: Habits, moment: datetime, news: ArrayLike, asked: ArrayLike, countries: ArrayLike
) -> None:
    """Learn an hour that is over.

    Args:
        habits: changed in place.
        moment: in that hour.
        news: quarters of it in which each source brought something.
        asked: whether the source was asked in it: a run ended well. Hours without one say nothing.
        countries: the country of each source as a number, -1 where it is unknown.
    """
    cell = hour_of_week(moment)
    quarters, was_asked = np.asarray(news, float), np.asarray(asked, bool)
    brought = (quarters > 0) & was_asked
    if cell % 24 == 0:
        _close_day(habits)
    likely, hazard = _expect(habits, cell)
    resting = np.minimum(hazard, _expect_resting(habits, cell))
    _watch_peers(habits, brought, np.where(was_asked, likely, 0.0), np.asarray(countries))
    silent = was_asked & ~brought
    habits.usual[silent] += hazard[silent]
    habits.resting[silent] += resting[silent]
    _end_silences(habits, brought, hazard, resting)
    for array, value in ((habits.seen, brought), (habits.quarters, quarters), (habits.known, was_asked)):
        array[was_asked, cell] = array[was_asked, cell] * _FADE + value[was_asked]
    habits.hours += was_asked


def look_ahead(habits: Habits, moment: datetime) -> Outlook:
    """What silences are measured by in the hour of a moment, until the next hour is learned."""
    return Outlook(
        _expect(habits, hour_of_week(moment))[1],
        habits.before.copy(),
        habits.usual.copy(),
        habits.resting.copy(),
        habits.day_off.copy(),
        find_limits(habits),
        (habits.hours >= LEARNING_HOURS) & (habits.seen.sum(axis=1) > 0),
    )


def measure_silence(outlook: Outlook, moment: datetime, *, heard: ArrayLike) -> Floats:
    """The surprise of each source's silence at a moment of the outlook's hour, which follows the last one learned.

    `heard`: the source brought something in this hour already.
    """
    hazard = outlook.hazard * (moment.minute / 60 + moment.second / 3600)
    surprise = _mix(outlook, outlook.usual + hazard, outlook.resting + hazard * _RESTING)
    silence: Floats = np.where(np.asarray(heard, bool), 0.0, surprise)
    return silence


def find_limits(habits: Habits) -> Floats:
    """The surprise at which each source rings: more where news comes often, or long silences ended by themselves."""
    daily = 24 * (habits.seen.sum(axis=1) + 0.1) / (habits.known.sum(axis=1) + 1)
    by_chance = _SHARE * np.log(np.maximum(daily, 0.5) / _CHANCE)
    limits: Floats = np.clip(np.maximum(by_chance, _LONGEST * habits.longest), RINGS_FROM, RINGS_AT)
    return limits


def _expect(habits: Habits, cell: int) -> tuple[Floats, Floats]:
    """How likely each source is to bring something in an hour of the week, and the surprise if it does not."""
    likely = _share(habits, habits.seen, cell)
    return likely, _hazard(likely, _share(habits, habits.quarters, cell))


def _hazard(likely: Floats, quarters: Floats) -> Floats:
    """The surprise of an hour without news, where news is that likely and comes in so many quarters of it."""
    by_hour = -np.log1p(-np.minimum(likely, _SURE))
    by_quarter = -QUARTERS * np.log1p(-np.minimum(quarters / QUARTERS, _SURE_QUARTER))
    hazard: Floats = np.maximum(by_hour, by_quarter)
    return hazard


def _expect_resting(habits: Habits, cell: int) -> Floats:
    """The surprise of a silent hour on a day off: a part of that of the quietest day of the week."""
    same = np.arange(cell % 24, HOURS, 24)
    known = habits.known[:, same] + 1.0
    by_hour = ((habits.seen[:, same] + 0.02) / known).min(axis=1)
    by_quarter = ((habits.quarters[:, same] + 0.02) / known).min(axis=1)
    return _hazard(by_hour, by_quarter) * _RESTING


def _share(habits: Habits, counted: Floats, cell: int) -> Floats:
    """Of what a cell counted, the mean an hour, drawn to that of like hours: the same day type, an hour around."""
    day_type = _DAY_TYPES[cell]
    near = np.arange(cell - 1, cell + 2) % HOURS
    same = np.flatnonzero((day_type == _DAY_TYPES) & (np.arange(HOURS) % 24 == cell % 24))
    like = np.union1d(near, same)
    prior = (counted[:, like].sum(axis=1) + 0.02) / (habits.known[:, like].sum(axis=1) + 1.0)
    mean: Floats = (counted[:, cell] + _PRIOR * prior) / (habits.known[:, cell] + _PRIOR)
    return mean


def _mix(habits: Habits | Outlook, usual: Floats, resting: Floats) -> Floats:
    """The surprise of the silence: that of earlier days, and of today as a mixture of both kinds of day."""
    usual = _MOOD * np.log1p(usual / _MOOD)
    off = habits.day_off
    today = -np.log((1 - off) * np.exp(-usual) + off * np.exp(-np.minimum(usual, resting)))
    total: Floats = habits.before + today
    return total


def _close_day(habits: Habits) -> None:
    habits.before = _mix(habits, habits.usual, habits.resting)
    habits.day_off = _HOLIDAY + (_AGAIN - _HOLIDAY) * _weigh_day(habits)
    habits.longest *= _FORGET
    habits.usual = np.zeros_like(habits.usual)
    habits.resting = np.zeros_like(habits.resting)


def _weigh_day(habits: Habits) -> Floats:
    """How likely today is a day off, after the silence of today."""
    off = habits.day_off * np.exp(-habits.resting)
    share: Floats = off / (off + (1 - habits.day_off) * np.exp(-habits.usual))
    return share


def _watch_peers(habits: Habits, brought: Flags, likely: Floats, countries: NDArray[np.int64]) -> None:
    """Weigh whether today is a day off by what the peers bring."""
    habits.peers_seen = habits.peers_seen * _WINDOW + brought
    habits.peers_expected = habits.peers_expected * _WINDOW + likely
    all_seen, all_expected = habits.peers_seen.sum(), habits.peers_expected.sum()
    for country in np.unique(countries):
        members = countries == country
        seen, expected = habits.peers_seen[members].sum(), habits.peers_expected[members].sum()
        is_known = country >= 0 and expected >= _FEWEST
        if not is_known:
            seen, expected = all_seen, all_expected
        if expected < _FEWEST:
            continue
        pace, doubt = seen / expected, 3 / np.sqrt(expected)
        if pace < min(0.75, 1 - doubt):
            habits.day_off[members] = np.maximum(habits.day_off[members], _PEERS_OFF)
        elif pace > 0.8 and expected > _MANY:  # noqa: PLR2004
            most = _PEERS_ON if is_known else _ALL_ON
            habits.day_off[members] = np.minimum(habits.day_off[members], most)


def _end_silences(habits: Habits, brought: Flags, hazard: Floats, resting: Floats) -> None:
    surprise = _mix(habits, habits.usual, habits.resting)[brought]
    habits.longest[brought] = np.maximum(habits.longest[brought], surprise)
    off = _weigh_day(habits) * -np.expm1(-resting)
    on = (1 - _weigh_day(habits)) * -np.expm1(-hazard)
    habits.day_off[brought] = (off / (off + on))[brought]
    for array in (habits.before, habits.usual, habits.resting):
        array[brought] = 0.0


def expected_hours(habits: Habits, moment: datetime) -> Floats:
    """The expected interval of each source that begins at a moment, in hours, at most a week."""
    week = np.stack([_expect(habits, (hour_of_week(moment) + step) % HOURS)[1] for step in range(HOURS)])
    reached = week.cumsum(axis=0) >= EXPECTED
    hours: Floats = np.where(reached.any(axis=0), reached.argmax(axis=0) + 1.0, float(HOURS))
    return hours


def choose_interval(shortest: timedelta, longest: timedelta, expected: timedelta) -> timedelta:
    """How often to request a source whose owner gave a range: about twice for each new story that it usually brings.

    The shortest interval is doubled as often as the others allow, so that small changes of habit change nothing.

    Args:
        shortest: the source's `interval`.
        longest: its `longest_interval`.
        expected: its expected interval from now on.
    """
    interval = shortest
    while interval * 2 <= min(longest, expected / _TO_REQUEST):
        interval *= 2
    return interval
