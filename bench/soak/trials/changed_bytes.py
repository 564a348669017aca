"""Single bytes changed in rows and files of store and index: the scrub notices and names each, and repairs what it can."""

from __future__ import annotations

import html
import random
import shutil
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.copy.stories import TOPICS, write_story
from bench.soak.trial import Outcome, Trial
from copytaster.errors import CopytasterError
from copytaster.seals import check
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story
from copytaster.values import RawPage
from indexer.embedded.index import EmbeddedIndex
from newsdesk.operations.scrub.findings import noun_of
from newsdesk.operations.scrub.run import Scrubber
from newsdesk.pipeline import GroupingStage, IndexingStage
from settings import Settings
from spiders.parsing import ParseContext, parse

if TYPE_CHECKING:
    from newsdesk.operations.scrub.run import ScrubReport

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
STORIES = 6
AT_ONCE = 20  # changed rows before one scrub
STORE, INDEX = "store.sqlite", "index.sqlite"
BOOKKEEPING = {
    "seals",
    "scrubs",
    "damages",
    "leases",
    "alembic_version",
}  # in these, no row that a reader sees
FULL_TEXT = {"words", "words_data", "words_idx", "words_docsize", "words_config"}
HARMLESS = "sqlite_"  # tables of the query planner and of row numbers


@dataclass
class Count:
    """What the faults came to."""

    injected: int = 0
    held: int = 0
    harmless: int = 0
    repaired: int = 0
    false_alarms: int = 0
    missed: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)


def run(size: int, seed: int) -> Outcome:
    """A quarter of the changes each in rows of the store, its file, rows of the index, its file."""
    return _try(size, seed)


def control(size: int, seed: int) -> Outcome:
    """The same changes where the scrub takes every row for what was written."""
    judge = check._judge  # noqa: SLF001 - the protection that the control takes off
    check._judge = lambda *_row: None  # noqa: SLF001
    try:
        return _try(size, seed)
    finally:
        check._judge = judge  # noqa: SLF001


TRIAL = Trial(
    name="changed-bytes",
    promise="A byte that changes in silence in store or index is noticed, named, and repaired from a good copy",
    run=run,
    control=control,
    short=8,
    long=500,
)


def _try(size: int, seed: int) -> Outcome:
    chance, count = random.Random(seed), Count()
    with tempfile.TemporaryDirectory(prefix="changed-bytes-") as folder:
        whole = Path(folder, "whole")
        _fill(whole)
        count.false_alarms = len(_scrub(whole).damages)
        quarter = size // 4
        for name, number in ((STORE, size - 3 * quarter), (INDEX, quarter)):
            for start in range(0, number, AT_ONCE):
                _change_rows(whole, name, min(AT_ONCE, number - start), chance, count)
        for name in (STORE, INDEX):
            for _ in range(quarter):
                _change_file(whole, name, chance, count)
        after = len(_scrub(whole).damages)
    held = count.held if not count.false_alarms + after else 0
    kinds = ", ".join(f"{kind} {number}" for kind, number in count.kinds.most_common(6))
    detail = f"{count.repaired} repaired; {kinds}"
    if count.missed:
        detail += f"; missed: {'; '.join(count.missed[:5])}"
    figures = {
        "repaired": count.repaired,
        "in free space": count.harmless,
        "false alarms": count.false_alarms + after,
    }
    return Outcome(count.injected, held, detail, figures)


def _fill(folder: Path) -> None:
    """A store of pages that were parsed, grouped and indexed, and one scrub of it."""
    folder.mkdir()
    chance = random.Random(7)
    with (
        closing(Store(f"sqlite:///{folder / STORE}")) as store,
        closing(EmbeddedIndex(folder / INDEX)) as index,
    ):
        for number in range(STORIES):
            topic = sorted(TOPICS)[number % len(TOPICS)]
            paragraphs = write_story(topic, f"changed {number}", words=120)
            for outlet in ("alpha", "beta"):
                page = _make_page(outlet, number, paragraphs, chance)
                story = parse(page, ParseContext(publisher=outlet.title()))
                with store.write() as connection:
                    keep_story(connection, page=page, story=story, source=outlet, channel="page")
        _settle(store, index)


