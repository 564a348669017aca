"""Pages read again: what differs is shown, then corrected as a reading of the same version, and nothing looks like news."""

from __future__ import annotations

from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

import newsdesk.operations.reparse.reader
from bench.copy.stories import TOPICS, write_story
from copytaster.errors import NotFoundError
from copytaster.store.changes import list_changes
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story, refuse, version_values
from copytaster.store.page_removal import empty_pages
from copytaster.store.raw_pages import keep_raw_page, read_raw_page
from copytaster.store.readings import COLUMNS, list_earlier, list_unsettled
from copytaster.store.sealed_rows import seal_rows
from copytaster.store.sealing import SEALED_TABLES, open_for_check
from copytaster.store.tables import (
    leases,
    metadata,
    outbox,
    raw_pages,
    readings,
    signatures,
    stories,
    traces,
    versions,
)
from copytaster.values import ParsedStory, RawPage
from dedup.desk.decisions import split
from indexer.document import make_document
from indexer.drain import prepare_index
from indexer.embedded import EmbeddedIndex
from indexer.merge import merge_rows
from indexer.search import SearchQuery
from newsdesk.operations.reparse.run import Scope, reparse
from newsdesk.operations.reparse.undo import undo
from newsdesk.operations.retention.takedown import take_down
from newsdesk.operations.tracing.findings import read_findings
from newsdesk.operations.tracing.steps import list_steps
from newsdesk.web.search.rise import read_rise
from settings import Settings
from spiders.page_context import note_claims
from spiders.parsing.context import ParseContext
from spiders.parsing.formats import parse
from spiders.sandbox.pool import ParsingPool
from spiders.sources.config import Source
from tests.newsdesk.operations.conftest import Desk

WIRE = Source(name="wire", publisher_name="Harbour Wire", kind="feed", url="https://wire.example/feed")
POST = Source(name="post", publisher_name="Upland Post", kind="feed", url="https://post.example/feed")
HOSTS = {"wire.example": WIRE, "post.example": POST}
EVERYTHING = Scope()
MISREAD = "Menu | Home | Sport"


class LastingPool(ParsingPool):
    """Parsing processes that the tests of this file share."""

    def close(self):
        pass


@pytest.fixture(scope="module")
def workers():
    pool = LastingPool(2)
    yield pool
    ParsingPool.close(pool)


@pytest.fixture(autouse=True)
def _lasting(monkeypatch, workers):
    monkeypatch.setattr(newsdesk.operations.reparse.reader, "make_parsers", lambda _settings: workers)


class PageDesk(Desk):
    """Takes in pages as a crawl does, or as a release before misread them, and reads them again."""

    def __init__(self, store, index, folder):
        super().__init__(store, index)
        self.settings = Settings(data_dir=folder)

    def crawl(self, url, text, *, misread=None, gone=False, at=datetime(2026, 11, 20, 8, tzinfo=UTC)):
        """A page of a story; `misread` gives columns of the story as an earlier parser would have read them."""
        source = HOSTS[url.split("/")[2]]
        context = ParseContext(
            publisher=source.publisher_name, published_at=at, feed_title=f"The news of {text}"
        )
        page = note_claims(RawPage(url, make_page(text), datetime.now(UTC)), context)
        story = parse(page, context)
        if misread:
            story = ParsedStory(**{name: getattr(story, name) for name in ParsedStory.__slots__} | misread)
        with self.store.write() as connection:
            kept = keep_story(connection, page=page, story=story, source=source.name, channel="feed")
            if gone:
                chosen = select(versions.c.raw_page_id).where(versions.c.id == kept.version_id)
                empty_pages(connection, [connection.scalar(chosen)], at=datetime.now(UTC))
        return kept.version_id

    def reparse(self, scope=EVERYTHING, **options):
        found = reparse(self.store, self.settings, [WIRE, POST], scope, **options)
        if options.get("apply"):
            self.work()
        return found

    def everything(self):
        """Every row but those of leases, whose counters a call raises, and their digests."""
        with self.store.read() as connection:
            return {
                table.name: [tuple(row) for row in connection.execute(select(table))]
                for table in metadata.sorted_tables
                if table.name not in {"leases", "seals"}
            }

    def version(self, number):
        with self.store.read() as connection:
            return connection.execute(select(versions).where(versions.c.id == number)).one()

    def search(self, text):
        self.index.refresh()
        return [hit.id for hit in self.index.search(SearchQuery(text=text)).hits]


