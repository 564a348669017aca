"""Retention of the running service: when it is due, and a stretch of it at a time; then the index gives space back."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import BusyError, ConfigurationError, UnreachableError
from copytaster.schedule.cron import check_cron
from copytaster.schedule.timetable import Cron
from copytaster.store.installation import read_fact, set_fact
from newsdesk.operations.retention.sweep import Sweep

if TYPE_CHECKING:
    from collections.abc import Callable

    from copytaster.store.engine import Store
    from indexer.port import SearchIndex
    from settings import Settings

LOOK_EVERY = timedelta(minutes=1)
_SWEPT = "retention_swept_at"  # when the last sweep that came to its end began

log = structlog.get_logger(__name__)


class NightlyRetention:
    """Applies retention when its schedule says so, and then compacts the index; both go on in the next slice.

    Raises:
        ConfigurationError: `retention.cron` cannot be read.
    """

    def __init__(self, store: Store, index: SearchIndex, settings: Settings) -> None:
        self._store = store
        self._index = index
        self._compacts = False
        self._settings = settings.retention
        self._rule = _read_rule(settings)
        self._look_again = self._begun = datetime.now(UTC)

    def run_slice(self, should_end: Callable[[], bool]) -> int:
        """Sweep until `should_end`; 0 while nothing is left to do."""
        if self._compacts:
            return self._compact(should_end)
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
        self._compacts = True
        return 1

    def _compact(self, should_end: Callable[[], bool]) -> int:
        """Half of the time, so that other writers have their turn."""
        try:
            while not should_end():
                begun = time.monotonic()
                if not self._index.compact():
                    self._compacts = False
                    return 0
                time.sleep(time.monotonic() - begun)
        except UnreachableError as error:  # indexing reports it; the next night tries again
            log.warning("index.not_compacted", error=str(error))
            self._compacts = False
            return 0
        return 1

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
