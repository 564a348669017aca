"""When a source is due, and what happens then: pure decisions on values. The caller gives the time. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from copytaster.errors import ConfigurationError
from copytaster.schedule.cron import is_polling
from copytaster.store.ledger import DueTime, SkippedDue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apscheduler.triggers.cron import CronTrigger

ROWS_A_SOURCE = 100  # due times missed before the last hundred share one row
_FIRST_WINDOW = timedelta(hours=1)
_TICK = timedelta(milliseconds=1)
_CRON_FIELDS = ("minute", "hour", "day", "month", "day_of_week")


@dataclass(frozen=True, slots=True)
class Every:
    """Due at a fixed distance from the last due time."""

    interval: timedelta

    def __str__(self) -> str:
        return f"every {self.interval}"

    def next_after(self, moment: datetime) -> datetime:
        """The first due time after one that was due."""
        return moment + self.interval


@dataclass(frozen=True)
class Cron:
    """Due at times of a local clock: five fields, weekdays by name.

    A local time that a change of clocks repeats is due once, at its first occurrence. A local time that the change skips
    is due once, later by the skipped span. A rule that repeats within hours is due in both repeated hours too, however
    its fields are spelled: a source crawled every quarter of an hour must not pause for an hour.

    Raises:
        ConfigurationError: the expression or the zone cannot be read.
    """

    expression: str
    zone: str = "UTC"

    def __post_init__(self) -> None:
        try:
            _read_cron(self.expression)
            _ = self._repeats
            _ = self._place
        except (ValueError, KeyError, OSError) as error:
            raise ConfigurationError(
                str(error),
                resource=str(self),
                hint="e.g. cron = '30 6 * * mon-fri', timezone = 'Europe/Berlin'",
            ) from error

    def __str__(self) -> str:
        return f"cron {self.expression} {self.zone}"

    @cached_property
    def _place(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def _repeats(self) -> bool:
        return is_polling(self.expression)

    def next_after(self, moment: datetime) -> datetime:
        """The first due time after a moment.

        Raises:
            ConfigurationError: no such date ever comes, e.g. 30 February.
        """
        if self._repeats:
            return self._next_elapsed(moment)
        local = moment.astimezone(self._place).replace(tzinfo=None)
        while True:
            local = self._next_local(local)
            found = local.replace(tzinfo=self._place, fold=0).astimezone(UTC)
            if found > moment:
                return found

    def _next_elapsed(self, moment: datetime) -> datetime:
        # Compute with one fixed offset; a result beyond the next change of clocks is computed with the new offset too. The
        # earlier one counts: the other would leave a longer gap than the rule ever has.
        offset = moment.astimezone(self._place).utcoffset() or timedelta(0)
        found = self._next_at_offset(moment, offset)
        after = found.astimezone(self._place).utcoffset() or timedelta(0)
        if after == offset:
            return found
        return min(
            found, self._next_at_offset(max(moment, self._change_between(moment, found) - _TICK), after)
        )

    def _next_at_offset(self, moment: datetime, offset: timedelta) -> datetime:
        local = (moment.astimezone(UTC) + offset).replace(tzinfo=None)
        return (self._next_local(local) - offset).replace(tzinfo=UTC)

    def _change_between(self, early: datetime, late: datetime) -> datetime:
        before = early.astimezone(self._place).utcoffset()
        while late - early > _TICK:
            middle = early + (late - early) / 2
            if middle.astimezone(self._place).utcoffset() == before:
                early = middle
            else:
                late = middle
        return late.replace(microsecond=0)

    def _next_local(self, local: datetime) -> datetime:
        found = _read_cron(self.expression).get_next_fire_time(
            None, local.replace(tzinfo=UTC) + timedelta(microseconds=1)
        )
        if found is None:
            raise ConfigurationError("no such date ever comes", resource=self.expression)
        result: datetime = found.replace(tzinfo=None)
        return result


Rule = Every | Cron


@cache
def _read_cron(expression: str) -> CronTrigger:
    # Imported here, because commands that only read a timetable mostly meet no cron rule.
    from apscheduler.triggers.cron import CronTrigger

    # In UTC, where no local time is missing or doubled; `Cron` handles changes of clocks.
    return CronTrigger(timezone=UTC, **dict(zip(_CRON_FIELDS, expression.lower().split(), strict=True)))


@dataclass(frozen=True, slots=True)
class Slowdown:
    """Until when a source is not requested, and why; see copytaster.schedule.slowdown."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class ScheduleState:
    """What is known of a source when it falls due; `handled_until` is None if it was never due."""

    handled_until: datetime | None
    running: bool = False
    paused: str | None = None
    not_before: datetime | None = None
    slowdown: Slowdown | None = None


@dataclass(frozen=True, slots=True)
class DueDecision:
    """What happens to the due times up to `handled_until`: at most one runs, the others get a reason in the ledger."""

    handled_until: datetime
    run: DueTime | None = None
    rows: tuple[SkippedDue, ...] = ()