def make_page(text):
    paragraphs = "".join(f"<p>{line}</p>" for line in write_story(TOPICS[0], text, words=160))
    title = f"The news of {text}"
    return (
        f"<!doctype html><html lang=en><head><title>{title}</title><meta property='og:title' content='{title}'>"
        f"</head><body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    ).encode()


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request, tmp_path):
    server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
    url = server.make_database() if server else f"sqlite:///{tmp_path}/store.sqlite"
    with closing(Store(url)) as store, closing(EmbeddedIndex(tmp_path / "index.sqlite")) as index:
        prepare_index(store, index)
        yield PageDesk(store, index, tmp_path / "data")
    if server:
        server.drop_database(url)


sqlite_only = pytest.mark.parametrize("desk", ["sqlite"], indirect=True)


def fill(desk):
    """Three stories that are read well and two that were misread: by headline, and by a text of something else."""
    for name in ("ferry", "lamp", "quay"):
        desk.crawl(f"https://wire.example/{name}", name)
    headline = desk.crawl(
        "https://wire.example/dock", "dock", misread={"headline": MISREAD, "warnings": ("teaser",)}
    )
    other = "\n\n".join(write_story(TOPICS[1], "unrelated", words=160))
    copied = desk.crawl("https://wire.example/tide", "tide")
    body = desk.crawl("https://post.example/tide", "tide", misread={"body": other, "language": None})
    desk.work()
    return headline, copied, body


def test_the_columns_of_a_reading_are_those_that_follow_from_a_page():
    story = ParsedStory("a", "b", "c", "d")
    assert set(version_values(story, "x")) == set(COLUMNS)


def test_what_was_just_taken_in_reads_the_same(desk):
    for name in ("ferry", "lamp"):
        desk.crawl(f"https://wire.example/{name}", name)
    desk.work()
    found, groups = desk.reparse()
    assert (found.versions, found.unchanged, found.dates_kept, groups) == (2, 2, 0, None)


def test_the_difference_comes_first_and_writes_nothing(desk):
    headline, _, body = fill(desk)
    before = desk.everything()
    found, groups = desk.reparse()
    assert (found.versions, found.unchanged, found.changed, found.applied) == (6, 4, 2, False)
    assert found.columns == {"headline": 1, "warnings": 1, "body": 1, "language": 1}
    assert {one.version: set(one.why) for one in found.examples} == {
        headline: {"headline", "warnings"},
        body: {"body", "language"},
    }
    assert found.examples[0].why["headline"] == (MISREAD, "The news of dock")
    assert (groups.splits, groups.joins, groups.moved) == (0, 1, 1)
    assert desk.everything() == before


def test_a_reading_is_corrected_and_is_no_news(desk):
    headline, copied, body = fill(desk)
    place, former = desk.find(headline), desk.find(body)
    assert former != desk.find(copied)
    before, documents = desk.version(headline), desk.read()
    with desk.store.read() as connection:
        newest = max(one.change for one in list_changes(connection, 0, 100).items)
        counts = [connection.scalar(select(func.count()).select_from(table)) for table in (stories, versions)]
    shown = make_document(merge_rows(documents[place]))
    found, groups = desk.reparse(apply=True)
    assert (found.changed, found.left, groups.joins, groups.left_alone) == (2, 0, 1, 0)

    after = desk.version(headline)
    assert (after.headline, before.headline) == ("The news of dock", MISREAD)
    same = ("id", "number", "story_id", "seen_at", "raw_page_id", "published_at")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    assert before.read_at is None
    assert after.read_at is not None
    assert desk.find(headline) == place
    assert desk.search('"news of dock"') == [place]
    assert desk.search("Menu") == []
    document = make_document(merge_rows(desk.read()[place]))
    unmoved = (
        "first_seen",
        "last_seen",
        "last_changed",
        "version_count",
        "publisher_count",
        "correction_count",
        "chain",
    )
    assert {name: document[name] for name in unmoved} == {name: shown[name] for name in unmoved}
    assert read_rise(document) == read_rise(shown)

    assert desk.find(body) == desk.find(copied)
    with desk.store.read() as connection:
        changed = list_changes(connection, newest, 100).items
        assert {place, former, desk.find(copied)} == {one.dispatch_id for one in changed}
        now = [connection.scalar(select(func.count()).select_from(table)) for table in (stories, versions)]
        (earlier,) = list_earlier(connection, [headline])
        steps = [
            one for one in list_steps(read_findings(connection, f"v{headline}")) if one.step == "read-again"
        ]
    assert now == counts
    assert earlier.earlier["headline"] == MISREAD
    assert "headline" in steps[0].detail
    assert desk.find_faults() == []


