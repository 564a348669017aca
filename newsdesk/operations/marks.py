"""Marks of the desk: set, taken back, and read with what the agency has sent since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from copytaster.chain import NOTICES
from copytaster.errors import UsageError
from copytaster.store.audit import note_write
from copytaster.store.dispatches import resolve_id
from copytaster.store.marks import (
    KINDS,
    Choice,
    MarkKind,
    acknowledge,
    add_marks,
    choose_dispatches,
    list_overtaken,
    read_marks,
    read_shown_versions,
    read_steps,
    undo_marks,
)
from copytaster.values import iso
from indexer.record import CORRECTIONS
from indexer.search import MAX_IDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from copytaster.store.marks import How, MarkRow, StepRow

ANYONE = "anyone"
MOST_AFFECTED = 2_000  # marks that a list of those affected looks at
MOST_MARKED = 200  # dispatches of one call


@dataclass(frozen=True, slots=True)
class DeskMark:
    """A mark, and how the agency's text went on after it.

    Attributes:
        version: number of the marked text in the agency's chain, from 1; None where nobody knows.
        now: number of the chain's last version; None without a chain.
        later: the versions that came after the mark and follow its text.
    """

    row: MarkRow
    version: int | None
    now: int | None
    later: tuple[StepRow, ...]

    @property
    def withdrawn(self) -> StepRow | None:
        """The notice that took the text down since."""
        return next((step for step in reversed(self.later) if step.kind in NOTICES), None)

    @property
    def corrected(self) -> StepRow | None:
        """The last correction since."""
        return next((step for step in reversed(self.later) if step.kind in CORRECTIONS), None)

    @property
    def grave(self) -> StepRow | None:
        """What whoever used the text must know: that it was withdrawn since, or else corrected."""
        return self.withdrawn or self.corrected

    @property
    def is_pending(self) -> bool:
        """True until the person has acknowledged every correction and withdrawal."""
        known = self.row.acknowledged_to or 0
        return any(step.version_id > known for step in self.later if step.kind in NOTICES | CORRECTIONS)


def mark_dispatches(
    store: Store, names: Sequence[str], kind: MarkKind, *, who: str, how: How = "mark"
) -> tuple[list[str], int]:
    """Mark the text that each dispatch shows now. Returns the dispatches by their current ids, and how many marks are new.

    A mark that comes of looking alone is not in the audit.

    Raises:
        NotFoundError: one of these dispatches never was, or has left.
        UsageError: too many dispatches, or none.
    """
    _check_number(names)
    with store.write() as connection:
        ids = _resolve(connection, names)
        shown = read_shown_versions(connection, ids)
        added = add_marks(connection, shown.values(), kind, who=who, how=how, at=datetime.now(UTC))
        if how != "look":  # nobody's act
            _note(connection, kind, [one for one in ids if shown[one].version_id in added], who, how)
    return ids, len(added)


def unmark_dispatches(
    store: Store, names: Sequence[str], kind: MarkKind, *, who: str
) -> tuple[list[str], int]:
    """Take back this person's marks of one kind. Returns the dispatches by their current ids, and how many marks went.

    Raises:
        NotFoundError: one of these dispatches never was, or has left.
        UsageError: too many dispatches, or none.
    """
    _check_number(names)
    with store.write() as connection:
        ids = _resolve(connection, names)
        undone = undo_marks(connection, ids, kind, who=who, at=datetime.now(UTC))
        _note(connection, kind, ids if undone else (), who, "taken back")
    return ids, undone


def acknowledge_marks(store: Store, mark_ids: Sequence[int], *, who: str) -> None:
    """Note that a person knows of every correction and withdrawal of what these marks of his name. Marks of others stay."""
    with store.write() as connection:
        known = acknowledge(connection, mark_ids, who=who, at=datetime.now(UTC))
        for one in known:
            note_write(connection, "mark.acknowledge", one, who=who)


def follow_marks(connection: Connection, rows: Iterable[MarkRow]) -> list[DeskMark]:
    """Marks with what the agency has sent since."""
    found = list(rows)
    chains = read_steps(connection, sorted({row.dispatch_id for row in found}))
    return [_follow(row, chains.get(row.dispatch_id, ())) for row in found]


def read_newest_marks(connection: Connection, dispatch_ids: Sequence[str]) -> dict[str, list[DeskMark]]:
    """Dispatch -> the newest mark in force of each kind and person, oldest first."""
    newest: dict[tuple[str, str, str], MarkRow] = {}
    for row in read_marks(connection, dispatch_ids):
        key = row.dispatch_id, row.kind, row.who
        newest.pop(key, None)
        newest[key] = row
    found: dict[str, list[DeskMark]] = {}
    for mark in follow_marks(connection, newest.values()):
        found.setdefault(mark.row.dispatch_id, []).append(mark)
    return found


def list_affected(
    connection: Connection, *, who: str | None = None, dispatch_id: str | None = None
) -> list[DeskMark]:
    """Who used a text that was corrected or withdrawn since: the newest use of each person of each dispatch, newest first."""
    rows = list_overtaken(connection, who=who, dispatch_id=dispatch_id, limit=MOST_AFFECTED)
    newest: dict[tuple[str, str], MarkRow] = {}
    for row in rows:
        key = row.dispatch_id, row.who
        newest[key] = max(row, newest.get(key, row), key=lambda one: one.known_to)
    used = _find_newest_uses(connection, newest.values())
    return [mark for mark in follow_marks(connection, newest.values()) if mark.grave and mark.row.id in used]


def _find_newest_uses(connection: Connection, rows: Iterable[MarkRow]) -> set[int]:
    """Of these marks, those whose person has not used a newer text of the dispatch."""
    every = list(rows)
    last: dict[tuple[str, str], int] = {}
    for row in read_marks(connection, sorted({row.dispatch_id for row in every})):
        if row.kind == "used":
            key = row.dispatch_id, row.who
            last[key] = max(last.get(key, 0), row.known_to)
    return {row.id for row in every if last.get((row.dispatch_id, row.who), 0) <= row.known_to}


def mark_to_json(mark: DeskMark) -> dict[str, Any]:
    """A mark as data; `later` names each version that the agency has sent since."""
    row = mark.row
    return {
        "mark": row.id,
        "dispatch": row.dispatch_id,
        "kind": row.kind,
        "who": row.who,
        "how": row.how,
        "at": iso(row.at),
        "headline": row.headline,
        "version": mark.version,
        "version_id": row.version_id,
        "now": mark.now,
        "later": [
            {"version_id": step.version_id, "kind": step.kind, "number": step.number, "at": iso(step.seen_at)}
            for step in mark.later
        ],
        "acknowledged_at": None if mark.is_pending else iso(row.acknowledged_at),
        "undone": {"by": row.undone_by, "at": iso(row.undone_at)} if row.undone_at else None,
    }


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The dispatches that marks choose and those that they exclude, for a search.

    Attributes:
        ids: None where no mark is required.
        cut: True if there are more marked dispatches than a search takes; the last marked were kept.
    """

    ids: tuple[str, ...] | None
    without: tuple[str, ...]
    cut: bool


