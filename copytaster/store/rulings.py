"""What people decided about dispatches, as rows; and moving memberships, with the ids that lead on. Decides nothing.

Every function works inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select, update

from copytaster.errors import NotFoundError, UsageError
from copytaster.identity import story_identity
from copytaster.store.grouping import CHUNK, found_dispatches
from copytaster.store.installation import next_changes, read_fact
from copytaster.store.outbox import enqueue_many
from copytaster.store.tables import (
    dispatches,
    installation,
    memberships,
    ruled_versions,
    rulings,
    stories,
    versions,
)
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_SPOKEN_OF = {"split": "taken", "merge": "merged", "pin": "held"}
_COUNTER = "rulings"  # raised whenever a ruling or a membership that may be ruled about changes


@dataclass(frozen=True, slots=True)
class RuledVersion:
    """A version that a ruling names; dispatches as they were called then."""

    version_id: int
    story_id: int
    part: str
    was_in: str
    now_in: str


@dataclass(frozen=True, slots=True)
class RulingRow:
    """One decision, and its undoing where there was one."""

    id: int
    kind: str
    who: str
    why: str
    at: datetime
    undone_by: str | None
    undone_why: str | None
    undone_at: datetime | None
    versions: tuple[RuledVersion, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether it was not undone."""
        return self.undone_at is None


@dataclass(frozen=True, slots=True)
class Standing:
    """A grouped version and its place."""

    version_id: int
    story_id: int
    number: int
    dispatch_id: str
    evidence: Mapping[str, Any]