def test_a_second_call_finds_nothing_to_do(desk):
    fill(desk)
    desk.reparse(apply=True)
    before = desk.everything()
    found, groups = desk.reparse(apply=True)
    assert (found.versions, found.unchanged, found.changed, groups) == (6, 6, 0, None)
    assert desk.everything() == before


def test_the_next_crawl_of_the_page_is_no_new_version(desk):
    headline, _, _ = fill(desk)
    desk.reparse(apply=True)
    assert desk.crawl("https://wire.example/dock", "dock") == headline


def test_a_service_that_runs_knows_the_new_text(desk):
    """Its grouper has the old text in memory; a copy of the new one must be compared with the new one."""
    _, _, body = fill(desk)
    with desk.store.read() as connection:
        misread = desk.grouper.versions.get(connection, [body])[body].version.body
    reparse(desk.store, desk.settings, [WIRE, POST], Scope(source="post"), apply=True)
    copy = desk.crawl("https://wire.example/again", "tide")
    desk.work()
    assert desk.find(copy) == desk.find(body)
    with desk.store.read() as connection:
        known = desk.grouper.versions.get(connection, [body])[body].version.body
    assert known == desk.version(body).body != misread


def test_a_later_copy_is_found_by_the_corrected_text(desk):
    """Only the version that was misread prints this text; the window must find it under its new words."""
    other = "\n\n".join(write_story(TOPICS[1], "unrelated", words=160))
    body = desk.crawl("https://post.example/tide", "tide", misread={"body": other})
    desk.work()
    place = desk.find(body)
    desk.reparse(apply=True)
    copy = desk.crawl("https://wire.example/tide", "tide")
    desk.work()
    assert desk.find(copy) == desk.find(body) == place
    with desk.store.read() as connection:
        assert (
            connection.scalar(select(func.count()).select_from(traces)) == 3
        )  # of two batches, and of the reading


def test_a_dispatch_that_began_later_joins_too(desk):
    """The copy came after the version that was misread, and founded a dispatch of its own."""
    other = "\n\n".join(write_story(TOPICS[1], "unrelated", words=160))
    body = desk.crawl("https://post.example/tide", "tide", misread={"body": other})
    copied = desk.crawl("https://wire.example/tide", "tide")
    desk.work()
    place = desk.find(body)
    assert desk.find(copied) != place
    assert desk.reparse()[1].joins == 1
    desk.reparse(apply=True)
    assert desk.find(copied) == desk.find(body) == place
    assert desk.find_faults() == []


def test_what_cannot_be_read_is_named_and_left(desk):
    fill(desk)
    desk.crawl("https://wire.example/gone", "gone", gone=True)
    held = desk.crawl("https://wire.example/held", "held")
    empty = desk.crawl("https://wire.example/empty", "empty", misread={"headline": "An index"})
    with desk.store.write() as connection:
        page = RawPage("https://wire.example/list", b"<html><body></body></html>", datetime.now(UTC))
        readable = RawPage("https://wire.example/late", make_page("late"), datetime.now(UTC))
        for number, other in ((empty, page), (held, make_held())):
            chosen = versions.c.id == number
            connection.execute(
                update(versions).where(chosen).values(raw_page_id=keep_raw_page(connection, other))
            )
            reseal(connection, number)
        refuse(connection, source="wire", url=readable.url, reason="took-too-long", page=readable)
        refuse(connection, source="wire", url=page.url, reason="no-body", page=page)
    desk.work()
    desk.crawl("https://wire.example/new", "new")
    found, _ = desk.reparse(apply=True)
    assert (found.gone, found.waiting, found.embargoed, found.left) == (1, 1, 1, 0)
    assert (found.refused.total(), found.unchanged, found.changed) == (1, 4, 2)
    assert found.versions == 10
    assert (found.quarantined, found.readable) == (2, 1)
    assert desk.version(empty).headline == "An index"
    assert {one.version for one in found.refusals} == {empty, held}
    assert "left the store" in found.missing[0].why


def make_held():
    text = (
        make_page("held").decode().replace("<article>", "<article><p>EMBARGOED UNTIL 0900 GMT 1 JAN 2099</p>")
    )
    return RawPage("https://wire.example/held", text.encode(), datetime.now(UTC))


