"""Versions that were read again: their new texts are signed and their dispatches revised at once, their groups decided later.

The second step is a regrouping in a shadow store, as `regroup` does it, of which only what concerns these versions is
carried over. Until it is done, a version that was read again keeps its dispatch, and its words count whole.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import structlog

from copytaster.store import readings
from copytaster.store.engine import Store
from copytaster.store.installation import secret_seed
from copytaster.store.lineage import find_dispatches
from copytaster.store.removals import find_partners
from copytaster.store.revisions import hold_grouping
from copytaster.store.signatures import SignatureRow, copy_signatures, keep_recipe, replace_signatures
from copytaster.store.traces import add_traces, read_last
from copytaster.store.versions import read_grouped
from dedup.cache.known_version import place_in_time
from dedup.cache.version_cache import VersionCache
from dedup.candidates.sampling import sample_grams
from dedup.candidates.signature import Recipe, Signer, band_keys, pack_signature
from dedup.candidates.traces import MICROSECOND, count_microseconds
from dedup.candidates.window import DAY, WINDOWS_KEPT, pack_hashes
from dedup.decision.decide import EXACT_WORDS
from dedup.desk.regroup import carry_over, delete_shadows, dry_run_regroup
from dedup.grouping.participants import is_short
from dedup.lineage.revision import revise_dispatches
from dedup.similarity.weights import FULL
from dedup.text.words import read_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from copytaster.store.readings import NewReading
    from copytaster.store.versions import StoredVersion
    from dedup.desk.regroup import Comparison, Progress
    from settings import GroupingSettings

log = structlog.get_logger(__name__)

CHUNK = 200  # versions a transaction
_MOMENT = timedelta(microseconds=1)


class ReadingDesk:
    """Puts new readings in the place of earlier ones, for one process that holds the lease of `regroup.hold_lease`."""

    def __init__(self, store: Store, settings: GroupingSettings) -> None:
        self._store = store
        self._settings = settings
        with store.write() as connection:
            recipe = Recipe.of_installation(secret_seed(connection))
            self._recipe_id = keep_recipe(connection, recipe.digest, recipe.to_json())
        self._signer = Signer(recipe)

    def keep(
        self, found: Sequence[NewReading], *, reader: str, note: Callable[[Connection, Sequence[int]], None]
    ) -> list[int]:
        """Put readings in the place of earlier ones; returns the versions that have them now.

        `note` gets those versions too, inside the same transaction.

        Their dispatches get a new revision: the index follows, and no version, story or moment of arrival is new.
        """
        at = datetime.now(UTC)
        with self._store.write() as connection:
            hold_grouping(connection)
            kept = readings.keep_readings(connection, found, at=at, reader=reader)
            if kept:
                self._sign_again(connection, kept, {one.version_id: one.before for one in found})
                readings.forget_relations(connection, kept)
                named = sorted(set(find_dispatches(connection, kept).values()))
                revise_dispatches(connection, [*named, *find_partners(connection, kept)], VersionCache())
            note(connection, kept)
        return kept

    def _sign_again(
        self, connection: Connection, kept: Sequence[int], before: Mapping[int, Mapping[str, Any]]
    ) -> None:
        rows, filed = [], []
        for version in sorted(read_grouped(connection, kept), key=lambda one: one.id):
            row, keys = self._sign(version, version.body)
            rows.append(row)
            known = self._sign(version, before[version.id].get("body", version.body))[1]
            filed.append((version, row.at, np.setdiff1d(keys, known)))
        replace_signatures(connection, rows)
        self._file(connection, [one for one in filed if len(one[2])])

    def _sign(self, version: StoredVersion, body: str) -> tuple[SignatureRow, NDArray[np.int64]]:
        """(the signature of a text, the keys under which it is found)."""
        text = read_words(body)
        short = is_short(text, self._settings.min_words)
        values = None if short else self._signer.sign(text.words)
        grams = sample_grams(text) if len(text) >= EXACT_WORDS else np.empty(0, dtype=np.int64)
        row = SignatureRow(
            version.id,
            self._recipe_id,
            place_in_time(version),
            len(text),
            text.exact if short and len(text) >= EXACT_WORDS else text.undated,
            pack_signature(values),
            np.full(len(text), FULL, dtype=np.uint8).tobytes(),
        )
        return row, np.concatenate((band_keys(values), grams))

    def _file(
        self,
        connection: Connection,
        filed: Sequence[tuple[StoredVersion, datetime, NDArray[np.int64]]],
    ) -> None:
        """Let later versions find those of the window by their new texts too."""
        last = read_last(connection)
        if last is None:
            return
        window = timedelta(hours=self._settings.window_hours) // MICROSECOND
        since = last.seen_until - WINDOWS_KEPT * window
        recent = [one for one in filed if count_microseconds(one[0].seen_at) >= since]
        by_day: dict[int, list[tuple[StoredVersion, datetime, NDArray[np.int64]]]] = {}
        for one in recent:
            by_day.setdefault(count_microseconds(one[0].seen_at) // DAY, []).append(one)
        for day, some in by_day.items():
            seen = [count_microseconds(version.seen_at) for version, _, _ in some]
            numbers = [
                (version.id, count_microseconds(at), arrived, len(keys), 0, 0)
                for (version, at, keys), arrived in zip(some, seen, strict=True)
            ]
            add_traces(
                connection,
                recipe_id=self._recipe_id,
                day=day,
                seen_until=max(seen),
                history_from=last.history_from,
                history_place=last.history_place,
                versions=np.array(numbers, dtype="<i8").tobytes(),
                keys=pack_hashes(np.concatenate([keys for _, _, keys in some])),
                phrases=b"",
                paragraphs=b"",
            )


def preview_groups(
    store: Store,
    shadow: Store,
    settings: GroupingSettings,
    changes: Mapping[int, NewReading],
    *,
    on_progress: Progress | None = None,
) -> Comparison | None:
    """What new readings, by version, would do to the groups; None if all these versions have left. Writes nothing."""
    with store.read() as connection:
        reach = readings.find_reach(connection, sorted(changes))
    if reach is None:
        return None
    return dry_run_regroup(
        store,
        shadow,
        settings,
        since=reach[0],
        until=reach[1] + _MOMENT,
        only=frozenset(changes),
        read_as={version: one.after for version, one in changes.items()},
        on_progress=on_progress,
    )


def settle_groups(
    store: Store, folder: Path, settings: GroupingSettings, *, on_progress: Progress | None = None
) -> Comparison | None:
    """Decide again on the groups of all versions that were read again since the last time; None if there are none.

    After a killed call the next one continues. The caller holds the lease of `regroup.hold_lease`.
    """
    report = on_progress or (lambda _step, _done, _of: None)
    with store.read() as connection:
        waiting = readings.list_unsettled(connection)
        reach = readings.find_reach(connection, waiting)
        newest = readings.find_newest(connection)
    found = None
    if reach is not None:
        name = f"reparse-{_digest(settings, newest, waiting)}.sqlite"
        for other in folder.glob("reparse-*.sqlite"):  # left by a killed call, of other readings
            if other.name != name:
                delete_shadows(folder, other.name)
        shadow = Store(f"sqlite:///{folder / name}")
        try:
            found = dry_run_regroup(
                store,
                shadow,
                settings,
                since=reach[0],
                until=reach[1] + _MOMENT,
                only=frozenset(waiting),
                on_progress=on_progress,
            )
            _copy_signatures(store, shadow, waiting, report)
            found = carry_over(store, shadow, found, report)
        finally:
            shadow.close()
        delete_shadows(folder, name)
    if waiting:
        with store.write() as connection:
            readings.settle(connection, waiting)
    return found


def _copy_signatures(store: Store, shadow: Store, ids: Sequence[int], report: Progress) -> None:
    """Take the signatures over that the live rules made in the shadow store: they weigh the words by what came before."""
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        with shadow.read() as connection:
            rows = copy_signatures(connection, some)
        with store.write() as connection:
            hold_grouping(connection)
            recipe = Recipe.of_installation(secret_seed(connection))
            recipe_id = keep_recipe(connection, recipe.digest, recipe.to_json())
            replace_signatures(connection, rows, recipe_id=recipe_id)
        report("signing", min(start + CHUNK, len(ids)), len(ids))


def _digest(settings: GroupingSettings, newest: int, ids: Sequence[int]) -> str:
    text = json.dumps([settings.model_dump(mode="json"), newest, list(ids)])
    return hashlib.sha256(text.encode()).hexdigest()[:12]