def _make_page(outlet: str, number: int, paragraphs: list[str], chance: random.Random) -> RawPage:
    text = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in paragraphs)
    title = html.escape(paragraphs[0].split(".")[0][:80])
    body = (
        f"<html lang=en><head><title>{title}</title></head><body><nav>{chance.random()}</nav>"
        f"<article><h1>{title}</h1><p>LONDON, March 2 (Reuters) - {text[3:]}</article></body></html>"
    )
    return RawPage(f"https://{outlet}.example/{number}", body.encode(), START)


def _settle(store: Store, index: EmbeddedIndex) -> None:
    for _ in GroupingStage(store, Settings().grouping).group_all():
        pass
    indexing = IndexingStage(store, index)
    indexing.drain()


def _scrub(folder: Path) -> ScrubReport:
    settings = Settings(data_dir=folder)
    with (
        closing(Store(settings.store_url)) as store,
        closing(EmbeddedIndex(folder / INDEX)) as index,
        closing(Scrubber(store, index, settings, ())) as scrubber,
    ):
        return scrubber.run()


def _copy(whole: Path) -> Path:
    folder = whole.with_name("damaged")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole, folder, symlinks=True)
    return folder


def _change_rows(whole: Path, name: str, number: int, chance: random.Random, count: Count) -> None:
    folder = _copy(whole)
    with closing(sqlite3.connect(folder / name)) as connection:
        connection.text_factory = bytes
        cells = _list_cells(connection)
        chosen: dict[tuple[str, int], str] = {}
        while len(chosen) < number:
            table = chance.choice(sorted(cells))
            column, row = chance.choice(cells[table])
            if (table, row) not in chosen and _change_cell(connection, table, column, row, chance):
                chosen[table, row] = column
        keys = {place: _read_key(connection, *place) for place in chosen}
        connection.commit()
    named = _name_all(folder)
    is_index_right = name == INDEX and _is_index_right(folder, whole)
    for (table, row), column in chosen.items():
        count.injected += 1
        count.kinds[table] += 1
        is_named = _is_named(name, table, keys[table, row], named)
        is_right = _read_cell(folder / name, table, column, row) == _read_cell(
            whole / name, table, column, row
        )
        good_copy = name == INDEX or table in {
            "versions",
            "raw_pages",
            "stories",
            "memberships",
            "dispatches",
        }
        is_right |= (table, column) == ("dispatches", "change")  # after the repair it takes a newer one
        is_right = is_right if name == STORE else is_index_right
        count.repaired += is_named and is_right
        if is_named and (is_right or not good_copy):
            count.held += 1
        else:
            count.missed.append(f"{name} {table}.{column} row {row} named {is_named}, repaired {is_right}")