def reseal(connection, number):
    if connection.dialect.name == "sqlite":
        table = next(table for table in SEALED_TABLES if table.name == "versions")
        seal_rows(open_for_check(connection), table, [str(number)])


def test_a_manual_decision_holds(desk):
    _, copied, body = fill(desk)
    desk.reparse(apply=True)
    assert desk.find(copied) == desk.find(body)
    split(desk.store, [f"v{body}"], who="Ada", why="two events")
    apart = desk.find(body)
    with desk.store.write() as connection:
        connection.execute(update(versions).where(versions.c.id == body).values(headline=MISREAD))
        reseal(connection, body)
    found, groups = desk.reparse(apply=True)
    assert (found.changed, groups.moved) == (1, 0)
    assert desk.version(body).headline != MISREAD
    assert desk.find(body) == apart != desk.find(copied)
    assert desk.find_faults() == []


def test_only_what_was_asked_for_is_read(desk):
    fill(desk)
    hour = timedelta(hours=1)
    now = datetime.now(UTC)
    assert desk.reparse(Scope(source="post"))[0].versions == 1
    assert desk.reparse(Scope(publisher="Harbour Wire"))[0].versions == 5
    assert desk.reparse(Scope(since=now - hour, until=now + hour))[0].versions == 6
    assert desk.reparse(Scope(until=now - hour))[0].versions == 0


def test_a_date_whose_feed_nobody_kept_stays(desk):
    """Pages of a release before have no claims: what the page does not say is not lost."""
    number = desk.crawl(
        "https://wire.example/ferry", "ferry", misread={"headline": MISREAD, "byline": ("Ada",)}
    )
    desk.work()
    with desk.store.write() as connection:
        connection.execute(update(raw_pages).values(headers=[]))
    before = desk.version(number)
    found, _ = desk.reparse(apply=True)
    after = desk.version(number)
    assert (found.changed, found.dates_kept, dict(found.columns)) == (1, 1, {"headline": 1})
    assert (after.published_at, after.byline) == (before.published_at, ["Ada"])


class PowerCutError(BaseException):
    """The process ends here."""


@sqlite_only
def test_a_call_that_dies_between_any_two_transactions_goes_on(desk, tmp_path, monkeypatch):
    monkeypatch.setattr("newsdesk.operations.reparse.run.CHUNK", 2)
    fill(desk)
    with (
        closing(Store(f"sqlite:///{tmp_path}/other.sqlite")) as store,
        closing(EmbeddedIndex(tmp_path / "other-index.sqlite")) as index,
    ):
        prepare_index(store, index)
        whole = PageDesk(store, index, tmp_path / "whole")
        fill(whole)
        whole.reparse(apply=True)
        wanted = describe(whole)
    write, deaths = Store.write, 0
    for allowed in range(60):
        left = iter(range(allowed % 7 + 1))

        def die(self, left=left):
            if "store.sqlite" in self.url and next(left, None) is None:
                raise PowerCutError
            return write(self)

        monkeypatch.setattr(Store, "write", die)
        with suppress(PowerCutError):
            found, _ = reparse(desk.store, desk.settings, [WIRE, POST], Scope(), apply=True)
            break
        deaths += 1
        monkeypatch.setattr(Store, "write", write)
        free_lease(desk.store)
    monkeypatch.setattr(Store, "write", write)
    desk.work()
    assert deaths > 4
    assert (found.versions, found.unchanged + found.changed) == (6, 6)
    assert describe(desk) == wanted
    assert not list(desk.settings.data_dir.glob("reparse-*"))
    assert desk.find_faults() == []


def free_lease(store):
    """The process that held it is no more."""
    with store.write() as connection:
        connection.execute(update(leases).values(holder=""))


def describe(desk):
    with desk.store.read() as connection:
        assert list_unsettled(connection) == []
        rows = connection.execute(select(versions).order_by(versions.c.id)).all()
        columns = (signatures.c.version_id, signatures.c.words, signatures.c.exact, signatures.c.weights)
        signed = connection.execute(select(*columns).order_by(signatures.c.version_id)).all()
    times = {"seen_at", "read_at"}
    kept = [{name: value for name, value in row._mapping.items() if name not in times} for row in rows]
    places = {row.id: desk.find(row.id) for row in rows}
    return kept, [tuple(row) for row in signed], places