def decide(
    source: str, rule: Rule, state: ScheduleState, now: datetime, *, grace: timedelta, jitter_share: float
) -> DueDecision:
    """Decide about every due time of a source between the last one handled and now.

    The latest one runs, unless a reason forbids it; earlier ones are missed, because one run collects what they would
    have collected. A run that starts later than `grace` is a catch-up. If the clock was set back behind the last due
    time, `now` counts as the last due time.
    """
    if state.handled_until is None:
        return _begin(source, rule, state, now, jitter_share)
    after = min(state.handled_until, now)
    times, older = due_times(rule, after, now)
    if times and starts_at(source, rule, times[-1], jitter_share) > now:
        times = times[:-1]
    if not times:
        return DueDecision(after)
    obstacle = _find_obstacle(state, now)
    if obstacle is not None:
        return DueDecision(
            times[-1], None, tuple(SkippedDue(source, due, "skipped", obstacle) for due in times)
        )
    return DueDecision(times[-1], _late(source, times[-1], now, grace), _coalesce(source, times, older))


def _begin(source: str, rule: Rule, state: ScheduleState, now: datetime, jitter_share: float) -> DueDecision:
    """A source seen for the first time: it is due now, a cron rule waits for its time.

    Intervals are counted from a moment of the source's own within the last one: thousands of sources that begin together
    would fall due together for ever.
    """
    if isinstance(rule, Cron):
        return DueDecision(now)
    counted_from = now
    if jitter_share:  # the next due time is not nearer than due times are delayed
        counted_from -= rule.interval * (_share_of(source) * (1 - jitter_share))
    obstacle = _find_obstacle(state, now)
    if obstacle is not None:
        return DueDecision(counted_from, None, (SkippedDue(source, now, "skipped", obstacle),))
    return DueDecision(counted_from, DueTime(source, now))


def _find_obstacle(state: ScheduleState, now: datetime) -> str | None:
    if state.paused is not None:
        return f"paused: {state.paused}"
    if state.running:
        return "still running"
    if state.not_before is not None and state.not_before > now:
        return f"asked to wait until {_format(state.not_before)}"
    if state.slowdown is not None and state.slowdown.until > now:
        return f"{state.slowdown.why}; next after {_format(state.slowdown.until)}"
    return None


def _late(source: str, due: datetime, now: datetime, grace: timedelta) -> DueTime:
    if now - due <= grace:
        return DueTime(source, due)
    return DueTime(
        source, due, "catch-up", f"late by {timedelta(seconds=round((now - due).total_seconds()))}"
    )


def _coalesce(source: str, times: Sequence[datetime], older: datetime | None) -> tuple[SkippedDue, ...]:
    why = f"nothing could run then; made up for by the run due {_format(times[-1])}"
    rows = [SkippedDue(source, due, "missed", why) for due in times[:-1]]
    if older is not None:
        also = f"this and every due time until {_format(times[0])}: {why}"
        rows.insert(0, SkippedDue(source, older, "missed", also))
    return tuple(rows)


def due_times(rule: Rule, after: datetime, until: datetime) -> tuple[list[datetime], datetime | None]:
    """The last `ROWS_A_SOURCE` due times in (after, until], and the first one if there were more."""
    if isinstance(rule, Every):
        count = (until - after) // rule.interval
        first = max(1, count - ROWS_A_SOURCE + 1)
        times = [after + rule.interval * number for number in range(first, count + 1)]
        return times, (after + rule.interval if first > 1 else None)
    window = _FIRST_WINDOW
    while True:  # backwards from the end: a clock that jumped by years would take forever from the start
        start = max(after, until - window)
        times = _times_between(rule, start, until)
        if start == after or len(times) > ROWS_A_SOURCE:
            break
        window *= 2
    if start == after and len(times) <= ROWS_A_SOURCE:
        return times, None
    return times[-ROWS_A_SOURCE:], rule.next_after(after)


def _times_between(rule: Rule, after: datetime, until: datetime) -> list[datetime]:
    times = []
    moment = rule.next_after(after)
    while moment <= until:
        times.append(moment)
        moment = rule.next_after(moment)
    return times


def starts_at(source: str, rule: Rule, due: datetime, jitter_share: float) -> datetime:
    """When a due time may start: intervals are spread over a share of their length, the same in every computation.

    A person chose a cron time, so it is kept.
    """
    if isinstance(rule, Cron) or not jitter_share:
        return due
    return due + rule.interval * (jitter_share * _share_of(f"{source} {due.timestamp()}"))


def _share_of(name: str) -> float:
    """A number from 0 to 1, the same for a name in every process."""
    return int.from_bytes(blake2b(name.encode(), digest_size=4).digest()) / 2**32


def next_start(
    source: str, rule: Rule, handled_until: datetime, now: datetime, *, jitter_share: float
) -> datetime:
    """When to look at a source again. The moment is in the past if a due time has already come."""
    return starts_at(source, rule, rule.next_after(min(handled_until, now)), jitter_share)


def _format(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