def _list_cells(connection: sqlite3.Connection) -> dict[str, list[tuple[str, int]]]:
    """Table -> (column, rowid) of each value; without keys, which are another row's value once they change."""
    cells: dict[str, list[tuple[str, int]]] = {}
    for (raw_name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        table = raw_name.decode()
        if table in BOOKKEEPING | {"words"} or table.startswith(HARMLESS):
            continue
        rows = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
        columns = [row[1].decode() for row in rows if not row[5]]
        with suppress(sqlite3.OperationalError):  # WITHOUT ROWID
            for (rowid,) in connection.execute(f'SELECT rowid FROM "{table}"').fetchall():
                cells.setdefault(table, []).extend((column, rowid) for column in columns)
    return cells


def _change_cell(
    connection: sqlite3.Connection, table: str, column: str, rowid: int, chance: random.Random
) -> bool:
    """Change one byte of a value, past the program; False for a value that has none, or that no row may have."""
    query = f'SELECT "{column}", typeof("{column}") FROM "{table}" WHERE rowid = ?'
    value, kind = connection.execute(query, (rowid,)).fetchone()
    if value is None or value == b"" or (table, column) == ("versions", "grouped"):
        return False
    if isinstance(value, bytes):
        place = chance.randrange(len(value))
        changed: Any = value[:place] + bytes((value[place] ^ chance.randrange(1, 256),)) + value[place + 1 :]
    else:
        changed = type(value)(value + chance.choice((1, -1)) * 2 ** chance.randrange(6))
    cell = "CAST(? AS TEXT)" if kind == b"text" else "?"
    try:
        connection.execute(f'UPDATE "{table}" SET "{column}" = {cell} WHERE rowid = ?', (changed, rowid))
    except sqlite3.IntegrityError:
        return False
    return True


def _read_key(connection: sqlite3.Connection, table: str, rowid: int) -> str:
    keys = [
        row[1].decode() for row in connection.execute(f'PRAGMA table_info("{table}")').fetchall() if row[5]
    ]
    spelled = (
        f'CAST("{keys[0]}" AS TEXT)'
        if len(keys) == 1
        else " || ',' || ".join(f'quote("{key}")' for key in keys)
    )
    found = connection.execute(f'SELECT {spelled} FROM "{table}" WHERE rowid = ?', (rowid,)).fetchone()[0]
    return str(found.decode())


def _name_all(folder: Path) -> set[tuple[str, str]]:
    """(kind, key) of everything that the scrub names; a store that does not open is named as such."""
    try:
        return {(one.kind, one.key) for one in _scrub(folder).damages}
    except CopytasterError as error:
        return {("refused", str(error))}


def _is_named(file: str, table: str, key: str, named: set[tuple[str, str]]) -> bool:
    if file == STORE:
        return (noun_of(table), key) in named
    if table in FULL_TEXT:
        return any(kind in {"index words", "index file"} for kind, _ in named)
    return any(kind.startswith(f"index {table}") and one in {key, ""} for kind, one in named)


def _read_cell(path: Path, table: str, column: str, rowid: int) -> Any:
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        query = f'SELECT "{column}" FROM "{table}" WHERE rowid = ?'
        row = connection.execute(query, (rowid,)).fetchone()
        return row and row[0]


def _is_index_right(folder: Path, whole: Path) -> bool:
    return _read_documents(folder) == _read_documents(whole) and not _scrub(folder).damages


def _read_documents(folder: Path) -> list[Any]:
    query = "SELECT id, state, published_at, last_changed, source FROM documents JOIN sources USING (doc) ORDER BY id"
    try:
        with closing(sqlite3.connect(folder / INDEX)) as connection:
            return connection.execute(query).fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return [str(error)]


def _change_file(whole: Path, name: str, chance: random.Random, count: Count) -> None:
    """Change one byte of a file at a random place. A byte in free space changes no row: it is no damage."""
    before = _read_all((whole / name).resolve())
    while True:
        folder = _copy(whole)
        path = (folder / name).resolve()
        data = bytearray(path.read_bytes())
        place, mask = chance.randrange(len(data)), chance.randrange(1, 256)
        data[place] ^= mask
        path.write_bytes(data)
        if _read_all(path) != before:
            break
        count.harmless += 1
    count.injected += 1
    count.kinds[f"{name} byte"] += 1
    named = _name_all(folder)
    kinds = "index", "document" if name == INDEX else ""
    if any(name == STORE or kind.startswith(kinds) or kind == "refused" for kind, _ in named):
        count.held += 1
        count.repaired += name == INDEX and _is_index_right(folder, whole)
    else:
        count.missed.append(f"{name} byte {place} ^ {mask}")


def _read_all(path: Path) -> list[Any]:
    """Every row and every finding of SQLite's own check: equal for two files that hold the same."""
    found: list[Any] = []
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.text_factory = bytes
            found += connection.execute("PRAGMA integrity_check").fetchall()
            names = connection.execute(
                "SELECT name, type, tbl_name, sql FROM sqlite_schema ORDER BY name"
            ).fetchall()
            found += names
            for name in sorted({row[2].decode() for row in names}):
                if name != "words":
                    found += connection.execute(f'SELECT * FROM "{name}"').fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        found.append(str(error))
    return found
