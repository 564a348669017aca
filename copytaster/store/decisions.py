"""Manual decisions as rows, and the versions they name. Decides nothing.

Every function works inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from copytaster.errors import NotFoundError, UsageError
from copytaster.identity import story_identity
from copytaster.store.audit import note_write
from copytaster.store.installation import read_fact
from copytaster.store.tables import (
    decided_versions,
    decisions,
    installation,
    memberships,
    stories,
    versions,
)
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_COUNTER = "rulings"  # raised whenever a decision, or a membership that one may name, changes


RELATION_KINDS = frozenset(
    {"confirm", "reject"}
)  # about relations of dispatches; all others are about grouping


@dataclass(frozen=True, slots=True)
class DecidedVersion:
    """A version that a decision names; the dispatches have the ids of that time."""

    version_id: int
    story_id: int
    part: str
    was_in: str
    now_in: str


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision, and its undoing where there was one."""

    id: int
    kind: str
    who: str
    why: str
    at: datetime
    undone_by: str | None
    undone_why: str | None
    undone_at: datetime | None
    versions: tuple[DecidedVersion, ...] = ()

    @property
    def in_force(self) -> bool:
        """Whether it was not undone."""
        return self.undone_at is None


def find_versions(connection: Connection, reference: str) -> list[int]:
    """The versions a person means: a story's id (`12`), one version of it (`12/2`), a version's id (`v34`), or an address.

    Raises:
        NotFoundError: there is none.
        UsageError: this is no such reference.
    """
    found = list(connection.scalars(_ask_for(reference.strip()).order_by(versions.c.id)))
    if not found:
        raise NotFoundError(
            f"no story {reference}", hint="list ids with `copytaster dispatch show ID --json`"
        )
    return found


def _ask_for(reference: str) -> Any:
    query = select(versions.c.id)
    story, slash, number = reference.partition("/")
    if reference.isdecimal():
        return query.where(versions.c.story_id == int(reference))
    if reference[:1] in "vV" and reference[1:].isdecimal():
        return query.where(versions.c.id == int(reference[1:]))
    if slash and story.isdecimal() and number.isdecimal():
        return query.where(versions.c.story_id == int(story), versions.c.number == int(number))
    if "://" in reference:
        identity = story_identity(url=reference, wire_id=None, publisher="")
        return query.join(stories, stories.c.id == versions.c.story_id).where(
            or_(stories.c.identity == identity, stories.c.url == reference)
        )
    raise UsageError(
        "neither a story nor a version", resource=reference, hint="12, 12/2, v34, or the story's address"
    )


# --- decisions ---------------------------------------------------------------------------------------------


def add_decision(
    connection: Connection, kind: str, named: Sequence[DecidedVersion], *, who: str, why: str, at: datetime
) -> int:
    """Keep a decision; gives back its id."""
    decision = connection.execute(
        decisions.insert().values(kind=kind, who=who, why=why, at=at).returning(decisions.c.id)
    ).scalar_one()
    add_decided_versions(connection, int(decision), named)
    note_write(connection, f"decision.{kind}", decision, who=who, detail=why)
    raise_counter(connection)
    return int(decision)


def add_decided_versions(connection: Connection, decision_id: int, named: Sequence[DecidedVersion]) -> None:
    """A decision names these versions."""
    connection.execute(
        decided_versions.insert(),
        [
            {
                "decision_id": decision_id,
                "version_id": one.version_id,
                "story_id": one.story_id,
                "part": one.part,
                "was_in": one.was_in,
                "now_in": one.now_in,
            }
            for one in named
        ],
    )


def close_decision(connection: Connection, decision_id: int, *, who: str, why: str, at: datetime) -> None:
    """Mark a decision as undone: by whom, why and when."""
    connection.execute(
        decisions.update()
        .where(decisions.c.id == decision_id)
        .values(undone_by=who, undone_why=why, undone_at=at)
    )
    note_write(connection, "decision.undo", decision_id, who=who, detail=why)
    raise_counter(connection)


def read_counter(connection: Connection) -> int:
    """A number that grows with every decision and every regrouping; 0 if nobody ever decided anything."""
    return int(read_fact(connection, _COUNTER) or 0)


def raise_counter(connection: Connection) -> None:
    """Make every process that keeps decisions in memory read them again."""
    value = str(read_counter(connection) + 1)
    connection.execute(
        insert_or_update(connection, installation, {"name": _COUNTER, "value": value}, update=["value"])
    )


def read_decisions(connection: Connection, *, only_in_force: bool = False) -> list[DecisionRow]:
    """Every decision in the order they were made, or only those that were not undone."""
    chosen = select(decisions).order_by(decisions.c.id)
    named = select(decided_versions).order_by(decided_versions.c.decision_id, decided_versions.c.version_id)
    if only_in_force:
        chosen = chosen.where(decisions.c.undone_at.is_(None))
        named = named.join(decisions, decisions.c.id == decided_versions.c.decision_id).where(
            decisions.c.undone_at.is_(None)
        )
    return list(_put_together(connection, chosen, named))


def read_grouping_decisions(connection: Connection) -> list[DecisionRow]:
    """The decisions in force that grouping obeys, in the order they were made."""
    return [row for row in read_decisions(connection, only_in_force=True) if row.kind not in RELATION_KINDS]


def read_decision(connection: Connection, decision_id: int) -> DecisionRow:
    """One decision.

    Raises:
        NotFoundError: there is none of this id.
    """
    chosen = select(decisions).where(decisions.c.id == decision_id)
    named = select(decided_versions).where(decided_versions.c.decision_id == decision_id)
    for row in _put_together(connection, chosen, named.order_by(decided_versions.c.version_id)):
        return row
    raise NotFoundError(
        f"no decision {decision_id}", hint="list numbers with `copytaster dispatch decisions`"
    )


def list_decisions_about(connection: Connection, dispatch_ids: Iterable[str]) -> list[DecisionRow]:
    """Every decision about versions of these dispatches, undone ones too, in the order they were made."""
    members = select(memberships.c.version_id).where(memberships.c.dispatch_id.in_(sorted(set(dispatch_ids))))
    about = select(decided_versions.c.decision_id).where(decided_versions.c.version_id.in_(members))
    chosen = select(decisions).where(decisions.c.id.in_(about)).order_by(decisions.c.id)
    named = (
        select(decided_versions)
        .where(decided_versions.c.decision_id.in_(about))
        .order_by(decided_versions.c.decision_id, decided_versions.c.version_id)
    )
    return list(_put_together(connection, chosen, named))


def _put_together(connection: Connection, chosen: Any, named: Any) -> Iterator[DecisionRow]:
    parts: dict[int, list[DecidedVersion]] = {}
    for row in connection.execute(named).mappings():
        values = {name: row[name] for name in DecidedVersion.__slots__}
        parts.setdefault(row["decision_id"], []).append(DecidedVersion(**values))
    for row in connection.execute(chosen).mappings():
        yield DecisionRow(**row, versions=tuple(parts.get(row["id"], ())))


# --- moving ------------------------------------------------------------------------------------------------
