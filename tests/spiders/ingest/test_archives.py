"""Web archives as a source of stories: publishers, resuming, counts, kills and bounds."""

import gzip
import random
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from copytaster.errors import UnparsableError
from copytaster.store.engine import Store
from copytaster.store.tables import page_templates, raw_pages, refusals, stories, versions
from copytaster.values import RawPage
from settings import Settings
from spiders.parsing.context import UNNAMED_TYPE, ParseContext
from spiders.parsing.formats import parse
from spiders.publishers import Publishers
from spiders.sources.config import parse_sources
from tests import archives
from tests.copytaster.wire.formats import samples

SOURCES = """
[publishers."The Gazette"]
hosts = ["gazette.example"]
family = "Harbour Group"

[[source]]
name = "gazette"
publisher = "The Gazette"
url = "https://gazette.example/feed"
interval = "1h"
"""


def test_an_archive_of_any_name_in_a_folder_is_taken_in_page_by_page(tmp_path, ingest, rows):
    folder = tmp_path / "in"
    folder.mkdir()
    url = f"{archives.HOST}/story/1"
    records = [
        archives.info(), archives.request(url), archives.page(1), archives.revisit(url),
        archives.response(url, b"gone", "404 Not Found"), archives.page(2),
    ]  # fmt: skip
    archives.write(folder / "archive.html", records)
    (folder / "page.html").write_bytes(archives.html(7))
    seen = []
    report = ingest(folder, progress=lambda done, total: seen.append((done, total)))
    assert (report.found, report.stored, report.refused) == (3, 3, 0)
    assert report.skipped == {"warcinfo": 1, "request": 1, "revisit": 1, "http-404": 1}
    [archive] = report.archives
    size = (folder / "archive.html").stat().st_size
    assert (archive.begun_at, archive.read_to, archive.size) == (0, size, size)
    everything = sum(path.stat().st_size for path in folder.iterdir())
    assert seen[-1] == (everything, everything)
    assert {row.channel for row in rows(stories.c.channel)} == {"archive"}
    kept = {(row.url, row.fetched_at) for row in rows(raw_pages.c.url, raw_pages.c.fetched_at)}
    assert (url, datetime(2020, 2, 24, 10, 30, tzinfo=UTC)) in kept
    assert {row.published_at for row in rows(versions.c.published_at)} == {
        None
    }  # when it was fetched says nothing


def test_what_the_pages_of_an_archive_have_in_common_is_learned_and_followed(tmp_path, ingest, rows):
    side = "".join(f"<li><a href=/{at}>Ferry {at} leaves the harbour late</a></li>" for at in range(30))
    frame = (
        f"</article><div class=pad>{'<p>Board</p>' * 9}</div><div class=side><ul>{side}</ul></div>".encode()
    )

    def write(name, numbers):
        records = [
            archives.response(f"{archives.HOST}/story/{number}", archives.html(number) + frame)
            for number in numbers
        ]
        return archives.write(tmp_path / name, records)

    ingest(write("a", range(1, 5)))
    assert [row.extractor for row in rows(versions.c.extractor)] == ["generic"] * 4
    ingest(write("b", range(5, 10)))
    assert Counter(row.extractor for row in rows(versions.c.extractor))["learned"] >= 4
    assert [(row.host, row.state) for row in rows(page_templates.c.host, page_templates.c.state)] == [
        ("gazette.example", "trusted")
    ]


def test_the_publisher_is_that_of_the_host_or_the_host(tmp_path, ingest, rows):
    other = archives.response("https://www.herald.example/a", archives.html(2))
    below = archives.response("https://news.gazette.example/a", archives.html(3))
    path = archives.write(tmp_path / "a", [archives.page(1), other, below])
    ingest(path, publishers=Publishers(parse_sources(SOURCES, resource="sources.toml")))
    found = {(row.publisher, row.family) for row in rows(stories.c.publisher, stories.c.family)}
    assert found == {("The Gazette", "Harbour Group"), ("herald.example", None)}
    assert len(rows(stories.c.id)) == 3


