"""What people ask for by hand, as values: tried out, or carried out, the same for pages, API and command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field

from copytaster.store.decisions import RELATION_KINDS, read_decision
from copytaster.store.dispatches import read_dispatches
from indexer.merge import merge_rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from dedup.desk.decisions import DecisionResult
    from dedup.desk.rehearsal import Rehearsal
    from indexer.record import DispatchRecord, MemberStory

log = structlog.get_logger(__name__)

Name = Annotated[str, Field(min_length=1, max_length=2_000)]
MOST_NAMED = 500  # stories or dispatches of one decision


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Split(_Request):
    """Take stories out of a dispatch, into one of their own or into another one."""

    kind: Literal["split"] = "split"
    stories: list[Name] = Field(
        min_length=1,
        max_length=MOST_NAMED,
        description="Story (12), version of it (12/2), version (v34) or address.",
    )
    dispatch: Name | None = Field(
        None, description="Taken out of this dispatch; needed where a story has versions in several."
    )
    into: Name | None = Field(None, description="Into this dispatch; a new one without it.")
    with_copies: bool = Field(
        default=False, description="Also take the copies that joined because of these stories."
    )


class Merge(_Request):
    """Make dispatches one. The one that began first keeps its id."""

    kind: Literal["merge"] = "merge"
    dispatches: list[Name] = Field(min_length=2, max_length=MOST_NAMED)


class Pin(_Request):
    """Keep stories, and their later versions, where they are; or release them."""

    kind: Literal["pin", "unpin"] = "pin"
    stories: list[Name] = Field(min_length=1, max_length=MOST_NAMED)


class Relate(_Request):
    """Confirm or reject that two dispatches report the same news, or fold one into the other."""

    kind: Literal["confirm", "reject", "fold"]
    dispatch: Name
    other: Name


class Undo(_Request):
    """Undo a decision, by its number."""

    kind: Literal["undo"] = "undo"
    decision: int = Field(ge=0, le=2**31 - 1)


Request = Annotated[Split | Merge | Pin | Relate | Undo, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class DispatchChange:
    """A dispatch before and after a decision; None where it is not there, or has no stories left."""

    dispatch: str
    before: DispatchRecord | None
    after: DispatchRecord | None

    @property
    def gains(self) -> tuple[MemberStory, ...]:
        """The stories that come in."""
        return _list_beyond(self.after, self.before)

    @property
    def loses(self) -> tuple[MemberStory, ...]:
        """The stories that go."""
        return _list_beyond(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a decision would do."""

    results: tuple[DecisionResult, ...]
    changes: tuple[DispatchChange, ...]


def carry_out(store: Store, request: Request, *, who: str, why: str) -> list[DecisionResult]:
    """Decide. The same call again changes nothing.

    Raises:
        NotFoundError: a dispatch, story or decision is unknown.
        UsageError: it cannot be done, or contradicts a decision in force.
        BusyError: another process held the write lock for the whole waiting time.
    """
    results = _do(store, request, who=who, why=why)
    for one in results:
        if one.changed:
            event = "decision.undone" if isinstance(request, Undo) else "decision.made"
            log.info(event, decision=one.decision, kind=one.kind, who=who, dispatch=one.dispatch)
    return results


def preview(store: Store, request: Request) -> Preview:
    """Try a decision; nothing is kept.

    Raises:
        NotFoundError, UsageError, BusyError: as `carry_out` would.
    """
    from dedup.desk.rehearsal import rehearse

    with rehearse(store) as trial:
        results = _do(trial, request, who="preview", why="")
        with trial.read() as connection:
            concerned = _list_concerned(connection, results)
            after = _read_records(connection, concerned)
    with store.read() as connection:
        before = _read_records(connection, concerned)
    changes = [DispatchChange(name, before.get(name), after.get(name)) for name in sorted(concerned)]
    changes = [one for one in changes if one.before or one.after]
    return Preview(tuple(results), tuple(sorted(changes, key=_place)))


def _do(store: Store | Rehearsal, request: Request, *, who: str, why: str) -> list[DecisionResult]:
    from dedup.desk import decisions, relation_decisions  # heavy imports: commands that only read do without

    match request:
        case Split(stories=stories, dispatch=source, into=into, with_copies=copies):
            done = decisions.split(
                store, stories, who=who, why=why, out_of=source, into=into, with_copies=copies
            )
        case Merge(dispatches=names):
            done = decisions.merge(store, names, who=who, why=why)
        case Pin(kind=kind, stories=stories):
            return (decisions.pin if kind == "pin" else decisions.unpin)(store, stories, who=who, why=why)
        case Relate(kind="confirm" | "reject" as kind, dispatch=one, other=other):
            done = relation_decisions.decide_relation(store, kind, one, other, who=who, why=why)
        case Relate(dispatch=one, other=other):
            done = relation_decisions.fold(store, one, other, who=who, why=why)
        case Undo(decision=number):
            done = relation_decisions.undo_decision(store, number, who=who, why=why)
    return [done]


def _list_concerned(connection: Connection, results: list[DecisionResult]) -> set[str]:
    """The dispatches that decisions, by what they name, touch."""
    found: set[str] = set()
    for one in results:
        found |= {one.dispatch, *one.others}
        if one.decision and one.kind not in RELATION_KINDS:
            moved = [
                row for row in read_decision(connection, one.decision).versions if row.was_in != row.now_in
            ]
            found |= {name for row in moved for name in (row.was_in, row.now_in)}
    return found


def _read_records(connection: Connection, names: set[str]) -> dict[str, DispatchRecord]:
    """Name -> record of those that have stories."""
    rows = read_dispatches(connection, sorted(names))
    return {name: merge_rows(row) for name, row in rows.items() if row.members}


def _list_beyond(record: DispatchRecord | None, other: DispatchRecord | None) -> tuple[MemberStory, ...]:
    """The stories of a record that the other one has not, by the versions that each holds."""
    known = _list_versions(other)
    members = record.members if record else ()
    return tuple(one for one in members if not {version.version for version in one.versions} <= known)


def _list_versions(record: DispatchRecord | None) -> set[int]:
    return {version.version for member in (record.members if record else ()) for version in member.versions}


def _place(change: DispatchChange) -> tuple[bool, bool, str]:
    """What stays before what is new, and that before what is no more."""
    return change.after is None, change.before is None, change.dispatch