def find_versions(connection: Connection, reference: str) -> list[int]:
    """The versions a person means: a story's id (`12`), one version of it (`12/2`), a version's id (`v34`), or an address.

    Raises:
        NotFoundError: there is none.
        UsageError: this is no such reference.
    """
    found = list(connection.scalars(_ask_for(reference.strip()).order_by(versions.c.id)))
    if not found:
        raise NotFoundError(
            "no such story", resource=reference, hint="its id stands in `copytaster dispatch show ID`"
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


def read_standings(connection: Connection, ids: Sequence[int]) -> list[Standing]:
    """Where these versions stand, in order of arrival; one that waits for grouping is left out."""
    found: list[Standing] = []
    for start in range(0, len(ids), CHUNK):
        rows = connection.execute(_STANDING.where(versions.c.id.in_(ids[start : start + CHUNK])))
        found += [Standing(*row) for row in rows]
    return sorted(found, key=lambda standing: standing.version_id)


def list_standings(connection: Connection, dispatch_id: str) -> list[Standing]:
    """Every version of a dispatch, in order of arrival."""
    rows = connection.execute(
        _STANDING.where(memberships.c.dispatch_id == dispatch_id).order_by(versions.c.id)
    )
    return [Standing(*row) for row in rows]


_STANDING = select(
    versions.c.id, versions.c.story_id, versions.c.number, memberships.c.dispatch_id, memberships.c.evidence
).join(memberships, memberships.c.version_id == versions.c.id)


# --- rulings -----------------------------------------------------------------------------------------------


def add_ruling(
    connection: Connection, kind: str, named: Sequence[RuledVersion], *, who: str, why: str, at: datetime
) -> int:
    """Keep a ruling; gives back its id."""
    ruling = connection.execute(
        rulings.insert().values(kind=kind, who=who, why=why, at=at).returning(rulings.c.id)
    ).scalar_one()
    add_named(connection, int(ruling), named)
    raise_counter(connection)
    return int(ruling)


def add_named(connection: Connection, ruling_id: int, named: Sequence[RuledVersion]) -> None:
    """A ruling speaks of these versions."""
    connection.execute(
        ruled_versions.insert(),
        [
            {
                "ruling_id": ruling_id,
                "version_id": one.version_id,
                "story_id": one.story_id,
                "part": one.part,
                "was_in": one.was_in,
                "now_in": one.now_in,
            }
            for one in named
        ],
    )


def close_ruling(connection: Connection, ruling_id: int, *, who: str, why: str, at: datetime) -> None:
    """A ruling stands no longer."""
    connection.execute(
        rulings.update().where(rulings.c.id == ruling_id).values(undone_by=who, undone_why=why, undone_at=at)
    )
    raise_counter(connection)


def read_counter(connection: Connection) -> int:
    """A number that grows with every ruling and every regrouping; 0 where nobody ever decided anything."""
    return int(read_fact(connection, _COUNTER) or 0)


def raise_counter(connection: Connection) -> None:
    """Let whoever keeps rulings in memory read them anew."""
    value = str(read_counter(connection) + 1)
    connection.execute(
        insert_or_update(connection, installation, {"name": _COUNTER, "value": value}, update=["value"])
    )


def read_rulings(connection: Connection, *, only_standing: bool = False) -> list[RulingRow]:
    """Every ruling in the order they were made, or only those that were not undone."""
    chosen = select(rulings).order_by(rulings.c.id)
    named = select(ruled_versions).order_by(ruled_versions.c.ruling_id, ruled_versions.c.version_id)
    if only_standing:
        chosen = chosen.where(rulings.c.undone_at.is_(None))
        named = named.join(rulings, rulings.c.id == ruled_versions.c.ruling_id).where(
            rulings.c.undone_at.is_(None)
        )
    return list(_put_together(connection, chosen, named))


def read_ruling(connection: Connection, ruling_id: int) -> RulingRow:
    """One ruling.

    Raises:
        NotFoundError: there is none of this id.
    """
    chosen = select(rulings).where(rulings.c.id == ruling_id)
    named = select(ruled_versions).where(ruled_versions.c.ruling_id == ruling_id)
    for row in _put_together(connection, chosen, named.order_by(ruled_versions.c.version_id)):
        return row
    raise NotFoundError(
        "no such decision", resource=f"decision {ruling_id}", hint="copytaster dispatch decisions"
    )


def list_rulings_about(connection: Connection, dispatch_ids: Iterable[str]) -> list[RulingRow]:
    """Every ruling about versions that stand in these dispatches, undone ones too, in the order they were made."""
    members = select(memberships.c.version_id).where(memberships.c.dispatch_id.in_(sorted(set(dispatch_ids))))
    about = select(ruled_versions.c.ruling_id).where(ruled_versions.c.version_id.in_(members))
    chosen = select(rulings).where(rulings.c.id.in_(about)).order_by(rulings.c.id)
    named = (
        select(ruled_versions)
        .where(ruled_versions.c.ruling_id.in_(about))
        .order_by(ruled_versions.c.ruling_id, ruled_versions.c.version_id)
    )
    return list(_put_together(connection, chosen, named))


def describe_ruling(row: RulingRow) -> dict[str, Any]:
    """A ruling as data: what it is, who made and undid it, the stories it names, where they were and went."""
    named = [one for one in row.versions if one.part == _SPOKEN_OF[row.kind]]
    undone = {"by": row.undone_by, "why": row.undone_why, "at": row.undone_at} if row.undone_at else None
    return {
        "decision": row.id,
        "kind": row.kind,
        "who": row.who,
        "why": row.why,
        "at": row.at,
        "undone": undone,
        "stories": sorted({one.story_id for one in named}),
        "versions": [one.version_id for one in named],
        "from": sorted({one.was_in for one in named}),
        "to": sorted({one.now_in for one in named}),
    }


def tell_ruling(row: RulingRow) -> str:
    """A ruling on one line."""
    told = describe_ruling(row)
    stories = ", ".join(map(str, told["stories"]))
    did = {
        "split": f"took {stories} out of {', '.join(told['from'])} into {', '.join(told['to'])}",
        "merge": f"merged {', '.join(told['from'])} into {', '.join(told['to'])}",
        "pin": f"pinned {stories} in {', '.join(told['to'])}",
    }[row.kind]
    why = f": {row.why}" if row.why else ""
    undone = ""
    if row.undone_at:
        because = f": {row.undone_why}" if row.undone_why else ""
        undone = f"  [undone by {row.undone_by}, {row.undone_at:%Y-%m-%d %H:%M}{because}]"
    return f"{row.id:>4}  {row.at:%Y-%m-%d %H:%M}  {row.who} {did}{why}{undone}"


def _put_together(connection: Connection, chosen: Any, named: Any) -> Iterator[RulingRow]:
    parts: dict[int, list[RuledVersion]] = {}
    for row in connection.execute(named).mappings():
        values = {name: row[name] for name in RuledVersion.__slots__}
        parts.setdefault(row["ruling_id"], []).append(RuledVersion(**values))
    for row in connection.execute(chosen).mappings():
        yield RulingRow(**row, versions=tuple(parts.get(row["id"], ())))


# --- moving ------------------------------------------------------------------------------------------------


def open_dispatch(connection: Connection, dispatch_id: str, founder: int) -> None:
    """A dispatch to move versions into: made where there is none of this id, live again where it was merged away."""
    known = connection.execute(select(dispatches.c.state).where(dispatches.c.id == dispatch_id)).first()
    if known is None:
        seen_at = connection.execute(select(versions.c.seen_at).where(versions.c.id == founder)).scalar_one()
        found_dispatches(connection, [(dispatch_id, founder, seen_at)])
    elif known.state == "merged":
        connection.execute(
            update(dispatches).where(dispatches.c.id == dispatch_id).values(state="live", merged_into=None)
        )


def is_taken(connection: Connection, dispatch_id: str) -> bool:
    """Whether a dispatch of this id has members."""
    return (
        connection.execute(
            select(memberships.c.version_id).where(memberships.c.dispatch_id == dispatch_id).limit(1)
        ).first()
        is not None
    )


def find_firsts(connection: Connection, dispatch_ids: Iterable[str]) -> list[int]:
    """The version of each of these dispatches that arrived first, in no order; none of one without members."""
    names = sorted(set(dispatch_ids))
    firsts = select(func.min(memberships.c.version_id)).group_by(memberships.c.dispatch_id)
    found: list[int] = []
    for start in range(0, len(names), CHUNK):
        found += connection.scalars(firsts.where(memberships.c.dispatch_id.in_(names[start : start + CHUNK])))
    return found


def move_members(
    connection: Connection, targets: Mapping[int, str], evidence: Mapping[int, Mapping[str, Any]]
) -> None:
    """Put versions into other dispatches, with why; their relation is told by the revision that follows."""
    if not targets:
        return
    connection.execute(
        update(memberships)
        .where(memberships.c.version_id == bindparam("version"))
        .values(dispatch_id=bindparam("target"), evidence=bindparam("because"), relation=""),
        [
            {"version": version, "target": target, "because": dict(evidence[version])}
            for version, target in sorted(targets.items())
        ],
    )


def reseat(
    connection: Connection, touched: Iterable[str], moved: Sequence[int], *, at: datetime
) -> list[str]:
    """After members moved: each dispatch's founder is the first of its members; one without members leads on.

    An id that has no members any more leads to the dispatch in which the version lies that founded it. Those get
    their change number and outbox row here; gives back the ids that have members, for their revision.
    """
    live = [name for name in dict.fromkeys(touched) if is_taken(connection, name)]
    for name in live:
        (founder,) = find_firsts(connection, [name])
        connection.execute(update(dispatches).where(dispatches.c.id == name).values(founder_id=founder))
        members = select(memberships.c.version_id).where(memberships.c.dispatch_id == name)
        if (connection.scalar(select(func.count()).select_from(members.subquery())) or 0) == 1:
            connection.execute(
                update(memberships).where(memberships.c.dispatch_id == name).values(relation="original")
            )
    _lead_on(connection, [name for name in dict.fromkeys(touched) if name not in live], moved, at=at)
    return live


def _lead_on(connection: Connection, emptied: Sequence[str], moved: Sequence[int], *, at: datetime) -> None:
    names = set(emptied)
    for start in range(0, len(moved), CHUNK):
        names |= set(
            connection.scalars(
                select(dispatches.c.id).where(
                    dispatches.c.founder_id.in_(moved[start : start + CHUNK]), dispatches.c.state == "merged"
                )
            )
        )
    if not names:
        return
    ordered = sorted(names)
    rows = connection.execute(
        select(dispatches.c.id, memberships.c.dispatch_id.label("target"))
        .join(memberships, memberships.c.version_id == dispatches.c.founder_id)
        .where(dispatches.c.id.in_(ordered))
        .order_by(dispatches.c.id)
    ).all()
    changes = next_changes(connection, len(rows))
    connection.execute(
        update(dispatches)
        .where(dispatches.c.id == bindparam("name"))
        .values(
            state="merged",
            rev=dispatches.c.rev + 1,
            merged_into=bindparam("target"),
            change=bindparam("number"),
            changed_at=bindparam("moment"),
        ),
        [
            {"name": row.id, "target": row.target, "number": change, "moment": at}
            for row, change in zip(rows, changes, strict=True)
        ],
    )
    enqueue_many(connection, [(row.id, change) for row, change in zip(rows, changes, strict=True)], at=at)