def test_every_item_of_a_page_has_its_publisher_and_the_last_one_the_place(
    tmp_path, ingest, rows, monkeypatch
):
    monkeypatch.setattr("spiders.ingest.BATCH", 1)
    other = samples.g2(until="").replace(samples.GUID, "urn:x:2")
    message = samples.g2_message(samples.g2(until=""), other).encode()
    path = archives.write(tmp_path / "a", [archives.response(f"{archives.HOST}/items", message)])
    publishers = Publishers(parse_sources(SOURCES, resource="sources.toml"))
    report = ingest(path, publishers=publishers)
    assert (report.found, report.stored) == (2, 2)
    found = {(row.publisher, row.family) for row in rows(stories.c.publisher, stories.c.family)}
    assert found == {("The Gazette", "Harbour Group")}
    assert ingest(path, publishers=publishers).found == 0


def test_the_same_archive_brings_nothing_new_whatever_its_name(tmp_path, ingest, rows):
    # Read again, the first version would be a third one: it differs from the last.
    records = [archives.info(), archives.page(1), archives.page(1, "second")]
    path = archives.write(tmp_path / "a.warc.gz", records)
    assert ingest(path).stored == 2
    copy = tmp_path / "copy"
    copy.write_bytes(path.read_bytes())
    again = ingest(path, copy)
    assert (again.found, again.stored) == (0, 0)
    assert [row.number for row in rows(versions.c.number)] == [1, 2]
    with copy.open("ab") as file:
        file.write(gzip.compress(archives.page(3)))
    assert ingest(copy).stored == 1


def test_another_archive_with_the_same_beginning_is_read_whole(tmp_path, ingest):
    info = archives.info()
    one = archives.write(tmp_path / "one", [info, archives.page(1), archives.page(2)], is_gzip=False)
    other = archives.write(tmp_path / "other", [info, archives.page(3), archives.page(4)], is_gzip=False)
    assert ingest(one).stored == 2
    assert ingest(other).stored == 2


def test_a_cut_archive_goes_on_when_the_rest_has_come(tmp_path, ingest, rows):
    path = archives.write(tmp_path / "a", [archives.info(), *map(archives.page, range(4))])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 3 // 4])
    report = ingest(path)
    assert (report.stored, report.dropped) == (2, {"archive-cut": 1})
    [refusal] = report.refusals
    offset = report.archives[0].read_to
    assert f"at byte {offset}" in refusal.error
    assert [row.url for row in rows(refusals.c.url)] == [f"{path.as_uri()}#byte={offset}"]
    path.write_bytes(whole)
    assert (ingest(path).stored, len(rows(versions.c.id))) == (2, 4)


def test_a_broken_place_is_named_and_the_rest_is_stored(tmp_path, ingest):
    members = [gzip.compress(archives.page(number)) for number in range(3)]
    path = tmp_path / "a"
    path.write_bytes(members[0] + random.Random(1).randbytes(2_000) + members[1] + members[2])
    report = ingest(path)
    assert (report.stored, report.dropped) == (3, {"archive-damaged": 1})
    assert f"at byte {len(members[0])}" in report.refusals[0].error


def test_a_part_of_a_page_is_marked(tmp_path, ingest, rows):
    path = archives.write(
        tmp_path / "a", [archives.page(1, warc={"WARC-Truncated": "length"}), archives.page(2)]
    )
    ingest(path)
    assert ["partial" in row.warnings for row in rows(versions.c.warnings)] == [True, False]


def test_a_refused_page_is_named_with_its_address_and_only_the_first_are_named(tmp_path, ingest, monkeypatch):
    monkeypatch.setattr("spiders.ingest.MOST_NAMED", 2)
    empty = [archives.response(f"{archives.HOST}/{number}", b"<html></html>") for number in range(3)]
    report = ingest(archives.write(tmp_path / "a", empty))
    assert (report.refused, len(report.refusals)) == (3, 2)
    assert f"{archives.HOST}/0" in report.refusals[0].path


