"""When the page of each story is requested again, and what the last visit found.

A ladder of ages: each visit that finds nothing new leads to the next step, the last step ends it, a change begins it again.
Every function works inside the caller's transaction; those that write, in a write transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import bindparam, func, select, true, update

from copytaster.store.site_tables import LOST, WAITS
from copytaster.store.tables import entries, raw_pages, revisits, stories, versions
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

CHANGED, UNCHANGED = "changed", "unchanged"
GONE, WALL, OTHER_STORY = (
    "gone",
    "wall",
    "other-story",
)  # outcomes that are noted, and change nothing of the story
MOST_VISITS = 24  # of one story: a page that changes at each visit is a live page, and its feed says so
LEASE = timedelta(minutes=30)  # a visit whose process was killed is due again after this
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class KnownPage:
    """The last version of a story, as its page showed it; `headers` are those of the kept page."""

    headers: tuple[tuple[str, str], ...]
    headline: str
    body: str
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class Visit:
    """A page that is due; the validators are those of its last response."""

    story_id: int
    entry: str
    url: str
    etag: str | None
    last_modified: str | None
    known: KnownPage


@dataclass(frozen=True, slots=True)
class RevisitState:
    """What is known of the visits to a story's page; `due_at` is None once no visit follows."""

    story_id: int
    source: str
    url: str
    due_at: datetime | None
    visits: int
    asked_at: datetime | None
    outcome: str | None
    since: datetime | None


def begin_ladder(
    connection: Connection,
    story_id: int,
    *,
    source: str,
    entry: str,
    url: str,
    now: datetime,
    steps: Sequence[timedelta],
) -> None:
    """Begin the ladder of a story whose page brought a version: at its first step, whatever came before."""
    values = {
        "story_id": story_id,
        "source": source,
        "entry": entry,
        "url": url,
        "host": (urlsplit(url).hostname or "")[:255],
        "step": 0,
        "due_at": now + steps[0],
        "outcome": CHANGED,
        "since": now,
    }
    changed = [name for name in values if name != "story_id"]
    connection.execute(insert_or_update(connection, revisits, update=changed), values | {"visits": 0})


_DUE = (
    select(
        revisits.c.story_id,
        revisits.c.entry,
        revisits.c.url,
        revisits.c.host,
        entries.c.etag,
        entries.c.last_modified,
        versions.c.headline,
        versions.c.body,
        versions.c.warnings,
        raw_pages.c.headers,
    )
    .join(stories, stories.c.id == revisits.c.story_id)
    .join(versions, (versions.c.story_id == stories.c.id) & (versions.c.number == stories.c.version_count))
    .join(raw_pages, raw_pages.c.id == versions.c.raw_page_id)
    .outerjoin(entries, (entries.c.source == revisits.c.source) & (entries.c.entry == revisits.c.entry))
    .where(revisits.c.source == bindparam("of"), revisits.c.due_at <= bindparam("now"))
    .order_by(revisits.c.due_at, revisits.c.story_id)
    .limit(bindparam("most"))
)
_CLAIM = (
    update(revisits)
    .where(revisits.c.story_id == bindparam("of"))
    .values(due_at=bindparam("again"), asked_at=bindparam("now"))
)


def claim_due(connection: Connection, source: str, *, now: datetime, per_hour: int) -> list[Visit]:
    """The pages of a source that are due, those that wait longest first.

    Each is due again after `LEASE` if nothing ends it. `per_hour` limits the requests to one host within an hour, of all sources.
    """
    due = connection.execute(_DUE, {"of": source, "now": now, "most": per_hour}).all()
    left: dict[str, int] = {}
    claimed = []
    for row in due:
        if row.host not in left:
            left[row.host] = per_hour - _count_asked(connection, row.host, now - _HOUR)
        if left[row.host] > 0:
            left[row.host] -= 1
            claimed.append(row)
    if claimed:
        again = [{"of": row.story_id, "again": now + LEASE, "now": now} for row in claimed]
        connection.execute(_CLAIM, again)
    return [
        Visit(
            row.story_id,
            row.entry,
            row.url,
            row.etag,
            row.last_modified,
            KnownPage(
                tuple((name, value) for name, value in row.headers), row.headline, row.body, row.warnings
            ),
        )
        for row in claimed
    ]


def _count_asked(connection: Connection, host: str, since: datetime) -> int:
    asked = select(func.count()).where(revisits.c.host == host, revisits.c.asked_at > since)
    return connection.scalar(asked) or 0


def end_visit(
    connection: Connection, story_id: int, outcome: str, *, now: datetime, steps: Sequence[timedelta]
) -> None:
    """Note what a visit found, and when the next one follows. Nothing, if the story has left the store.

    `outcome` is a word above, or the reason why the page could not be had; `steps` are the ages at which a page is visited,
    since it last changed, shortest first.
    """
    row = connection.execute(select(revisits).where(revisits.c.story_id == story_id)).one_or_none()
    if row is None:
        return
    step = 0 if outcome == CHANGED else row.step + 1
    visits = row.visits + 1
    wait = (
        None
        if step >= len(steps) or visits >= MOST_VISITS
        else steps[step] - (steps[step - 1] if step else timedelta(0))
    )
    values = {
        "step": step,
        "visits": visits,
        "due_at": None if wait is None else now + wait,
        "outcome": outcome,
        "since": row.since if row.outcome == outcome else now,
    }
    connection.execute(update(revisits).where(revisits.c.story_id == story_id).values(values))


def read_revisits(connection: Connection, story_ids: Sequence[int]) -> list[RevisitState]:
    """What is known of the visits to these stories' pages, by story."""
    columns = [revisits.c[name] for name in RevisitState.__slots__]
    query = select(*columns).where(revisits.c.story_id.in_(story_ids)).order_by(revisits.c.story_id)
    return [RevisitState(*row) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class RevisitCounts:
    """Pages by what is to come of them and what was found.

    Attributes:
        waiting: pages that will be visited again; `due` of them now, the first at `next_due`.
        outcomes: how many pages were neither changed nor unchanged at their last visit, by outcome.
    """

    waiting: int
    due: int
    next_due: datetime | None
    outcomes: Mapping[str, int]


def count_revisits(connection: Connection, now: datetime, *, source: str | None = None) -> RevisitCounts:
    """Count the pages, of one source or of all."""
    mine = revisits.c.source == source if source is not None else true()
    waiting, first = connection.execute(
        select(func.count(), func.min(revisits.c.due_at)).where(mine, WAITS)
    ).one()
    due = connection.scalar(select(func.count()).where(mine, revisits.c.due_at <= now)) or 0
    lost = select(revisits.c.outcome, func.count()).where(mine, LOST)
    rows = connection.execute(lost.group_by(revisits.c.outcome).order_by(revisits.c.outcome))
    return RevisitCounts(waiting, due, first, {row.outcome: int(row[1]) for row in rows})
