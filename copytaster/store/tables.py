"""Every table of the store, as SQLAlchemy Core metadata. Migrations create them.

Those of the ledger are in `ledger_tables`, of retention in `removal_tables`, of what gave no version in
`quarantine_tables`, of alerts in `watch_tables`, of the books in `book_tables`, of the watch over grouping in
`group_tables`, of channels in `channel_tables`, of digests in `scrub_tables`, of other people's sites in
`site_tables`, of earlier readings in `reading_tables`, of what people do in `people_tables`, of their marks in
`desk_tables`, of subscriptions in `subscription_tables`, of processes and what they hold in `worker_tables`; all are imported from here.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
)

from copytaster.store.book_tables import book_totals, books, holes, in_transit, latencies, latency_totals
from copytaster.store.channel_tables import channel_keys, story_channels
from copytaster.store.desk_tables import marks
from copytaster.store.group_tables import group_days, reviews
from copytaster.store.ledger_tables import run_hours, run_totals, runs, schedules
from copytaster.store.metadata import Id, metadata, partial_index, table
from copytaster.store.moment import Moment
from copytaster.store.people_tables import audit, preferences, view_visits, views
from copytaster.store.quarantine_tables import embargoes, refusals
from copytaster.store.reading_tables import readings
from copytaster.store.removal_tables import gone, holds, removals, takedowns
from copytaster.store.scrub_tables import damages, scrubs, seals
from copytaster.store.site_tables import page_templates, revisits, robots
from copytaster.store.subscription_tables import subscription_facts, subscriptions
from copytaster.store.watch_tables import alert_messages, alerts, source_habits, source_hours
from copytaster.store.worker_tables import host_claims, leases, service_health, workers

__all__ = [  # defined elsewhere
    "Id",
    "alert_messages",
    "alerts",
    "audit",
    "book_totals",
    "books",
    "channel_keys",
    "damages",
    "embargoes",
    "gone",
    "group_days",
    "holds",
    "holes",
    "host_claims",
    "in_transit",
    "latencies",
    "latency_totals",
    "leases",
    "marks",
    "metadata",
    "page_templates",
    "preferences",
    "readings",
    "refusals",
    "removals",
    "reviews",
    "revisits",
    "robots",
    "run_hours",
    "run_totals",
    "runs",
    "schedules",
    "scrubs",
    "seals",
    "service_health",
    "source_habits",
    "source_hours",
    "story_channels",
    "subscription_facts",
    "subscriptions",
    "takedowns",
    "view_visits",
    "views",
    "workers",
]

# One row per fact about this installation: `epoch`, `change` (the last change number given), `seed`.
installation = table(
    "installation",
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

# What the store keeps of a configured source between runs. Its settings are in sources.toml.
source_states = table(
    "source_states",
    Column("source", String(128), primary_key=True),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("digest", String(64)),  # of the last complete response
    Column("validators_lie", Boolean, nullable=False, default=False),
    Column("last_attempt_at", Moment),
    Column("last_success_at", Moment),
    Column("read_at", Moment),  # when its list was last read whole, whatever became of the entries
    Column("failures", Integer, nullable=False, default=0),  # in a row
    Column("last_error", Text),
    Column("not_before", Moment),  # Retry-After
    Column("paused_at", Moment),
    Column("paused_why", Text),
    Column("moved_to", Text),  # where permanent redirects lead
    Column("moved_from", Text),  # the configured address at that time
    Column("moved_at", Moment),  # when it last redirected
)

# What the runs of a source say about it; see copytaster.source_health.
source_health = table(
    "source_health",
    Column("source", String(128), primary_key=True),
    Column("health", String(32), nullable=False),
    Column("evidence", Text, nullable=False),
    Column("reason", String(64), nullable=False),
    Column("fruitless", Integer, nullable=False),
    Column("since", Moment, nullable=False),  # of this state
    Column("first_run_at", Moment, nullable=False),
    Column("last_new_at", Moment),  # the last run that stored a new story
    Column("wall", Text),  # the text that its pages show instead of a story
)

# How many new stories a source brought on each day (UTC) on which it brought any.
source_days = table(
    "source_days",
    Column("source", String(128), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("new", Integer, nullable=False),
)

# An entry whose digest is unchanged is not fetched again.
entries = table(
    "entries",
    Column("source", String(128), primary_key=True),
    Column("entry", String(64), primary_key=True),  # hash of the entry's own id, or of its link
    Column("url", Text, nullable=False),
    Column("digest", String(64), nullable=False),  # of what the feed says about it
    Column("etag", Text),  # the page's own
    Column("last_modified", Text),
    Column("first_seen_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    Column("fetched_at", Moment),
    Column("outcome", String(64), nullable=False),  # stored, unchanged, or the reason it was dropped
)

raw_pages = table(
    "raw_pages",
    Column("id", Id, primary_key=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("fetched_at", Moment, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", JSON, nullable=False),
    Column("bytes", Integer, nullable=False),  # before compression
    Column("body", LargeBinary, nullable=False),  # zstd; empty once it was removed
    Column("removed_at", Moment),
)
partial_index(
    "ix_raw_pages_kept",
    raw_pages.c.id,
    where=raw_pages.c.removed_at.is_(None),
)

stories = table(
    "stories",
    Column("id", Id, primary_key=True),
    Column("identity", String(64), nullable=False, unique=True),  # hash of wire id or canonical URL
    Column("publisher", String(255), nullable=False, index=True),
    Column("family", String(255)),
    Column("claimed_publisher", String(255)),  # the publisher that the page or its feed names, if another
    Column("url", Text, nullable=False),
    Column("wire_id", Text),
    Column("slug", Text),
    Column("source", String(128), nullable=False),
    Column("channel", String(32), nullable=False),  # feed, page, archive, ...
    Column("first_seen_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    Column("version_count", Integer, nullable=False),
)

# Immutable, but for a better reading of the same page. `id` is the order of arrival.
versions = table(
    "versions",
    Column("id", Id, primary_key=True),
    Column("story_id", Id, ForeignKey("stories.id"), nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, 3 within the story
    Column("digest", String(64), nullable=False),  # of the content below
    Column("raw_page_id", Id, ForeignKey("raw_pages.id"), nullable=False, index=True),
    Column("seen_at", Moment, nullable=False),
    Column("published_at", Moment),
    Column("published_zone", String(16)),
    Column("updated_at", Moment),
    Column("headline", Text, nullable=False),
    Column("markers", JSON, nullable=False),
    Column("change_note", Text),
    Column("body", Text, nullable=False),
    Column("dateline", JSON),
    Column("agency", String(128)),
    Column("agency_confidence", Float, nullable=False),
    Column("agency_evidence", JSON, nullable=False),
    Column("byline", JSON, nullable=False),
    Column("signoff", Text),
    Column("captions", JSON, nullable=False),
    Column("language", String(16)),
    Column("extractor", String(16), nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("kind", String(32)),  # of copy, one of copytaster.wire.kinds
    Column("embargoed_until", Moment),
    Column("usage_terms", Text),
    Column("editors_note", Text),
    Column("wire", JSON(none_as_null=True)),  # copytaster.values.WireRecord, of copy in a format of an agency
    Column("template_version", Integer),  # of the learned template with which its page was read
    Column("read_at", Moment),  # when its page was read again, if it was; see copytaster.store.readings
    Column("grouped", Boolean, nullable=False, default=False),
    UniqueConstraint("story_id", "number"),
)
partial_index(
    "ix_versions_waiting",
    versions.c.id,
    where=~versions.c.grouped,
)

# How signatures are made. Signatures of unlike recipes are never compared.
recipes = table(
    "recipes",
    Column("id", Id, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("recipe", JSON, nullable=False),
)

signatures = table(
    "signatures",
    Column("version_id", Id, ForeignKey("versions.id"), primary_key=True),
    Column("recipe_id", Id, ForeignKey("recipes.id"), nullable=False),
    Column("at", Moment, nullable=False),  # the version's moment in the window
    Column("words", Integer, nullable=False),
    Column(
        "exact", BigInteger, nullable=False, index=True
    ),  # hash of the text; of longer ones without weekdays
    Column("values", LargeBinary, nullable=False),  # datasketch hashvalues, little-endian uint32
    Column("weights", LargeBinary, nullable=False),  # of each word on arrival, one byte a word, zlib
)

# What later versions are compared with, one row per batch: keys that find versions, phrases of new dispatches,
# paragraphs. Derived data; `copytaster/store/traces.py` describes the columns.
traces = table(
    "traces",
    Column("id", Id, primary_key=True),
    Column("recipe_id", Id, ForeignKey("recipes.id"), nullable=False),
    Column("day", Integer, nullable=False),  # days since 1970-01-01
    Column("seen_until", BigInteger, nullable=False),  # microseconds since 1970-01-01
    Column("history_from", Id, nullable=False),
    Column("history_place", Integer, nullable=False),
    Column("versions", LargeBinary, nullable=False),
    Column("keys", LargeBinary, nullable=False),
    Column("phrases", LargeBinary, nullable=False),
    Column("paragraphs", LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # never gives the number of a deleted row again
)

dispatches = table(
    "dispatches",
    Column("id", String(32), primary_key=True),
    Column("rev", Integer, nullable=False),
    Column("change", BigInteger, nullable=False, index=True),  # change number of this revision
    Column("state", String(16), nullable=False),  # live, withdrawn, merged
    Column("merged_into", String(32), index=True),
    Column("founder_id", Id, ForeignKey("versions.id"), nullable=False, index=True),
    Column("canonical_id", Id, ForeignKey("versions.id"), nullable=False, index=True),
    Column("agency", Text),  # by the evidence of all its copies
    Column("first_seen_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False, index=True),
    Column("changed_at", Moment, nullable=False),
)

memberships = table(
    "memberships",
    Column("version_id", Id, ForeignKey("versions.id"), primary_key=True),
    Column("dispatch_id", String(32), ForeignKey("dispatches.id"), nullable=False, index=True),
    Column("relation", String(16), nullable=False),  # original, verbatim, cut, edited, extended, version
    Column("evidence", JSON, nullable=False),
    Column("at", Moment, nullable=False),
    Column("place", Integer),  # in the agency's chain, from 0; null for a re-publication
    Column("carries", Id),  # the agency version whose text this prints
    Column("outdated", Boolean, nullable=False, default=False, server_default=false()),
    Column(
        "altered_count", Integer
    ),  # facts that differ from what this carries; null where it was not compared
    Column("altered_facts", JSON(none_as_null=True)),  # the first of them, with both readings
    # Of the words of the text it prints; null where there is no other text, and while alone.
    Column("share_kept", Float),
    Column("credit", String(8)),  # own, kept, removed, unknown; null while a copy of no agency's is alone
)

# Dispatches of a story whose publisher was corrected: the next pass of grouping gives each a new revision.
stale_dispatches = table(
    "stale_dispatches",
    Column("dispatch_id", String(32), primary_key=True),
)

# Links between stories of different dispatches: a wrap-up and what it joins, an alert and the story after it.
links = table(
    "links",
    Column("version_id", Id, ForeignKey("versions.id"), primary_key=True),  # the wrap-up, the alert
    Column("other_id", Id, ForeignKey("versions.id"), primary_key=True, index=True),
    Column("kind", String(16), nullable=False),  # wrapup-of, superseded-by
    Column("measure", Integer, nullable=False),  # words in common; seconds from the alert to the story
    Column("applied", Boolean, nullable=False),  # both dispatches have had their revision
)
partial_index(
    "ix_links_unapplied",
    links.c.version_id,
    where=~links.c.applied,
)

# Relations between dispatches that share no text: `version_id` tells in other words, or in another language, what
# `other_id` told before. They name versions, so they hold when dispatches split, merge or are regrouped.
relations = table(
    "relations",
    Column("version_id", Id, ForeignKey("versions.id"), primary_key=True),
    Column("other_id", Id, ForeignKey("versions.id"), primary_key=True, index=True),
    Column("kind", String(16), nullable=False),  # retold, translated
    Column("confidence", Float, nullable=False),
    Column("evidence", JSON, nullable=False),  # aligned sentences, facts, nearness
    Column("state", String(16), nullable=False),  # proposed, confirmed, rejected
    Column("encoder", String(64), nullable=False),
    Column("encoder_version", String(64), nullable=False),
    Column("found_at", Moment, nullable=False),
    Column("decided_by", String(255)),
    Column("decided_at", Moment),
)

# By what later versions find the tellings of the last hours. Derived data.
telling_traces = table(
    "telling_traces",
    Column("version_id", Id, ForeignKey("versions.id"), primary_key=True),
    Column("at", Float, nullable=False, index=True),  # seconds since 1970, the version's moment in the window
    Column("language", String(16)),
    Column("encoder", String(64), nullable=False),  # name and version
    Column("lead", LargeBinary, nullable=False),  # int8, the vector of its lead
    Column("facts", LargeBinary, nullable=False),  # int64, the keys of its numbers and names
)

# Alerts and notices of the last days, under the keys by which a later story finds them.
awaited = table(
    "awaited",
    Column("key", BigInteger, primary_key=True),
    Column("version_id", Id, primary_key=True),
    Column("seen_at", Moment, nullable=False),
    sqlite_with_rowid=False,
)

# Manual decisions, kept for ever. One that was undone says so.
decisions = table(
    "decisions",
    Column("id", Id, primary_key=True),
    Column("kind", String(16), nullable=False),  # split, merge, pin
    Column("who", String(255), nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("undone_by", String(255)),
    Column("undone_why", Text),
    Column("undone_at", Moment),
)

# The versions that a decision names, and their dispatches before and after it.
decided_versions = table(
    "decided_versions",
    Column("decision_id", Id, ForeignKey("decisions.id"), primary_key=True),
    Column("version_id", Id, ForeignKey("versions.id"), primary_key=True),
    Column("story_id", Id, ForeignKey("stories.id"), nullable=False, index=True),
    Column("part", String(16), nullable=False),  # taken, rest, target; kept, merged; held, beside
    Column("was_in", String(32), nullable=False),  # dispatch
    Column("now_in", String(32), nullable=False),  # dispatch
)
Index("ix_decided_versions_version_id", decided_versions.c.version_id)

# The only way to the index: one row per dispatch whose document is not yet written.
outbox = table(
    "outbox",
    Column("dispatch_id", String(32), primary_key=True),
    Column("change", BigInteger, nullable=False, index=True),
    Column("queued_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", Moment),
    Column("error", Text),
    Column("quarantined_at", Moment),
)
