"""Retention of the running service: when it is due, and a stretch of it at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from copytaster.errors import BusyError, ConfigurationError
from copytaster.schedule.cron import check_cron
from copytaster.schedule.timetable import Cron
from copytaster.store.installation import read_fact, set_fact
from newsdesk.operations.retention.sweep import Sweep

if TYPE_CHECKING:
    from collections.abc import Callable

    from copytaster.store.engine import Store
    from settings import Settings

LOOK_EVERY = timedelta(minutes=1)
_SWEPT = "retention_swept_at"  # when the last sweep that came to its end began


class NightlyRetention:
    """Applies retention when its schedule says so; a sweep that was interrupted goes on in the next slice.

    Raises:
        ConfigurationError: `retention.cron` cannot be read.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings.retention
        self._rule = _read_rule(settings)
        self._look_again = self._begun = datetime.now(UTC)

    def run_slice(self, should_end: Callable[[], bool]) -> int:
        """Sweep until `should_end`; how many stories and rows left, 0 while no sweep is due."""
        now = datetime.now(UTC)
        if not self._settings.enabled or now < self._look_again:
            return 0
        if not self.is_due(now):
            self._look_again = now + LOOK_EVERY
            return 0
        try:
            report = Sweep(self._store, self._settings, now=now).apply(should_end)
        except BusyError:  # a command sweeps
            self._look_again = now + LOOK_EVERY
            return 0
        if report.interrupted:
            return max(1, report.stories + report.folded)
        with self._store.write() as connection:
            set_fact(connection, _SWEPT, now.isoformat())
        return 0

    def is_due(self, now: datetime) -> bool:
        """True if the last sweep began before the latest due time."""
        with self._store.read() as connection:
            swept = read_fact(connection, _SWEPT)
        return self._rule.next_after(datetime.fromisoformat(swept) if swept else self._begun) <= now


def _read_rule(settings: Settings) -> Cron:
    try:
        return Cron(check_cron(settings.retention.cron), settings.schedule.timezone)
    except ValueError as error:
        raise ConfigurationError(str(error), resource="retention.cron", hint="e.g. '15 2 * * *'") from error
