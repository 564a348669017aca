"""Regrouping: a dry run of the live pass in a shadow store, a comparison, then the changes carried over to the store.

Each change is one transaction, so live traffic goes on. A killed pass continues where it was: what it carried over does
not differ any more. A dispatch keeps its id with its founder; every other id redirects.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import structlog

from copytaster.errors import BusyError, UsageError
from copytaster.process_id import this_process
from copytaster.store import leases
from copytaster.store.engine import Store
from copytaster.store.memberships import (
    count_members,
    list_grouped_members,
    read_dispatch_refs,
    read_founders,
    read_grouped_members,
)
from copytaster.store.readings import find_newest
from copytaster.store.revisions import hold_grouping
from copytaster.store.shadow import (
    copy_decisions,
    copy_versions,
    prepare_shadow,
    read_evidence,
    read_partition,
)
from copytaster.store.versions import count_waiting, first_since
from dedup.desk.decisions import find_free_name
from dedup.desk.moves import find_followers, move, refuse_contradictions
from dedup.grouping.grouper import Grouper
from dedup.text.union_find import UnionFind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from settings import GroupingSettings

    Progress = Callable[[str, int, int], None]  # step, done, of how many

log = structlog.get_logger(__name__)

LEASE = "regroup"
ROUNDS = 5  # of catching up with new arrivals; later copies follow the version they were found like


@dataclass(frozen=True, slots=True)
class Group:
    """The versions of one dispatch; `dispatch` is its id, None if it would be new."""

    dispatch: str | None
    versions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """Dispatches whose members change: their groups before and after."""

    before: tuple[Group, ...]
    after: tuple[Group, ...]

    @property
    def kind(self) -> Literal["split", "join", "both"]:
        """One dispatch splits, several become one, or members change dispatches."""
        if len(self.before) == 1:
            return "split"
        return "join" if len(self.after) == 1 else "both"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What regrouping changes.

    Attributes:
        versions, dispatches: how many were compared.
        splits: dispatches whose members would be in several.
        joins: dispatches that would come from several.
        moved: versions that would get another dispatch.
        left_alone: shifts that reach out of the period, or that a manual decision forbids.
    """

    versions: int
    dispatches: int
    splits: int
    joins: int
    moved: int
    shifts: tuple[Shift, ...]
    left_alone: int = 0


def dry_run_regroup(
    store: Store,
    shadow: Store,
    settings: GroupingSettings,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    only: frozenset[int] | None = None,
    read_as: Mapping[int, Mapping[str, Any]] | None = None,
    on_progress: Progress | None = None,
) -> Comparison:
    """Group the versions of the record again in a shadow store, and compare. Writes nothing to the record.

    Args:
        store: the record.
        shadow: a store of its own, empty or from an earlier call with the same settings.
        settings: to group by.
        since: look only at dispatches that began then or later; the history before is read along.
        until: look only at dispatches that began before; the window after it is read along.
        only: look only at dispatches that hold one of these versions, or would; whenever the others began since.
        read_as: columns by version, in place of those of the record.
        on_progress: called with (what is done, how much, of how many), between two transactions.
    """
    report = on_progress or (lambda _step, _done, _of: None)
    prepare_shadow(store, shadow)
    with store.read() as connection:
        first = first_since(connection, since) if since else 0
        context = first_since(connection, since - timedelta(days=settings.history_days)) if since else 0
        last = first_since(connection, until) if until else None
        end = first_since(connection, until + timedelta(hours=settings.window_hours)) if until else None
        expected = count_members(connection, first=context, end=end)
    grouper = Grouper(shadow, settings)
    for _ in range(ROUNDS):
        if not copy_versions(
            store,
            shadow,
            first=context,
            end=end,
            read_as=read_as or {},
            on_progress=lambda n: report("reading", n, expected),
        ):
            with shadow.read() as connection:
                if not count_waiting(connection):
                    break
        copy_decisions(store, shadow)
        with shadow.read() as connection:
            waiting = count_waiting(connection)
        for _outcome in grouper.group(
            on_progress=lambda n, of=waiting: report("grouping", n, of),  # type: ignore[misc]
        ):
            pass
    return _compare(store, shadow, first, last if only is None else None, only)


