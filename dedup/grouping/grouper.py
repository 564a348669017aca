"""The pass over versions that wait: read, compare, decide, write. One transaction a batch; the same pass live and measured."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from copytaster.store.installation import read_change, secret_seed
from copytaster.store.revisions import hold_grouping
from copytaster.store.signatures import keep_recipe
from copytaster.store.versions import close_versions, read_waiting, read_waiting_ids
from dedup.cache.version_cache import VERSIONS, VersionCache
from dedup.candidates.signature import Recipe, Signer
from dedup.candidates.traces import MICROSECOND
from dedup.candidates.window import CandidateWindow
from dedup.decision.overrides import ManualDecisions
from dedup.grouping.assign import Assignment
from dedup.grouping.backfill import file_again
from dedup.grouping.batch import Batch, Outcome
from dedup.grouping.override_cache import ManualDecisionCache
from dedup.grouping.warm_up import warm_up
from dedup.lineage.backfill import revise_stale
from dedup.lineage.links import link_kin
from dedup.lineage.revision import revise_dispatches
from dedup.text.words import Text, read_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from copytaster.store.engine import Store
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
    """Groups what waits in a store; kept from pass to pass, it need not read the window and the history again.

    Several processes may group at once: each batch is one transaction under the write lock, and takes what then still
    waits. One thread uses a grouper at a time.

    Args:
        store: the record.
        settings: window, history, batch and the least number of words.
        room: how many versions are kept at hand with their texts.
    """

    def __init__(self, store: Store, settings: GroupingSettings, *, room: int = VERSIONS) -> None:
        self.store = store
        self.settings = settings
        self.shelf = VersionCache(room)
        warm_up()
        with store.write() as connection:
            recipe = Recipe.of_installation(secret_seed(connection))
            self.recipe_id = keep_recipe(connection, recipe.digest, recipe.to_json())
        self.signer = Signer(recipe)
        self._known_rulings = ManualDecisionCache()
        self.rulings = ManualDecisions()
        self.window = timedelta(hours=settings.window_hours)
        self.memory = CandidateWindow(
            self.recipe_id,
            window=self.window // MICROSECOND,
            history_days=settings.history_days,
            recipe=recipe.digest,
            snapshot=store.beside(".window"),
        )
        self._filed_again = False

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
                while revise_stale(self.store, self.shelf):
                    pass
                self._save()
                return
            done += len(outcomes)
            yield from outcomes
            if on_progress is not None:
                on_progress(done)

    def _save(self) -> None:
        """Nothing waits: time for a snapshot of the memory, until something comes."""
        if self.memory.is_unsaved:
            with self.store.read() as connection:
                self.memory.save(connection, go_on=self._is_idle)

    def _is_idle(self) -> bool:
        with self.store.read() as connection:
            return not read_waiting_ids(connection, 1)

    def _group_batch(self, size: int, bulk: int) -> list[Outcome]:
        """Decide on the versions that wait longest, and commit: `bulk` of them where so many wait, else `size`.

        A version that cannot be compared delays nobody: its batch is done one by one, and it founds a dispatch.
        """
        outcomes: list[Outcome] = []
        while not outcomes:  # another process may have taken all of them in the meantime
            with self.store.read() as connection:
                many = len(read_waiting_ids(connection, bulk)) == bulk
                waiting = read_waiting(connection, bulk if many else size)
            if not waiting:
                break
            outcomes = self._settle_readable(waiting)
        return outcomes

    def _settle_readable(self, waiting: Sequence[StoredVersion]) -> list[Outcome]:
        try:
            return self._settle_all(waiting, read_words)
        except _FAULTS as fault:
            if len(waiting) > 1:
                return self._settle_readable(waiting[:1])
            log.exception("grouping.unreadable", version=waiting[0].id, fault=type(fault).__name__)
            return self._settle_all(waiting, lambda _: read_words(""))

    def _settle_all(self, waiting: Sequence[StoredVersion], read: Callable[[str], Text]) -> list[Outcome]:
        """Texts are read before the lock is taken."""
        texts = {version.id: read(version.body) for version in waiting}
        try:
            with self.store.write() as connection:
                outcomes = self._group(connection, waiting, texts)
        except BaseException:
            self.shelf.clear()
            self.memory.roll_back()
            if self._filed_again:  # rows were read back that now are not there
                self.memory.forget()
            raise
        self._filed_again = False
        self.memory.settle()
        self.shelf.trim()
        return outcomes

    def _group(
        self, connection: Connection, waiting: Sequence[StoredVersion], texts: Mapping[int, Text]
    ) -> list[Outcome]:
        self.shelf.places.begin(hold_grouping(connection))
        left = set(read_waiting_ids(connection, len(waiting)))
        waiting = [version for version in waiting if version.id in left]
        if not waiting:
            return []
        if not self.memory.catch_up(connection):
            self._file_again(connection)
        self.rulings = self._known_rulings.read(connection)
        batch = Batch(connection, self.shelf.places)
        outcomes = [Assignment(self, batch, version, texts[version.id]).settle() for version in waiting]
        batch.write()
        self.memory.write(connection)
        close_versions(connection, [outcome.version_id for outcome in outcomes])
        kin = link_kin(connection, waiting, self.rulings)
        if kin:
            self.shelf.places.clear()
        alone = {} if kin else batch.alone  # what was moved to kin may leave a dispatch empty
        changed = [*kin, *(outcome.dispatch_id for outcome in outcomes)]
        revise_dispatches(connection, changed, self.shelf, alone=alone, scores=batch.scores)
        self.shelf.places.settle(read_change(connection))
        founded = sum(outcome.verdict == "founded" for outcome in outcomes)
        log.debug("grouping.batch", versions=len(outcomes), founded=founded)
        return outcomes

    def _file_again(self, connection: Connection) -> None:
        self._filed_again = True
        file_again(connection, self.memory, self.signer, min_words=self.settings.min_words)
