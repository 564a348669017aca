"""The watch of the running service: learns what sources bring, finds what rings, and tells it on every channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from copytaster.backoff import Backoff
from copytaster.errors import CopytasterError, UnreachableError
from copytaster.store import alerts, habits, source_hours
from newsdesk.operations.alerts.channels import open_channels
from newsdesk.operations.alerts.conditions import Condition, find_low_space, list_conditions
from newsdesk.operations.alerts.countries import name_countries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from copytaster.store.engine import Store
    from copytaster.store.service_health import ServicePart
    from settings import Settings
    from spiders.sources.config import Source

LOOK_EVERY = timedelta(seconds=30)
KEEP = timedelta(days=400)  # alerts that ended
MESSAGES_AT_ONCE = 200
STORE_AFTER = timedelta(minutes=5)
BACKOFF = Backoff(first_s=30.0, longest_s=1800.0)

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Waits:
    """Since when each condition lasts, as far as this process saw it."""

    since: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def choose(self, conditions: Iterable[Condition], now: datetime) -> dict[tuple[str, str], str]:
        """Those that have lasted long enough to ring."""
        ringing, seen = {}, {}
        for found in conditions:
            key = (found.kind, found.subject)
            seen[key] = self.since.get(key, now)
            begun = seen[key] if found.since is None else min(found.since, seen[key])
            if now - begun >= found.after:
                ringing[key] = found.text
        self.since = seen
        return ringing


class AlertWatch:
    """Looks every half minute. What it knows of alerts and messages is in the store: a restart repeats none.

    `on_intervals` is called when the habits of sources have changed how often they are requested.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        sources: Iterable[Source],
        parts: Callable[[], Iterable[ServicePart]],
        *,
        on_intervals: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._sources = sources
        self._parts = parts
        self._on_intervals = on_intervals
        self._channels = open_channels(settings.alerts)
        self._waits = Waits()
        self._look_again = datetime.min.replace(tzinfo=UTC)
        self._outage_since: datetime | None = None
        self._outage_is_said = False

    def run_slice(self, _should_end: Callable[[], bool]) -> int:
        """Look, if it is time; raises what `look_if_due` raises."""
        self.look_if_due(datetime.now(UTC))
        return 0

    def look_if_due(self, now: datetime) -> None:
        """Look, half a minute or more after the last look.

        Raises:
            UnreachableError: a channel takes no message; it is tried again.
            StoreError: the store cannot be read or written. After five minutes the channels get a message, and one more
                once that is over.
        """
        if now < self._look_again:
            return
        self._look_again = now + LOOK_EVERY
        try:
            self.look(now)
        except CopytasterError as error:
            self._report_outage(error, now)
            raise
        self._end_outage(now)
        self.send(now)

    def look(self, now: datetime) -> None:
        """Learn the hours that are over, raise and end alerts, and queue their messages."""
        remind_hours = self._settings.alerts.remind_hours
        with self._store.read() as connection:
            is_hour_over = source_hours.is_hour_over(connection, now)
            conditions = list(list_conditions(connection, self._settings, self._sources, self._parts(), now))
        low = find_low_space(self._settings.data_dir) if self._settings.data_dir.exists() else None
        ringing = self._waits.choose([*conditions, *([low] if low else [])], now)
        has_new_intervals = False
        with self._store.write() as connection:
            if is_hour_over:
                habits.learn_hours(connection, name_countries(self._sources), now=now)
                has_new_intervals = habits.choose_intervals(connection, self._list_ranges(), now=now)
                alerts.forget_alerts(connection, before=now - KEEP)
            raised, ended = alerts.update_alerts(connection, ringing, now=now)
            remind = timedelta(hours=remind_hours) if remind_hours else None
            alerts.queue_messages(connection, [one.name for one in self._channels], remind=remind, now=now)
        if has_new_intervals:
            self._on_intervals()
        if raised or ended:
            log.warning("alerts.changed", raised=len(raised), ended=len(ended), open=len(ringing))

    def _list_ranges(self) -> dict[str, tuple[timedelta, timedelta]]:
        return {
            source.name: (source.interval, source.longest_interval)
            for source in self._sources
            if source.interval is not None and source.longest_interval is not None
        }

    def send(self, now: datetime) -> None:
        """Send what waits: one message a channel, whatever number of alerts it names.

        Raises:
            UnreachableError: a channel did not take it.
        """
        with self._store.read() as connection:
            waiting = alerts.list_waiting_messages(connection, now=now, limit=MESSAGES_AT_ONCE)
        failures = []
        for channel in self._channels:
            mine = [message for message in waiting if message.channel == channel.name]
            if not mine:
                continue
            try:
                channel.send(mine)
            except UnreachableError as error:
                failures.append(error)
                pause = timedelta(seconds=BACKOFF.limit_s(max(message.attempts for message in mine)))
                with self._store.write() as connection:
                    alerts.mark_failed(connection, mine, error=str(error), not_before=now + pause)
            else:
                with self._store.write() as connection:
                    alerts.mark_sent(connection, mine, now=now)
                log.info("alerts.sent", channel=channel.name, alerts=len(mine))
        if failures:
            raise failures[0]

    def _report_outage(self, error: CopytasterError, now: datetime) -> None:
        """Say, once for each outage, that the store cannot be used; the store cannot note that this was said."""
        self._outage_since = self._outage_since or now
        if self._outage_is_said or now - self._outage_since < STORE_AFTER:
            return
        self._outage_is_said = True
        self._say(f"the store cannot be read or written since {self._outage_since:%H:%M} UTC: {error}")

    def _end_outage(self, now: datetime) -> None:
        """Say to those who heard of an outage that it is over."""
        if self._outage_is_said:
            self._say(f"the store can be read and written again since {now:%H:%M} UTC")
        self._outage_since, self._outage_is_said = None, False

    def _say(self, text: str) -> None:
        for channel in self._channels:
            try:
                channel.say(text)
            except UnreachableError as failure:
                log.error("alerts.not_sent", channel=channel.name, error=str(failure))  # noqa: TRY400