def regroup(
    store: Store,
    folder: Path,
    settings: GroupingSettings,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    on_progress: Progress | None = None,
) -> Comparison:
    """Group again and carry the changes over, one transaction a shift; gives back what changed.

    After a killed call the next one continues: the shadow store stays in `folder` until all is carried over.

    Raises:
        BusyError: another regrouping is under way.
    """
    report = on_progress or (lambda _step, _done, _of: None)
    with hold_lease(store):
        with store.read() as connection:
            newest = find_newest(connection)  # a shadow store of before does not know the readings since
        path = folder / f"regroup-{_digest(settings, since, until, newest)}.sqlite"
        shadow = Store(f"sqlite:///{path}")
        try:
            found = dry_run_regroup(
                store, shadow, settings, since=since, until=until, on_progress=on_progress
            )
            found = carry_over(store, shadow, found, report)
        finally:
            shadow.close()
        delete_shadows(folder, path.name)
    log.info("regrouped", splits=found.splits, joins=found.joins, moved=found.moved)
    return found


def carry_over(store: Store, shadow: Store, found: Comparison, report: Progress) -> Comparison:
    """Make each shift in the record, one transaction a shift; `left_alone` then counts those that a decision forbids too."""
    left_alone = found.left_alone
    for place, shift in enumerate(found.shifts):
        left_alone += not _carry_over(store, shadow, shift)
        report("carrying over", place + 1, len(found.shifts))
    return replace(found, left_alone=left_alone)


def delete_shadows(folder: Path, pattern: str) -> None:
    """Delete shadow stores whose file has a name like this, with the files beside them."""
    for ending in ("", "-wal", "-shm", ".window"):
        for path in folder.glob(f"{pattern}{ending}"):
            path.unlink(missing_ok=True)


@contextmanager
def hold_lease(store: Store) -> Iterator[None]:
    """Let no other process regroup, or read versions again, until the end.

    Raises:
        BusyError: another process does.
    """
    with store.write() as connection:
        lease = leases.take(connection, LEASE, this_process(), now=datetime.now(UTC))
    if lease is None:
        raise BusyError(
            "another regrouping or reparsing is under way", resource="regroup", hint="wait until it is done"
        )
    try:
        yield
    finally:
        with store.write() as connection:
            leases.let_go(connection, lease)


def _digest(
    settings: GroupingSettings, since: datetime | None, until: datetime | None, newest_reading: int
) -> str:
    period = [at.isoformat() if at else None for at in (since, until)]
    text = json.dumps(
        [settings.model_dump(mode="json"), *period, *([newest_reading] if newest_reading else [])]
    )
    return hashlib.sha256(text.encode()).hexdigest()[:12]


# --- comparing ---------------------------------------------------------------------------------------------


def _compare(
    store: Store, shadow: Store, first: int, last: int | None, only: frozenset[int] | None
) -> Comparison:
    """Compare the dispatches that began from version `first` on, and before version `last`; see `dry_run_regroup`."""
    with shadow.read() as connection:
        after = read_partition(connection)
    with store.read() as connection:
        before = {version: name for version, name in read_partition(connection).items() if version in after}
        founders = read_founders(connection)
    after = {version: name for version, name in after.items() if version in before}
    shifts, left_alone, compared = [], 0, 0
    for versions_of in _find_parts(before, after):
        if only is not None and only.isdisjoint(versions_of):
            continue
        old, new = _group_by(before, versions_of), _group_by(after, versions_of)
        began = [founders[name] for name in old]
        if min(began) < first:
            left_alone += len(old) != len(new)
            continue
        if last is not None and max(began) >= last:
            left_alone += len(old) != len(new) and min(began) < last
            continue
        compared += len(old)
        if len(old) == len(new) == 1:
            continue
        named = _name_groups(new, {name: founders[name] for name in old})
        shifts.append(Shift(tuple(Group(name, ids) for name, ids in old.items()), named))
    return Comparison(
        sum(version >= first and (last is None or version < last) for version in after),
        compared,
        sum(len({after[one] for one in group.versions}) > 1 for shift in shifts for group in shift.before),
        sum(len({before[one] for one in group.versions}) > 1 for shift in shifts for group in shift.after),
        sum(
            before[one] != group.dispatch
            for shift in shifts
            for group in shift.after
            for one in group.versions
        ),
        tuple(sorted(shifts, key=lambda shift: shift.before[0].versions)),
        left_alone,
    )