def test_an_archive_that_cannot_be_read_is_named(tmp_path, ingest, monkeypatch):
    path = archives.write(tmp_path / "a", [archives.page(1)])
    monkeypatch.setattr("spiders.ingest.is_archive", lambda _path: True)  # it was one a moment ago
    (tmp_path / "folder").mkdir()
    monkeypatch.setattr("spiders.ingest.list_files", lambda _paths: [tmp_path / "folder", path])
    report = ingest(path)
    assert (report.stored, report.dropped) == (1, {"unreadable": 1})


INGEST = """
import sys
from pathlib import Path
from copytaster.store.engine import Store
from settings import Settings
from spiders.ingest import ingest_paths
import spiders.ingest
spiders.ingest.BATCH = 5
settings = Settings(data_dir=Path(sys.argv[2]))
ingest_paths([Path(sys.argv[1])], store=Store(settings.store_url), settings=settings,
             progress=lambda done, total: print(done, flush=True))
"""
PAGES = 60
KILLS = 5


@pytest.mark.parametrize("is_gzip", [True, False])
def test_killed_at_any_moment_it_loses_and_doubles_nothing(tmp_path, is_gzip):
    pages = [
        archives.page(number % PAGES, "first" if number < PAGES else "second") for number in range(2 * PAGES)
    ]
    path = archives.write(tmp_path / "a", [archives.info(), *pages], is_gzip=is_gzip)
    data = tmp_path / "data"
    chance = random.Random(5)
    killed = 0
    command = [sys.executable, "-c", INGEST, path, data]
    for _ in range(KILLS):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            for _ in range(chance.randint(1, 3)):  # a batch later it is within the next one
                child.stdout.readline()
            child.send_signal(signal.SIGKILL)
        killed += child.returncode == -signal.SIGKILL
    assert killed == KILLS
    subprocess.run(command, check=True, capture_output=True)
    store = Store(Settings(data_dir=data).store_url)
    with store.read() as connection:
        counts = connection.execute(
            select(func.count(), func.max(versions.c.number)).group_by(versions.c.story_id)
        ).all()
    store.close()
    # A page that was read again would follow its second version as a third one.
    assert [tuple(row) for row in counts] == [(2, 2)] * PAGES


def test_without_the_place_the_count_of_versions_shows_what_was_read_again(
    tmp_path, ingest, rows, monkeypatch
):
    monkeypatch.setattr("spiders.ingest.keep_archive_position", lambda *_: None)
    path = archives.write(tmp_path / "a", [archives.info(), archives.page(1), archives.page(1, "second")])
    ingest(path)
    ingest(path)
    assert max(row.number for row in rows(versions.c.number)) > 2


@pytest.mark.parametrize("kind", ["text/html", "text/plain", UNNAMED_TYPE])
def test_an_archive_that_comes_another_way_is_no_story(kind):
    page = RawPage("file:///drop/a", archives.page(1), datetime.now(UTC), 200, (("Content-Type", kind),))
    with pytest.raises(UnparsableError, match="web archive") as caught:
        parse(page, ParseContext())
    assert caught.value.reason == "unknown-format"
    assert "copytaster ingest" in caught.value.hint


READ_BOUNDED = """
import resource, sys
from pathlib import Path
from spiders.archive_pages import ArchivePages
pages = 0
for part in ArchivePages(max_bytes=10_000_000).read(Path(sys.argv[1])):
    pages += part.page is not None
    if pages == 100:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(pages, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_twenty_thousand_records_take_no_more_memory_than_a_hundred(tmp_path):
    record = gzip.compress(archives.page(1))
    path = tmp_path / "a"
    with path.open("wb") as file:
        file.writelines(record for _ in range(20_000))
    done = subprocess.run(
        [sys.executable, "-c", READ_BOUNDED, path], capture_output=True, text=True, check=True
    )
    pages, grown_kib = map(int, done.stdout.split())
    assert pages == 20_000
    assert grown_kib < 4_000
