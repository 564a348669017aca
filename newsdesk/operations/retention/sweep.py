"""One sweep of retention: step by step in short transactions, so that grouping and intake go on; or its preview."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import BusyError
from copytaster.process_id import this_process
from copytaster.store import (
    book_days,
    grace,
    habits,
    holes,
    latencies,
    leases,
    page_templates,
    run_hours,
)
from copytaster.store.aging import list_aged
from copytaster.store.holds import read_held
from copytaster.store.page_removal import count_refusals, empty_pages, list_kept_pages, remove_refusals
from newsdesk.operations.retention.removal import remove_for_a_time
from newsdesk.operations.retention.rules import find_term, shortest_keep, shortest_pages, spell_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sqlalchemy import Connection

    from copytaster.store.aging import AgedStory, Position
    from copytaster.store.engine import Store
    from copytaster.store.holds import Held
    from settings import RetentionSettings

LEASE = "retention"
READ = 100  # dispatches looked at together
TOGETHER = 10  # dispatches that leave in one transaction
PAGES = 200  # raw pages, refusals or removals in one transaction
NAP_S = 0.2
TEMPLATES_FOR = timedelta(days=90)  # after the last page of a host

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class SweepReport:
    """What a sweep takes out, or would.

    Attributes:
        by_rule: stories that leave, by rule.
        held: stories that are due and held.
        freed: bytes, about, once the grace period is over.
        purged: removals whose grace period is over.
        folded: rows of the ledger that became counts of their hour.
    """

    dispatches: int = 0
    stories: int = 0
    versions: int = 0
    pages: int = 0
    refusals: int = 0
    folded: int = 0
    purged: int = 0
    held: int = 0
    freed: int = 0
    interrupted: bool = False
    by_rule: Counter[str] = field(default_factory=Counter)


class Sweep:
    """Applies `settings.retention` to a store."""

    def __init__(self, store: Store, settings: RetentionSettings, *, now: datetime | None = None) -> None:
        self._store = store
        self._settings = settings
        self._now = now or datetime.now(UTC)
        self.report = SweepReport()

    def preview(self) -> SweepReport:
        """Count what would leave now; changes nothing."""
        self.report.by_rule.update({spell_rule(rule): 0 for rule in self._settings.rules})
        leaving: set[int] = set()  # their pages leave with them
        for due in self._walk():
            self._count(due)
            leaving.update(story.story_id for listed in due.values() for story in listed)
        for _, size in self._walk_pages(leaving):
            self.report.pages += 1
            self.report.freed += size
        quiet, old = self._quiet_before(), self._before(self._settings.runs_days)
        refused = self._before(self._settings.refusals_days)
        with self._store.read() as connection:
            past = datetime.min.replace(tzinfo=UTC)
            self.report.folded = run_hours.count_foldable(
                connection, quiet_before=quiet or past, before=old or past
            )
            self.report.refusals = count_refusals(connection, before=refused or past)
            self.report.purged = grace.count_over(connection, now=self._now)
        return self.report

    def apply(self, should_end: Callable[[], bool] = lambda: False) -> SweepReport:
        """Take out what is due until `should_end`; what is left is due the next time.

        Raises:
            BusyError: another process sweeps.
        """
        with _hold_lease(self._store):
            for step in (self._fold, self._purge, self._remove_stories, self._remove_pages, self._refusals):
                for _ in step():
                    if should_end():
                        self.report.interrupted = True
                        return self.report
        log.info("retention.done", stories=self.report.stories, folded=self.report.folded)
        return self.report

    def _before(self, days: float) -> datetime | None:
        return self._now - timedelta(days=days) if days else None

    def _quiet_before(self) -> datetime | None:
        return self._before(self._settings.quiet_runs_hours / 24)

    def _walk(self) -> Iterator[Mapping[str, list[AgedStory]]]:
        """Dispatch -> its stories that are due, some dispatches at a time."""
        keep = shortest_keep(self._settings)
        after: Position | None = None
        while keep is not None:
            with self._store.read() as connection:
                held = read_held(connection)
                aged, after = list_aged(connection, before=self._now - keep, after=after, limit=READ)
            due: dict[str, list[AgedStory]] = {}
            for story in aged:
                if self._is_due(story, held):
                    due.setdefault(story.dispatch_id, []).append(story)
            yield due
            if after is None:
                return

    def _is_due(self, story: AgedStory, held: Held) -> bool:
        term = self._find_keep(story)
        if term is None or story.last_grown >= self._now - term:
            return False
        is_held = story.dispatch_id in held.dispatches or story.story_id in held.stories
        self.report.held += is_held
        return not is_held

    def _find_keep(self, story: AgedStory) -> timedelta | None:
        return self._term(story)[1]

    def _term(self, story: AgedStory) -> tuple[str, timedelta | None]:
        term = find_term(
            self._settings,
            agency=story.agency,
            publisher=story.publisher,
            source=story.source,
            kinds=story.kinds,
        )
        return term.rule, term.keep

    def _count(self, due: Mapping[str, Sequence[AgedStory]]) -> None:
        report = self.report
        report.dispatches += len(due)
        for story in (one for listed in due.values() for one in listed):
            report.stories += 1
            report.versions += story.versions
            report.freed += story.bytes
            report.by_rule[self._term(story)[0]] += 1

    def _remove_stories(self) -> Iterator[None]:
        for due in self._walk():
            names = list(due)
            for start in range(0, len(names), TOGETHER):
                begun = time.monotonic()
                some = {name: due[name] for name in names[start : start + TOGETHER]}
                with self._store.write() as connection:
                    some = _check_again(connection, some)
                    for name, listed in some.items():
                        self._remove(connection, name, listed)
                self._count(some)
                yield
                yield from self._rest(len(some), begun)

    def _remove(self, connection: Connection, name: str, listed: Sequence[AgedStory]) -> None:
        purge_at = self._now + timedelta(days=self._settings.grace_days)
        rules = dict.fromkeys(self._term(story)[0] for story in listed)
        ids = [story.story_id for story in listed]
        remove_for_a_time(connection, name, ids, rule="; ".join(rules), at=self._now, purge_at=purge_at)

    def _rest(self, done: int, begun: float) -> Iterator[None]:
        pace = self._settings.dispatches_per_second
        end = begun + done / pace if pace else begun
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, NAP_S))
            yield

    def _walk_pages(self, leaving: AbstractSet[int] = frozenset()) -> Iterator[tuple[int, int]]:
        """(id, size) of the raw pages that are due before their stories, but for those of stories that leave whole."""
        shortest, after = shortest_pages(self._settings), 0
        while shortest is not None:
            with self._store.read() as connection:
                held = read_held(connection).stories
                found = list_kept_pages(connection, after=after, before=self._now - shortest, limit=PAGES)
            rows = [row for row in found if row.story_id not in leaving]
            fetched = {row.id: row.fetched_at for row in rows}
            due, kept = {row.id: row.size for row in rows}, set[int]()
            for row in rows:
                term = find_term(
                    self._settings,
                    agency=row.agency,
                    publisher=row.publisher,
                    source=row.source,
                    kinds={str(marker.get("kind")) for marker in row.markers or ()},
                ).pages
                late = term is not None and fetched[row.id] < self._now - term
                if row.story_id is None or row.story_id in held or not late:
                    kept.add(row.id)  # every story of a page has to let it go
            yield from ((page, size) for page, size in due.items() if page not in kept)
            looked_at = {row.id for row in found}
            if len(looked_at) < PAGES:
                return
            after = max(looked_at)

    def _remove_pages(self) -> Iterator[None]:
        due: list[int] = []
        for page, size in self._walk_pages():
            due.append(page)
            self.report.pages += 1
            self.report.freed += size
            if len(due) == PAGES:
                self._empty(due)
                due = []
                yield
        self._empty(due)

    def _empty(self, pages: Sequence[int]) -> None:
        with self._store.write() as connection:
            empty_pages(connection, pages, at=self._now)

    def _fold(self) -> Iterator[None]:
        quiet, old = self._quiet_before(), self._before(self._settings.runs_days)
        after: int | None = 0
        while quiet is not None and after is not None:
            with self._store.write() as connection:
                found = run_hours.fold_quiet(connection, before=quiet)
            after, self.report.folded = found.position, self.report.folded + found.folded
            yield
        after = 0
        while old is not None and after is not None:
            with self._store.write() as connection:
                found = run_hours.fold_all(connection, before=old, after=after)
            after, self.report.folded = found.position, self.report.folded + found.folded
            yield
        hours = self._before(self._settings.hours_days)
        with self._store.write() as connection:
            habits.forget_hours(connection, now=self._now)
            if hours is not None:
                run_hours.forget_hours(connection, before=hours)
            page_templates.forget_unused(connection, before=self._now - TEMPLATES_FOR)
        self._fold_books()

    def _fold_books(self) -> None:
        """Books follow the ledger: hours become days when its quiet rows are folded, and days leave with its hours."""
        hours, days = self._quiet_before(), self._before(self._settings.hours_days)
        folds = hours is not None
        while hours is not None and folds:
            with self._store.write() as connection:
                folds = book_days.fold_day(connection, before=hours)
        if days is not None:
            with self._store.write() as connection:
                book_days.forget_days(connection, before=days)
                holes.forget_holes(connection, before=days)
                latencies.forget_days(connection, before=days)

    def _purge(self) -> Iterator[None]:
        while True:
            with self._store.write() as connection:
                purged = grace.purge(connection, now=self._now, limit=PAGES)
            self.report.purged += purged
            yield
            if purged < PAGES:
                return

    def _refusals(self) -> Iterator[None]:
        before = self._before(self._settings.refusals_days)
        while before is not None:
            with self._store.write() as connection:
                removed = remove_refusals(connection, before=before, limit=PAGES)
            self.report.refusals += removed
            yield
            if removed < PAGES:
                return


def _check_again(connection: Connection, due: Mapping[str, list[AgedStory]]) -> dict[str, list[AgedStory]]:
    """Without what somebody held since it was found."""
    held = read_held(connection)
    left = {
        name: [story for story in listed if story.story_id not in held.stories]
        for name, listed in due.items()
        if name not in held.dispatches
    }
    return {name: listed for name, listed in left.items() if listed}


@contextmanager
def _hold_lease(store: Store) -> Iterator[None]:
    with store.write() as connection:
        lease = leases.take(connection, LEASE, this_process(), now=datetime.now(UTC))
    if lease is None:
        raise BusyError("another process applies retention", resource="retention", hint="try again later")
    try:
        yield
    finally:
        with store.write() as connection:
            leases.let_go(connection, lease)