def _find_parts(before: Mapping[int, str], after: Mapping[int, str]) -> list[list[int]]:
    """Sets of versions that neither partition connects with another, each in order of arrival."""
    connected = UnionFind[tuple[str, str]]()
    for version, name in before.items():
        connected.join(("after", after[version]), ("before", name))
    parts: dict[tuple[str, str], list[int]] = {}
    for version, name in before.items():
        parts.setdefault(connected.find(("before", name)), []).append(version)
    return list(parts.values())


def _group_by(partition: Mapping[int, str], chosen: Sequence[int]) -> dict[str, tuple[int, ...]]:
    groups: dict[str, list[int]] = {}
    for version in chosen:
        groups.setdefault(partition[version], []).append(version)
    return {name: tuple(ids) for name, ids in groups.items()}


def _name_groups(groups: Mapping[str, tuple[int, ...]], founders: Mapping[str, int]) -> tuple[Group, ...]:
    """Each group goes by the id of the dispatch whose founder it has; of several the one that began first."""
    named = []
    for ids in groups.values():
        mine = [name for name, founder in founders.items() if founder in ids]
        named.append(Group(min(mine, key=lambda name: founders[name]) if mine else None, ids))
    return tuple(named)


# --- carrying over -----------------------------------------------------------------------------------------


def _carry_over(store: Store, shadow: Store, shift: Shift) -> bool:
    """Make a shift in the record as it is now; False if a manual decision forbids it."""
    ids = sorted(one for group in shift.after for one in group.versions)
    with shadow.read() as connection:
        evidence = read_evidence(connection, ids)
    try:
        with store.write() as connection:
            hold_grouping(connection)
            targets = _find_targets(connection, shift)
            standings = {one.version_id: one for one in read_grouped_members(connection, sorted(targets))}
            because = {version: evidence.get(version, standings[version].evidence) for version in targets}
            move(connection, targets, because, at=datetime.now(UTC))
            refuse_contradictions(connection, targets)
    except UsageError as error:
        log.warning(
            "regroup.left_alone", dispatches=[group.dispatch for group in shift.before], why=str(error)
        )
        return False
    return True


def _find_targets(connection: Connection, shift: Shift) -> dict[int, str]:
    """Version -> the dispatch it moves to; copies that came since go with what they were found like."""
    groups = {str(place): group.versions for place, group in enumerate(shift.after)}
    ids = sorted(one for group in shift.after for one in group.versions)
    places = {one.version_id: one.dispatch_id for one in read_grouped_members(connection, ids)}
    founders = {place.dispatch_id: place.founder_id for place in read_dispatch_refs(connection, ids).values()}
    wanted: dict[int, str] = {}
    for group in _name_groups(groups, founders):
        name = group.dispatch or find_free_name(connection, group.versions[0])
        wanted |= dict.fromkeys(group.versions, name)
    found = dict(wanted)
    for name in founders:
        members = list_grouped_members(connection, name)
        start = {one.version_id: wanted[one.version_id] for one in members if one.version_id in wanted}
        if start:
            followers = find_followers(members, start, named=frozenset(ids))
            found |= followers
            places |= dict.fromkeys(followers, name)
    return {version: name for version, name in found.items() if places[version] != name}