def read_choice(text: str, me: str | None) -> Choice:
    """A choice written `used` (mine), `used:anyone` or `used:Ada`.

    Raises:
        UsageError: it names no kind of mark; or it is about the reader's own marks, and nobody knows who reads.
    """
    name, _, who = text.partition(":")
    kind = next((one for one in KINDS if one == name), None)
    if kind is None:
        raise UsageError(f"no mark {name[:80]!r}", resource="mark", hint=f"one of {', '.join(KINDS)}")
    if who == ANYONE:
        return Choice(kind, None)
    if not (who or me):
        raise UsageError(
            "whose marks? The service does not know who you are",
            resource="mark",
            hint=f"{kind}:{ANYONE}, or {kind}: and a name",
        )
    return Choice(kind, who or me)


def narrow_by_marks(connection: Connection, chosen: Iterable[Choice], excluded: Iterable[Choice]) -> Narrowed:
    """Which dispatches have one of the chosen marks, and which have an excluded one."""
    wanted = list(chosen)
    ids, cut = _gather(connection, wanted)
    without, cut_without = _gather(connection, list(excluded))
    if wanted:
        left_out = set(without)
        return Narrowed(tuple(one for one in ids if one not in left_out), (), cut or cut_without)
    return Narrowed(None, tuple(without), cut_without)


def _gather(connection: Connection, choices: Sequence[Choice]) -> tuple[list[str], bool]:
    found: dict[str, None] = {}
    for choice in choices:
        found |= dict.fromkeys(choose_dispatches(connection, choice, MAX_IDS + 1))
    return list(found)[:MAX_IDS], len(found) > MAX_IDS


def _follow(row: MarkRow, chain: Sequence[StepRow]) -> DeskMark:
    version = None if row.place is None else row.place + 1
    later = [
        step
        for step in chain
        if step.version_id > row.known_to and (row.place is None or step.place > row.place)
    ]
    return DeskMark(row, version, chain[-1].place + 1 if chain else None, tuple(later))


def _resolve(connection: Connection, names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(resolve_id(connection, name) for name in names))


def _note(connection: Connection, kind: MarkKind, ids: Iterable[str], who: str, detail: str) -> None:
    for one in ids:
        note_write(connection, f"mark.{kind}", one, who=who, detail=detail)


def _check_number(names: Sequence[str]) -> None:
    if not names:
        raise UsageError("no dispatch is chosen", resource="dispatch", hint="tick at least one")
    if len(names) > MOST_MARKED:
        raise UsageError(
            f"{len(names)} dispatches", resource="dispatch", hint=f"at most {MOST_MARKED} at once"
        )
