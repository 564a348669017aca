"""Fills a store and an embedded index as a year of work leaves them, by SQL: nothing is crawled, grouped or parsed.

Texts are short and the rows have no digests, as both cost disk and say nothing about what is measured here. What retention
folds by default is folded: quiet runs after two days, all runs after 90 days, books by the hour too.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import zstandard

from copytaster.store.engine import Store
from copytaster.store.habits import learn_hours
from copytaster.store.outbox import enqueue_many
from copytaster.store.sealed_rows import mark_all_sealed
from copytaster.store.sealing import NEWEST, SEALED_TABLES, list_large, open_for_check
from indexer.drain import drain, prepare_index
from indexer.embedded import EmbeddedIndex
from indexer.embedded.facets import find_labels, pack_labels, unpack_labels

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TODAY = 2000  # of the newest dispatches, whose documents are written as the service writes them
LEARNED_H = 14 * 24
INTERVAL_S = 900
QUIET_H = 48
RUNS_DAYS = 90
BOOK_HOURS_DAYS = 2
LATENCY_DAYS = 2
VERSIONS = 1.1  # a story: each tenth has two
_ROWS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows) "
_MOMENT = "strftime('%Y-%m-%d %H:%M:%f000', {}, 'unixepoch')"
_SOURCE = "'source-' || {}"


@dataclass(frozen=True, slots=True)
class Size:
    """How much a store is to hold."""

    days: int
    sources: int
    stories_a_day: int

    @property
    def stories(self) -> int:
        """In all."""
        return self.days * self.stories_a_day

    @property
    def versions(self) -> int:
        """In all."""
        return int(self.stories * VERSIONS)

    @property
    def dispatches(self) -> int:
        """In all: half of them have one version, half three."""
        return self.versions // 4 * 2


def fill(folder: Path, size: Size, now: datetime) -> None:
    """Make `store.sqlite`, `index.sqlite` and `sources.toml` in an empty folder."""
    with (
        closing(Store(f"sqlite:///{folder}/store.sqlite")) as store,
        closing(EmbeddedIndex(folder / "index.sqlite")) as index,
    ):
        prepare_index(store, index)
    _write_sources(folder, size)
    values = {
        "begin": (now - timedelta(days=size.days)).timestamp(),
        "now": now.timestamp(),
        "step": size.days * 86_400 / size.versions,
        "sources": size.sources,
    }
    with closing(sqlite3.connect(folder / "store.sqlite", isolation_level=None)) as file:
        file.execute("PRAGMA synchronous = OFF")
        file.execute("PRAGMA cache_size = -400000")
        for rows, statement in _list_statements(size):
            file.execute(_with_rows(statement), values | {"rows": rows})
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with closing(Store(f"sqlite:///{folder}/store.sqlite")) as store:
        _learn(store, size, now)
        _index(store, folder, size, values)
        _seal(store)


def _with_rows(statement: str) -> str:
    head, select, rest = statement.partition("SELECT")
    return f"{head}{_ROWS}{select}{rest}"


def _write_sources(folder: Path, size: Size) -> None:
    (folder / "sources.toml").write_text(
        "".join(
            f'[[source]]\nname = "source-{n}"\npublisher = "Outlet {n}"\nkind = "feed"\n'
            f'url = "https://outlet{n}.example/feed"\ninterval = "{INTERVAL_S}s"\n'
            for n in range(size.sources)
        ),
        encoding="utf-8",
    )


def _list_statements(size: Size) -> list[tuple[int, str]]:
    """(rows, INSERT) of every table that grows; `:begin`, `:now`, `:step` are seconds, one version each step."""
    return [*_list_copy(size), *_list_ledger(size), *_list_sources(size)]


def _list_copy(size: Size) -> list[tuple[int, str]]:
    story = "(i - 1) / 11 * 10 + min((i - 1) % 11, 9) + 1"
    dispatch = "printf('d%08x', (i - 1) / 4 * 2 + ((i - 1) % 4 > 0))"
    seen = _MOMENT.format(":begin + :step * i")
    source = _SOURCE.format("(i % :sources)")
    return [
        (
            size.versions,
            (
                "INSERT INTO raw_pages (id, sha256, url, fetched_at, status, headers, bytes, body)"
                f" SELECT i, printf('%064x', i), 'https://outlet.example/' || i, {seen}, 200, '[]', 90, zeroblob(90) FROM n"
            ),
        ),
        (
            size.stories,
            (
                "INSERT INTO stories (id, identity, publisher, url, source, channel, first_seen_at, last_seen_at, version_count)"
                f" SELECT i, printf('%064x', i), 'Outlet ' || (i % :sources), 'https://outlet.example/' || i, {source}, 'feed',"
                f" {_MOMENT.format(':begin + :step * 1.1 * i')}, {_MOMENT.format(':begin + :step * 1.1 * i')}, 1 + (i % 10 = 0)"
                " FROM n"
            ),
        ),
        (
            size.versions,
            (
                "INSERT INTO versions (id, story_id, number, digest, raw_page_id, seen_at, published_at, headline, markers, body,"
                " agency, agency_confidence, agency_evidence, byline, captions, language, extractor, warnings, grouped)"
                f" SELECT i, {story}, 1 + ((i - 1) % 11 = 10), printf('%064x', i), i, {seen}, {seen}, 'Ferry ' || i || ' sails',"
                " '[]', 'The ferry ' || i || ' sails again after nine weeks in the yard, its captain said.', 'Reuters', 0.9,"
                " '[]', '[]', '[]', 'en', 'layout', '[]', 1 FROM n"
            ),
        ),
        (
            size.dispatches,
            (
                "INSERT INTO dispatches (id, rev, change, state, founder_id, canonical_id, first_seen_at, last_seen_at, changed_at)"
                f" SELECT printf('d%08x', i - 1), 1, i, 'live', 2 * i - (i % 2), 2 * i - (i % 2), {_MOMENT.format(':begin + :step * 2 * i')},"
                f" {_MOMENT.format(':begin + :step * 2 * i')}, {_MOMENT.format(':begin + :step * 2 * i')} FROM n"
            ),
        ),
        (
            size.dispatches * 2,
            (
                "INSERT INTO memberships (version_id, dispatch_id, relation, evidence, at)"
                f" SELECT i, {dispatch}, 'original', '{{}}', {seen} FROM n"
            ),
        ),
        (
            size.stories,
            (
                "INSERT INTO entries (source, entry, url, digest, first_seen_at, last_seen_at, outcome)"
                f" SELECT {_SOURCE.format('((i - 1) / (:rows / :sources))')}, printf('%016x', i), 'https://outlet.example/' || i, '',"
                f" {_MOMENT.format(':begin')}, {_MOMENT.format(':begin')}, 'stored' FROM n"
            ),
        ),
        (
            size.stories,
            (
                "INSERT INTO revisits (story_id, source, entry, url, host, step, due_at, visits, outcome)"
                f" SELECT i, {source}, printf('%016x', i), 'https://outlet.example/' || i, 'outlet.example', 4,"
                f" CASE WHEN i > :rows - 2000 THEN {_MOMENT.format(':now + i % 9000')} END, 4,"
                " CASE i % 50 WHEN 0 THEN 'gone' ELSE 'unchanged' END FROM n"
            ),
        ),
        (
            size.stories // 10,
            (
                "INSERT INTO refusals (id, source, url, reason, detail, at)"
                f" SELECT i, {source}, 'https://outlet.example/refused/' || i, 'no-body', '', {seen} FROM n"
            ),
        ),
    ]


def _list_ledger(size: Size) -> list[tuple[int, str]]:
    columns = (
        "INSERT INTO runs (source, trigger, due_at, started_at, ended_at, outcome, found, fetched, stored, unchanged, new, usable,"
        " fruitless, not_modified, dropped, errors, seconds) "
    )
    source = _SOURCE.format("((i - 1) % :sources)")
    busy = min(size.days, RUNS_DAYS)
    stored = size.stories_a_day * busy
    quiet = size.sources * QUIET_H * 3600 // INTERVAL_S
    at = f":now - {busy} * 86400 + (i - 1) * ({busy} * 86400.0 / :rows)"
    late = f":now - {INTERVAL_S} * (({quiet} - i) / :sources) - {INTERVAL_S // 2}"
    hours = min(size.days, 400) * 24
    gates = ("found", "fetched", "parsed", "stored", "indexed")
    books = [
        (
            periods * size.sources * len(gates),
            "INSERT INTO books (hour, source, gate, reason, number)"
            f" SELECT {_MOMENT.format(f'CAST(:now / {length} AS INTEGER) * {length} - {before} - {length} * ((:rows - i) / ({len(gates)} * :sources))')},"
            f" {_SOURCE.format(f'((i - 1) / {len(gates)} % :sources)')}, CASE i % {len(gates)} "
            + " ".join(f"WHEN {number} THEN '{gate}'" for number, gate in enumerate(gates))
            + f" END, '', {number} FROM n",
        )
        for periods, length, before, number in (
            (max(size.days - BOOK_HOURS_DAYS, 1), 86_400, BOOK_HOURS_DAYS * 86_400, 20),
            (min(size.days, BOOK_HOURS_DAYS) * 24, 3600, 0, 1),
        )
    ]
    return [
        (
            stored,
            columns
            + f"SELECT {source}, 'schedule', {_MOMENT.format(at)}, {_MOMENT.format(at)}, {_MOMENT.format(at)}, 'ran',"
            " 1, 1, 1, 0, 1, 1, 0, 0, '{}', '{}', 1.5 FROM n",
        ),
        (
            quiet,
            columns
            + f"SELECT {source}, 'schedule', {_MOMENT.format(late)}, {_MOMENT.format(late)}, {_MOMENT.format(late)},"
            f" CASE ((i - 1) % :sources) % 50 WHEN 7 THEN 'failed' ELSE 'ran' END, 9, 0, 0, 9, 0, 0, 0, 0, '{{}}',"
            " CASE ((i - 1) % :sources) % 50 WHEN 7 THEN '{\"timeout\": 1}' ELSE '{}' END, 0.4 FROM n",
        ),
        (
            hours * size.sources,
            (
                "INSERT INTO run_hours SELECT"
                f" {_MOMENT.format('CAST(:now / 3600 AS INTEGER) * 3600 - 3600 * ((:rows - i) / :sources) - 172800')}, {source},"
                " 'ran', 4, 36, 0, 0, 36, 0, 0, 1.6 FROM n"
            ),
        ),
        (
            size.sources,
            f"INSERT INTO run_totals SELECT {source}, CASE i % 50 WHEN 8 THEN 'failed' ELSE 'ran' END, 35040 FROM n",
        ),
        *books,
        (
            size.sources * LATENCY_DAYS * 4,
            (
                "INSERT INTO latencies SELECT"
                f" {_MOMENT.format('CAST(:now / 86400 AS INTEGER) * 86400 - 86400 * (i % 2)')},"
                f" {_SOURCE.format('((i - 1) / 8)')}, 2 + (i / 2) % 4, 5, 20.0 FROM n"
            ),
        ),
        (5, "INSERT INTO latency_totals SELECT i, 1000000, 5000000.0 FROM n"),
        (
            len(gates),
            "INSERT INTO book_totals SELECT CASE i "
            + " ".join(f"WHEN {number + 1} THEN '{gate}'" for number, gate in enumerate(gates))
            + " END, '', 7300000 FROM n",
        ),
        (
            size.days,
            "INSERT INTO group_days SELECT strftime('%Y-%m-%d', :now - 86400 * i, 'unixepoch'), 'founded', 11000 FROM n",
        ),
        (
            size.days,
            "INSERT INTO group_days SELECT strftime('%Y-%m-%d', :now - 86400 * i, 'unixepoch'), 'alike', 11000 FROM n",
        ),
        (
            size.days,
            (
                "INSERT INTO scrubs (trigger, started_at, ended_at, step, checked, unknown, damaged, repaired)"
                f" SELECT 'schedule', {_MOMENT.format(':begin + 86400 * i')}, {_MOMENT.format(':begin + 86400 * i + 3000')}, 'end',"
                " 1000000, 0, 0, 0 FROM n"
            ),
        ),
        (
            size.days * 20,
            (
                "INSERT INTO alerts (kind, subject, text, raised_at, seen_at, ended_at)"
                f" SELECT 'source', {source}, 'timeout', {_MOMENT.format(':begin + 4000 * i')},"
                f" {_MOMENT.format(':begin + 4000 * i')}, {_MOMENT.format(':begin + 4000 * i + 900')} FROM n"
            ),
        ),
        (
            size.days * 200,
            (
                "INSERT INTO audit (at, who, what, subject, detail, origin)"
                f" SELECT {_MOMENT.format(':begin + 400 * i')}, 'Ada', 'used', 'd' || i, '', '' FROM n"
            ),
        ),
    ]


def _list_sources(size: Size) -> list[tuple[int, str]]:
    """What is kept of each source: one in fifty fails, one in fifty is empty."""
    source = _SOURCE.format("(i - 1)")
    fails = "(i % 50 = 8)"
    recently = _MOMENT.format(f":now - {INTERVAL_S // 2}")
    return [
        (
            size.sources,
            f"INSERT INTO schedules SELECT {source}, 'every {INTERVAL_S}s', {recently} FROM n",
        ),
        (
            size.sources,
            (
                "INSERT INTO source_states (source, validators_lie, last_attempt_at, last_success_at, failures, last_error, read_at)"
                f" SELECT {source}, 0, {recently}, {recently}, 5 * {fails}, CASE WHEN {fails} THEN 'timeout' END, {recently}"
                " FROM n"
            ),
        ),
        (
            size.sources,
            (
                "INSERT INTO source_health (source, health, evidence, reason, fruitless, since, first_run_at, last_new_at)"
                f" SELECT {source}, CASE i % 50 WHEN 8 THEN 'failing' WHEN 9 THEN 'empty' ELSE 'unchanged' END,"
                f" '9 entries, none of them new', CASE WHEN {fails} THEN 'timeout' ELSE '' END, 0, {recently},"
                f" {_MOMENT.format(':begin')}, {_MOMENT.format(':now - 7 * (i % 1000)')} FROM n"
            ),
        ),
        (
            size.sources * min(size.days, 28),
            (
                "INSERT INTO source_days SELECT"
                f" {_SOURCE.format('((i - 1) % :sources)')}, strftime('%Y-%m-%d', :now - 86400 * ((i - 1) / :sources), 'unixepoch'), 20"
                " FROM n"
            ),
        ),
    ]


def _learn(store: Store, size: Size, now: datetime) -> None:
    """Four weeks of habits, as the service learns them."""
    for weeks in (2, 0):
        until = now.replace(minute=0, second=0, microsecond=0) - timedelta(weeks=weeks)
        path = store.sibling_path("")
        with closing(sqlite3.connect(str(path), isolation_level=None)) as file:
            file.execute(
                f"INSERT INTO source_hours {_ROWS}SELECT"
                f" {_MOMENT.format(':until - 3600 * (1 + (i - 1) / :sources)')}, {_SOURCE.format('((i - 1) % :sources)')},"
                " (i % 7 < 5) FROM n",
                {"rows": LEARNED_H * size.sources, "until": until.timestamp(), "sources": size.sources},
            )
        with store.write() as connection:
            learn_hours(connection, {}, now=until)


def _index(store: Store, folder: Path, size: Size, values: Mapping[str, float]) -> None:
    """Documents: the newest as the service writes them, the others as rows that searches by word do not find."""
    path = folder / "index.sqlite"
    old = max(size.dispatches - TODAY, 0)
    with closing(EmbeddedIndex(path)) as index:
        newest = [(f"d{number - 1:08x}", number) for number in range(old + 1, size.dispatches + 1)]
        with store.write() as connection:
            enqueue_many(connection, newest, at=datetime.now(UTC))
        drain(store, index)
    rows = {"rows": old, "begin": values["begin"], "step": values["step"], "newest": TODAY}
    content = zstandard.compress(b'{"state": "live"}', 3)
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA synchronous = OFF")
        file.execute("BEGIN")
        file.execute(
            f"INSERT INTO documents {_ROWS}SELECT :newest + i, printf('d%08x', i - 1), i, 'live',"
            " CAST(:begin + :step * 2 * i AS INTEGER), CAST(:begin + :step * 2 * i AS INTEGER), x'' FROM n",
            rows,
        )
        file.execute(
            f"INSERT INTO sources {_ROWS}SELECT :newest + i, :content FROM n",
            rows | {"content": content},
        )
        _label_old(file)
        file.execute("COMMIT")


def _label_old(file: sqlite3.Connection) -> None:
    """Give the old documents labels: each those of one of the newest, but its own day."""
    days = {label for (label,) in file.execute("SELECT label FROM labels WHERE field = 'day'")}
    packed = file.execute("SELECT labels FROM documents WHERE doc <= ?", (TODAY,))
    models = [[label for label in unpack_labels(labels) if label not in days] for (labels,) in packed]
    moments = file.execute(
        "SELECT doc, date(published_at, 'unixepoch') FROM documents WHERE doc > ?", (TODAY,)
    )
    numbers: dict[str, int] = {}
    carried: Counter[int] = Counter()
    for doc, day in moments.fetchall():
        if day not in numbers:
            file.execute(
                "INSERT OR IGNORE INTO labels (field, value, documents) VALUES ('day', ?, 0)", (day,)
            )
            (numbers[day],) = find_labels(file, "day", [day])
        labels = [*models[doc % len(models)], numbers[day]]
        carried.update(labels)
        file.execute("UPDATE documents SET labels = ? WHERE doc = ?", (pack_labels(labels), doc))
        file.executemany("INSERT INTO carriers VALUES (?, ?)", [(label, doc) for label in labels])
    file.executemany(
        "UPDATE labels SET documents = documents + ? WHERE label = ?",
        [(count, label) for label, count in carried.items()],
    )


def _seal(store: Store) -> None:
    """Digests of every row of small tables, and of the newest of large ones: those that `doctor` compares."""
    with store.write() as connection:
        large, raw = list_large(connection), open_for_check(connection)
        raw.execute("DELETE FROM seals")
        for table in SEALED_TABLES:
            place = (
                f"rowid > (SELECT max(rowid) FROM {table.name}) - {NEWEST}" if table.name in large else "1"
            )
            raw.execute(
                f"INSERT INTO seals SELECT '{table.name}', {table.key_of('t')}, {table.digest_of('t')}"
                f' FROM "{table.name}" AS t WHERE {place}'
            )
            mark_all_sealed(raw, table)
