"""The pass over versions that wait: read, compare, decide, write, in one transaction a batch.

The live service, `evaluate` and `regroup` run this same pass.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from copytaster.store.group_days import FOUNDED, count_outcomes
from copytaster.store.installation import read_change, secret_seed
from copytaster.store.leases import no_fence
from copytaster.store.revisions import hold_grouping
from copytaster.store.signatures import keep_recipe
from copytaster.store.traces import drop_other_traces
from copytaster.store.versions import close_versions, read_waiting, read_waiting_ids
from dedup.cache.version_cache import VERSIONS, VersionCache
from dedup.candidates.signature import Recipe, Signer
from dedup.candidates.traces import MICROSECOND, count_microseconds
from dedup.candidates.window import CandidateWindow
from dedup.decision.decide import EXACT_WORDS
from dedup.decision.overrides import ManualDecisions
from dedup.grouping.assign import Assignment
from dedup.grouping.backfill import backfill_traces
from dedup.grouping.batch import Batch, Outcome
from dedup.grouping.collector import pause_collector
from dedup.grouping.context import GroupingContext
from dedup.grouping.override_cache import ManualDecisionCache
from dedup.grouping.warm_up import warm_up
from dedup.lineage.backfill import revise_stale
from dedup.lineage.links import link_versions
from dedup.lineage.reruns import find_rerun_links
from dedup.lineage.revision import revise_dispatches
from dedup.text.words import Text, read_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from copytaster.store.leases import Fence
    from copytaster.store.versions import StoredVersion
    from settings import GroupingSettings

log = structlog.get_logger(__name__)

BULK = 8  # batches that are committed as one while so many wait: a back-fill delays nobody who is live
_FAULTS = (ValueError, TypeError, LookupError, ArithmeticError, RecursionError)  # of a text, not of the store


def group_waiting(
    store: Store,
    settings: GroupingSettings,
    *,
    limit: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Iterator[Outcome]:
    """One pass of a `Grouper` that is not kept; see `Grouper.group`."""
    yield from Grouper(store, settings).group(limit=limit, on_progress=on_progress)


class Grouper:
    """Groups what waits in a store; one that is kept reads the window and the history only once.

    Several processes may group at once: each batch is one transaction under the write lock, and takes what still waits
    then. One thread uses a grouper at a time.

    Args:
        store: the record.
        settings: window, history, batch and the least number of words.
        room: how many versions are kept in memory with their texts.
        fence: called in the transaction of each batch before it decides.
    """

    def __init__(
        self, store: Store, settings: GroupingSettings, *, room: int = VERSIONS, fence: Fence = no_fence
    ) -> None:
        self.store = store
        self._fence = fence
        self.settings = settings
        self.versions = VersionCache(room)
        warm_up()
        with store.write() as connection:
            recipe = Recipe.of_installation(secret_seed(connection))
            recipe_id = keep_recipe(connection, recipe.digest, recipe.to_json())
            drop_other_traces(connection, recipe_id)
        self.window = CandidateWindow(
            recipe_id,
            length=timedelta(hours=settings.window_hours) // MICROSECOND,
            history_days=settings.history_days,
            recipe=recipe.digest,
            snapshot=store.sibling_path(".window"),
        )
        self._decisions = ManualDecisionCache()
        self._context = GroupingContext(
            self.versions, self.window, Signer(recipe), recipe_id, ManualDecisions(), settings
        )
        self._backfilled = False

    def catch_up(self) -> None:
        """Read what other processes filed into the window; they group, this one only follows."""
        with self.store.read() as connection:
            self.window.catch_up(connection)

    def group(
        self, *, limit: int | None = None, on_progress: Callable[[int], None] | None = None
    ) -> Iterator[Outcome]:
        """Decide on every version that waits, in order of arrival; outcomes come once their batch has been committed.

        Args:
            limit: stop after so many versions.
            on_progress: called with the number of versions done, after each batch.
        """
        done, size = 0, self.settings.batch
        while limit is None or done < limit:
            left = BULK * size if limit is None else limit - done
            outcomes = self._group_batch(min(size, left), min(BULK * size, left))
            if not outcomes:
                while revise_stale(self.store, self.versions):
                    pass
                self._save()
                return
            done += len(outcomes)
            yield from outcomes
            if on_progress is not None:
                on_progress(done)

    def _save(self) -> None:
        """Save a snapshot of the window, unless a version arrives in the meantime."""
        if self.window.is_unsaved:
            with self.store.read() as connection:
                self.window.save(connection, go_on=self._is_idle)

    def _is_idle(self) -> bool:
        with self.store.read() as connection:
            return not read_waiting_ids(connection, 1)

    def _group_batch(self, size: int, bulk: int) -> list[Outcome]:
        """Decide on the versions that wait longest, and commit: `bulk` of them where so many wait, else `size`.

        A version that cannot be compared delays nobody: its batch is done one by one, and it founds a dispatch.
        """
        outcomes: list[Outcome] = []
        while not outcomes:  # another process may have taken all of them in the meantime
            with pause_collector():
                with self.store.read() as connection:
                    many = len(read_waiting_ids(connection, bulk)) == bulk
                    waiting = read_waiting(connection, bulk if many else size)
                if not waiting:
                    break
                outcomes = self._decide_readable(waiting)
        return outcomes

    def _decide_readable(self, waiting: Sequence[StoredVersion]) -> list[Outcome]:
        try:
            return self._decide_all(waiting, read_words)
        except _FAULTS as fault:
            if len(waiting) > 1:
                return self._decide_readable(waiting[:1])
            log.exception("grouping.unreadable", version=waiting[0].id, fault=type(fault).__name__)
            return self._decide_all(waiting, lambda _: read_words(""))

    def _decide_all(self, waiting: Sequence[StoredVersion], read: Callable[[str], Text]) -> list[Outcome]:
        """Read the texts, then take the lock, decide and commit; after a failure memory is as it was before."""
        texts = {version.id: read(version.body) for version in waiting}
        try:
            with self.store.write() as connection:
                outcomes = self._group(connection, waiting, texts)
        except BaseException:
            self.versions.clear()
            self.window.roll_back()
            if self._backfilled:  # the window has read rows that were rolled back
                self.window.forget()
            raise
        self._backfilled = False
        self.window.commit()
        self.versions.trim()
        return outcomes

    def _group(
        self, connection: Connection, waiting: Sequence[StoredVersion], texts: Mapping[int, Text]
    ) -> list[Outcome]:
        change = hold_grouping(connection)
        self._fence(connection)
        self.versions.dispatches.begin(change)
        self.versions.catch_up(connection)
        left = set(read_waiting_ids(connection, len(waiting)))
        waiting = [version for version in waiting if version.id in left]
        if not waiting:
            return []
        context = self._prepare(connection)
        batch = Batch(connection, self.versions)
        outcomes = []
        for version in waiting:
            self.window.begin(connection, count_microseconds(version.seen_at))
            outcomes.append(Assignment(context, batch, version, texts[version.id]).decide())
        batch.end()
        self._link_reruns(batch, outcomes, texts)
        self._finish(batch, waiting, outcomes, context.decisions)
        names = (FOUNDED if one.verdict == "founded" else one.rule for one in outcomes)
        count_outcomes(connection, names, merged=batch.merged, now=datetime.now(UTC))
        founded = sum(outcome.verdict == "founded" for outcome in outcomes)
        log.debug("grouping.batch", versions=len(outcomes), founded=founded)
        return outcomes

    def _prepare(self, connection: Connection) -> GroupingContext:
        """Bring the window and the manual decisions up to date with the store."""
        if not self.window.catch_up(connection):
            self._backfilled = True
            backfill_traces(connection, self.window, self._context.signer, min_words=self.settings.min_words)
        return replace(self._context, decisions=self._decisions.read(connection))

    def _link_reruns(self, batch: Batch, outcomes: Sequence[Outcome], texts: Mapping[int, Text]) -> None:
        founders = {
            one.version_id
            for one in outcomes
            if one.verdict == "founded" and len(texts[one.version_id]) >= EXACT_WORDS
        }
        if founders:
            history = timedelta(days=self.settings.history_days)
            window = self._context.window_length
            batch.add_links(find_rerun_links(batch.connection, founders, window=window, history=history))

    def _finish(
        self,
        batch: Batch,
        grouped: Sequence[StoredVersion],
        outcomes: Sequence[Outcome],
        decisions: ManualDecisions,
    ) -> None:
        """Write the batch, link its versions, and revise every dispatch that changed."""
        connection = batch.connection
        self.window.write(connection)
        close_versions(connection, [outcome.version_id for outcome in outcomes])
        linked = link_versions(connection, grouped, decisions)
        if linked:
            self.versions.dispatches.clear()
        alone = {} if linked else batch.alone  # a notice that moved may leave a dispatch empty
        decided = (outcome.dispatch_id for outcome in outcomes)
        changed = [*linked, *(name for name in decided if name not in batch.complete)]
        revise_dispatches(connection, changed, self.versions, alone=alone, scores=batch.scores)
        self.versions.dispatches.end(read_change(connection))
