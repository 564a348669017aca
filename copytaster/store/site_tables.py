"""The tables of other people's sites: what a site says to all robots, what its pages have in common, when they are visited again."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, LargeBinary, String, Text, text

from copytaster.store.metadata import Id, partial_index, table
from copytaster.store.moment import Moment

# The robots.txt of each site as last fetched, until a site was not requested for a month. See copytaster.store.robots.
robots = table(
    "robots",
    Column("origin", Text, primary_key=True),  # scheme://host:port
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),  # zstd
    Column("etag", Text),
    Column("last_modified", Text),
    Column("fetched_at", Moment, nullable=False),  # or confirmed by a 304
    Column("expires_at", Moment, nullable=False),
)

# One row for each host of which pages were read whole; see spiders.parsing.lessons. It holds no text of a page.
page_templates = table(
    "page_templates",
    Column("host", String(255), primary_key=True),
    Column("publisher", Text, nullable=False),  # of the last page
    Column("state", String(16), nullable=False),  # learning, trusted, pinned
    Column("version", Integer, nullable=False),
    Column("drifted_at", Moment),  # when many pages in a row were last found unlike the taught ones
    Column("updated_at", Moment, nullable=False),
    Column("lessons", JSON, nullable=False),
)

# When the page of each story that a crawl fetched is requested again; see copytaster.store.revisits.
revisits = table(
    "revisits",
    Column("story_id", Id, ForeignKey("stories.id"), primary_key=True),
    Column("source", String(128), nullable=False),  # in whose runs
    Column("entry", String(64), nullable=False),  # of that source
    Column("url", Text, nullable=False),
    Column("host", String(255), nullable=False),
    Column("step", Integer, nullable=False),  # visits since the last change
    Column("due_at", Moment),  # null once no visit follows
    Column("visits", Integer, nullable=False, default=0),  # of all time
    Column("asked_at", Moment),  # the last request, answered or not
    Column("outcome", String(64)),  # of the last visit that ended
    Column("since", Moment),  # from when on visits ended so
)
Index("ix_revisits_due", revisits.c.source, revisits.c.due_at)
Index("ix_revisits_asked", revisits.c.host, revisits.c.asked_at)
# Of the pages of years, the few that wait and the few that were lost are counted without reading the others.
WAITS, LOST = text("due_at IS NOT NULL"), text("outcome NOT IN ('changed', 'unchanged')")
partial_index("ix_revisits_waiting", revisits.c.due_at, where=WAITS)
partial_index("ix_revisits_lost", revisits.c.outcome, where=LOST)