@sqlite_only
def test_a_takedown_takes_earlier_readings_too(desk):
    headline, _, _ = fill(desk)
    desk.reparse(apply=True)
    take_down(desk.store, desk.find(headline), who="Ada", why="court")
    with desk.store.read() as connection:
        assert headline not in set(connection.scalars(select(readings.c.version_id)))
        assert connection.scalar(select(func.count()).select_from(outbox)) > 0


@sqlite_only
def test_a_row_that_the_disk_has_changed_is_left(desk):
    headline, _, _ = fill(desk)
    with desk.store.write() as connection:
        connection.execute(
            update(versions).where(versions.c.id == headline).values(signoff="changed by a fault")
        )
    found, _ = desk.reparse(apply=True)
    assert (found.left, found.changed) == (1, 1)
    assert desk.version(headline).headline == MISREAD


@sqlite_only
def test_bytes_that_are_kept_do_not_change(desk):
    headline, _, _ = fill(desk)
    number = desk.version(headline).raw_page_id
    with desk.store.read() as connection:
        before = read_raw_page(connection, number)
    desk.reparse(apply=True)
    with desk.store.read() as connection:
        assert read_raw_page(connection, number) == before


def undo_last(desk, number=None, **options):
    found = undo(desk.store, desk.settings, number, **options)
    if options.get("apply"):
        desk.work()
    return found


def read_columns(desk, *numbers):
    return [[getattr(desk.version(number), name) for name in COLUMNS] for number in numbers]


def test_a_call_is_taken_back_after_its_difference_was_shown(desk):
    headline, copied, body = fill(desk)
    before, place = read_columns(desk, headline, copied, body), desk.find(headline)
    found, _ = desk.reparse(apply=True)
    assert found.number == 1
    assert desk.find(body) == desk.find(copied)

    rows = desk.everything()
    shown, groups = undo_last(desk)
    assert (shown.versions, shown.changed, shown.applied) == (2, 2, False)
    assert shown.columns == found.columns
    assert (groups.splits, groups.moved) == (1, 1)
    assert desk.everything() == rows

    undone, _ = undo_last(desk, apply=True)
    assert (undone.changed, undone.left, undone.number) == (2, 0, 2)
    assert read_columns(desk, headline, copied, body) == before
    assert desk.find(headline) == place
    assert desk.find(body) != desk.find(copied)
    assert desk.search("Menu") == [place]
    assert desk.find_faults() == []


def test_what_was_taken_back_can_be_put_back_and_a_call_can_be_named(desk):
    headline, copied, body = fill(desk)
    desk.reparse(apply=True)
    corrected = read_columns(desk, headline, copied, body)
    undo_last(desk, apply=True)
    again, _ = undo_last(desk, 2, apply=True)
    assert (again.changed, again.number) == (2, 3)
    assert read_columns(desk, headline, copied, body) == corrected
    with pytest.raises(NotFoundError, match="reparse 9") as raised:
        undo_last(desk, 9)
    assert "1 (reparse, " in raised.value.hint


@sqlite_only
def test_what_was_read_again_since_is_left(desk):
    headline, _, body = fill(desk)
    desk.reparse(Scope(source="wire"), apply=True)
    desk.reparse(apply=True)
    with desk.store.write() as connection:
        row = {"version_id": headline, "read_at": datetime.now(UTC), "reader": "x", "earlier": {}}
        connection.execute(readings.insert(), row)
    undone, _ = undo_last(desk, 1, apply=True)
    assert (undone.changed, undone.left) == (0, 1)
    undone, _ = undo_last(desk, 2, apply=True)
    assert (undone.changed, undone.left) == (1, 0)
    assert desk.version(headline).headline == "The news of dock"
    assert desk.version(body).language is None


@sqlite_only
def test_a_call_of_which_half_is_taken_back_goes_on(desk, monkeypatch):
    headline, copied, body = fill(desk)
    before = read_columns(desk, headline, copied, body)
    desk.reparse(apply=True)
    monkeypatch.setattr("newsdesk.operations.reparse.undo.CHUNK", 1)

    def stop(_step, _done, _of):
        raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        undo(desk.store, desk.settings, None, apply=True, on_progress=stop)
    free_lease(desk.store)
    undone, _ = undo_last(desk, apply=True)
    assert (undone.versions, undone.unchanged, undone.changed) == (2, 1, 1)
    assert read_columns(desk, headline, copied, body) == before
    again, _ = undo_last(desk, apply=True)
    assert again.changed == 2


@sqlite_only
def test_without_a_call_there_is_nothing_to_take_back(desk):
    with pytest.raises(NotFoundError, match="no call"):
        undo_last(desk)
