"""The scrub of the running service: when it is due, and a stretch of it at a time."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import BusyError, ConfigurationError
from copytaster.schedule.cron import check_cron
from copytaster.schedule.timetable import Cron
from copytaster.store import scrubs
from newsdesk.operations.scrub.run import Scrubber

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from copytaster.store.engine import Store
    from indexer.port import SearchIndex
    from settings import Settings
    from spiders.sources.config import Source

LOOK_EVERY = timedelta(minutes=1)

log = structlog.get_logger(__name__)


class NightlyScrub:
    """Scrubs when the schedule says so, and goes on with a scrub that was interrupted.

    Raises:
        ConfigurationError: `scrub.cron` cannot be read.
    """

    def __init__(
        self, store: Store, index: SearchIndex, settings: Settings, sources: Iterable[Source]
    ) -> None:
        self._store = store
        self._index = index
        self._settings = settings
        self._sources = list(sources)
        self._rule = _read_rule(settings)
        self._begun = datetime.now(UTC)
        self._look_again = self._begun

    def run_slice(self, should_end: Callable[[], bool]) -> int:
        """Scrub until `should_end`; the number of rows checked, 0 while no scrub is due."""
        now = datetime.now(UTC)
        if not self._settings.scrub.enabled or now < self._look_again:
            return 0
        if not self.is_due(now):
            self._look_again = now + LOOK_EVERY
            return 0
        pace = self._settings.scrub.rows_per_second
        scrubber = Scrubber(
            self._store, self._index, self._settings, self._sources, pace=pace, trigger="schedule"
        )
        try:
            with closing(scrubber):
                report = scrubber.run(should_end=should_end)
        except BusyError:  # a command scrubs
            self._look_again = now + LOOK_EVERY
            return 0
        if report.interrupted:
            return max(1, report.scrub.checked)
        log.info("scrub.done", checked=report.scrub.checked, damaged=report.scrub.damaged, open=report.open)
        return 0

    def is_due(self, now: datetime) -> bool:
        """True if a scrub was interrupted, or the last one began before the latest due time."""
        with self._store.read() as connection:
            if scrubs.read_unfinished(connection) is not None:
                return True
            last = scrubs.read_last(connection)
        return self._rule.next_after(last.started_at if last else self._begun) <= now


def _read_rule(settings: Settings) -> Cron:
    try:
        return Cron(check_cron(settings.scrub.cron), settings.schedule.timezone)
    except ValueError as error:
        raise ConfigurationError(str(error), resource="scrub.cron", hint="e.g. '30 3 * * *'") from error
