"""Grouped copy of an archive, written into a store: stories, versions, dispatches and the links between them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq

from copytaster.errors import NotFoundError, UsageError
from copytaster.store.installation import secret_seed
from copytaster.store.lineage import VersionLink, add_links, apply_links, keep_founder
from copytaster.store.memberships import NewMember, add_members
from copytaster.store.moves import open_dispatch
from copytaster.store.plain_rows import add_plain, find_newest_arrival, find_plain
from copytaster.store.revisions import hold_grouping
from copytaster.store.signatures import SignatureRow, add_signatures, keep_recipe
from copytaster.store.takedowns import is_taken_down
from copytaster.store.versions import close_versions
from dedup.cache.version_cache import VersionCache
from dedup.candidates.signature import Recipe, Signer, pack_signature
from dedup.candidates.traces import count_microseconds
from dedup.lineage.revision import NOT_YET, revise_dispatches
from dedup.text.words import read_words
from newsdesk.archive.job import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from copytaster.store.engine import Store


@dataclass(slots=True)
class LoadReport:
    """Versions and dispatches that a load added; versions that the store had, and those it may not have again."""

    versions: int = 0
    dispatches: int = 0
    known: int = 0
    taken_down: int = 0


def load_archive(
    store: Store, folder: Path, on_progress: Callable[[int, int], None] = lambda _done, _of: None
) -> LoadReport:
    """Write the dispatches of a finished job into a store, in order of arrival; what it has already stays as it is.

    A load that was stopped goes on with the next call. `on_progress` receives the versions done and those there are.

    Raises:
        NotFoundError: the folder holds no finished job.
        UsageError: the store has copy that is newer than copy of the archive.
    """
    files = list_members(folder)
    total = sum(pq.ParquetFile(path).metadata.num_rows for path in files)
    loader, done = Loader(VersionCache()), 0
    for members in _read(files):
        with store.write() as connection:
            allowed = loader.leave_out_taken_down(connection, members)
            _require_order(connection, allowed, folder)
            loader.load(connection, allowed)
        done += len(members)
        on_progress(done, total)
    for members in _read(files, ["identity", "number", "links"]):
        with store.write() as connection:
            loader.link(connection, members)
    return loader.report


def list_members(folder: Path) -> list[Path]:
    """The files of Parquet that hold the members of a finished job, in order of arrival.

    Raises:
        NotFoundError: there are none.
    """
    if not (folder / "members" / "_SUCCESS").exists():
        raise NotFoundError(
            "no grouped archive", resource=str(folder), hint="first: copytaster archive group ... --out DIR"
        )
    return sorted((folder / "members").glob("part-*.parquet"))


def _read(files: Sequence[Path], columns: list[str] | None = None) -> Iterator[list[Mapping[str, Any]]]:
    for path in files:
        for batch in pq.ParquetFile(path).iter_batches(batch_size=CHUNK, columns=columns):
            yield batch.to_pylist()


def _require_order(connection: Connection, members: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """The ids of versions follow the order of arrival, and a search by time goes by them."""
    newest = find_newest_arrival(connection)
    if newest is None:
        return
    there = find_plain(connection, [(one["identity"], one["number"]) for one in members])
    fresh = [one["seen"] for one in members if (one["identity"], one["number"]) not in there]
    if fresh and min(fresh) < count_microseconds(newest):
        raise UsageError(
            f"the store has copy of {newest:%Y-%m-%d %H:%M} UTC, which is newer than copy of the archive",
            resource=str(folder),
            hint="load the archive into an empty store (--data-dir), before anything else comes in",
        )


@dataclass(slots=True)
class Loader:
    """Writes members of an archive's dispatches into a store, in order of arrival.

    Attributes:
        cache: the texts used last.
        report: of all that was loaded.
    """

    cache: VersionCache
    report: LoadReport = field(default_factory=LoadReport)

    def leave_out_taken_down(
        self, connection: Connection, members: Sequence[Mapping[str, Any]]
    ) -> list[Mapping[str, Any]]:
        """Those of these members that were not taken down."""
        allowed = [one for one in members if not is_taken_down(connection, [one["identity"]])]
        self.report.taken_down += len(members) - len(allowed)
        return allowed

    def load(self, connection: Connection, members: Sequence[Mapping[str, Any]]) -> list[str]:
        """Write members in the caller's transaction, and revise their dispatches; the ids of those."""
        hold_grouping(connection)
        recipe = Recipe.of_installation(secret_seed(connection))
        recipe_id = keep_recipe(connection, recipe.digest, recipe.to_json())
        rows = [json.loads(member["row"]) for member in members]
        added = add_plain(connection, rows)
        fresh = [(number, one) for number, one in zip(added, members, strict=True) if number is not None]
        self.report.versions += len(fresh)
        self.report.known += len(members) - len(fresh)
        for number, member in fresh:
            open_dispatch(connection, member["dispatch"], number)
        signer = Signer(recipe)
        add_signatures(connection, [_sign(number, member, signer, recipe_id) for number, member in fresh])
        add_members(connection, self._place(connection, fresh))
        for number, member in fresh:
            if member["key"] == member["root"]:
                keep_founder(connection, member["dispatch"], number)
                self.report.dispatches += 1
        close_versions(connection, [number for number, _ in fresh])
        changed = list(dict.fromkeys(member["dispatch"] for _, member in fresh))
        revise_dispatches(connection, changed, self.cache)
        self.cache.trim()
        return changed

    def link(self, connection: Connection, members: Sequence[Mapping[str, Any]]) -> None:
        """Write the links that begin at these members, once both ends are in the store, and revise what they link."""
        told = [
            ((member["identity"], member["number"]), tuple(other), kind, measure)
            for member in members
            for other, kind, measure in json.loads(member["links"])
        ]
        if not told:
            return
        hold_grouping(connection)
        ids = find_plain(connection, [name for one, other, _, _ in told for name in (one, other)])
        add_links(
            connection,
            [
                VersionLink(ids[one], ids[other], kind, measure)
                for one, other, kind, measure in told
                if one in ids and other in ids
            ],
        )
        revise_dispatches(connection, apply_links(connection), self.cache)
        self.cache.trim()

    def _place(
        self, connection: Connection, fresh: Sequence[tuple[int, Mapping[str, Any]]]
    ) -> list[NewMember]:
        evidence = [json.loads(member["evidence"]) for _, member in fresh]
        compared = [tuple(one["against"]) for one in evidence if one.get("against") is not None]
        ids = find_plain(connection, compared)
        for one in evidence:
            if one.get("against") is not None:
                one["against"] = ids.get(tuple(one["against"]))
        return [
            NewMember(
                number,
                member["dispatch"],
                "original" if member["key"] == member["root"] else NOT_YET,
                told,
                datetime.fromisoformat(member["at"]),
            )
            for (number, member), told in zip(fresh, evidence, strict=True)
        ]


def _sign(number: int, member: Mapping[str, Any], signer: Signer, recipe_id: int) -> SignatureRow:
    """The signature of a version by the recipe of the store, whatever the recipe of the job was."""
    weights = np.frombuffer(member["weights"], dtype=np.uint8)
    values = None
    if member["signed"]:
        text = read_words(json.loads(member["row"])["version"]["body"])
        values = signer.sign(text.words[weights > 0]) if len(weights) == len(text) else None
    return SignatureRow(
        number,
        recipe_id,
        datetime.fromisoformat(member["at"]),
        member["words"],
        member["exact"],
        pack_signature(values),
        member["weights"],
    )
