import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from copytaster.errors import NotFoundError, UnparsableError
from copytaster.store.tables import entries, raw_pages, refusals, stories, versions
from spiders.files import list_files, read_file

TEXT = "Ferry fares to rise in spring\n\nPORT MERRIT, March 3 (Reuters) - " + " ".join(
    f"Paragraph word {number} of the ferry story told at length." for number in range(20)
)


def page(headline, words):
    paragraphs = "".join(
        f"<p>Paragraph {number} of the {words} edition says that the board met on the {words} day, as it does "
        f"every week, and agreed to widen the {words} basin.</p>"
        for number in range(4)
    )
    return f"<html lang='en'><head><title>{headline}</title></head><body><article><h1>{headline}</h1>{paragraphs}"


CANONICAL = "<link rel='canonical' href='https://gazette.example/harbour/basin'>"


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "pages"
    (made / "deep").mkdir(parents=True)
    (made / "a.html").write_text(page("Harbour board widens basin", "first"))
    (made / "b.html.gz").write_bytes(gzip.compress(page("Mayor opens pier", "second").encode()))
    (made / "deep" / "c.txt").write_text(TEXT)
    (made / "list.tsv").write_text("id\turl\n1\t2\n")
    (made / "bundle.zip").write_bytes(b"PK\x03\x04" + bytes(50))
    (made / "broken.html.gz").write_bytes(b"\x1f\x8b\x08\x00 no gzip")
    (made / ".hidden.html").write_text(page("Hidden", "hidden"))
    return made


def test_a_folder_is_taken_in_file_by_file(folder, ingest, rows):
    seen = []
    report = ingest(folder, progress=lambda done, total: seen.append((done, total)))
    assert (report.found, report.stored, report.unchanged) == (6, 3, 0)
    assert report.dropped == {"unknown-format": 2, "undecodable": 1}
    assert [refusal.path.rpartition("/")[2] for refusal in report.refusals] == [
        "broken.html.gz", "bundle.zip", "list.tsv",
    ]  # fmt: skip
    assert seen == [(6, 6)]
    assert {row.headline for row in rows(versions.c.headline)} == {
        "Harbour board widens basin", "Mayor opens pier", "Ferry fares to rise in spring",
    }  # fmt: skip
    assert {row.channel for row in rows(stories.c.channel)} == {"archive"}
    kept = {
        (row.reason, row.raw_page_id is not None) for row in rows(refusals.c.reason, refusals.c.raw_page_id)
    }
    assert kept == {("undecodable", False), ("unknown-format", True)}  # with its bytes, for replay


@pytest.fixture
def count(store):
    def of(table):
        with store.read() as connection:
            return connection.scalar(select(func.count()).select_from(table))

    return of


def test_the_second_time_everything_is_unchanged(folder, ingest, count):
    ingest(folder)
    before = [count(table) for table in (versions, stories, raw_pages, refusals)]
    report = ingest(folder)
    assert (report.stored, report.unchanged) == (0, 3)
    assert [count(table) for table in (versions, stories, raw_pages, refusals)] == before


def test_a_changed_file_is_a_new_version_of_its_story(tmp_path, ingest, rows):
    path = tmp_path / "a.html"
    for words in ("first", "second", "third", "third"):
        path.write_text(page("Same", words))
        ingest(path)
    assert [row.number for row in rows(versions.c.number)] == [1, 2, 3]


def test_a_page_is_known_by_its_canonical_address_wherever_the_file_lies(tmp_path, ingest, rows):
    html = page("Same", "first").replace("<head>", "<head>" + CANONICAL)
    for name in ("one.html", "two.html"):
        (tmp_path / name).write_text(html)
    report = ingest(tmp_path / "one.html", tmp_path / "two.html")
    assert (report.stored, report.unchanged) == (1, 1)
    assert [row.url for row in rows(stories.c.url)] == ["https://gazette.example/harbour/basin"]


def test_address_and_date_may_be_given(tmp_path, ingest, rows):
    path = tmp_path / "ferry.txt"
    path.write_text(TEXT)
    moment = datetime(2021, 3, 3, 9, tzinfo=UTC)
    ingest(path, url="https://gazette.example/ferry", published=moment)
    assert [row.url for row in rows(stories.c.url)] == ["https://gazette.example/ferry"]
    assert [row.published_at for row in rows(versions.c.published_at)] == [moment]


def test_a_batch_tells_of_its_new_versions_once_and_only_of_those(folder, ingest):
    told = []
    ingest(folder, on_stored=lambda: told.append(1))
    ingest(folder, on_stored=lambda: told.append(1))
    assert told == [1]


def test_a_path_that_is_not_there_stops_before_anything_is_stored(folder, ingest, rows):
    with pytest.raises(NotFoundError):
        ingest(folder, folder / "none.html")
    assert rows(versions.c.id) == []
    assert rows(entries.c.entry) == []


def test_hidden_files_only_where_they_are_named(folder):
    assert [path.name for path in list_files([folder, folder / ".hidden.html"])] == [
        "a.html", "b.html.gz", "broken.html.gz", "bundle.zip", "c.txt", "list.tsv", ".hidden.html",
    ]  # fmt: skip


def test_a_link_is_followed_only_inside_its_folder(tmp_path):
    folder, outside = tmp_path / "spool", tmp_path / "secret.txt"
    (folder / "real").mkdir(parents=True)
    outside.write_text("root:x:0:0")
    (folder / "real" / "a.txt").write_text("copy")
    (folder / "b.txt").symlink_to("real/a.txt")
    (folder / "c.txt").symlink_to(outside)
    (folder / "d.txt").symlink_to("../secret.txt")
    (folder / "e").symlink_to(tmp_path)
    linked = tmp_path / "linked"
    linked.symlink_to(folder)
    with capture_logs() as said:
        assert [path.name for path in list_files([folder])] == ["b.txt", "a.txt"]
    assert [(one["count"], [Path(name).name for name in one["first"]]) for one in said] == [
        (3, ["c.txt", "d.txt", "e"])
    ]
    assert [path.name for path in list_files([linked])] == ["b.txt", "a.txt"]


def test_of_many_links_that_lead_out_the_first_are_named_and_all_counted(tmp_path):
    folder = tmp_path / "spool"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02}.txt").symlink_to(tmp_path.parent)
    with capture_logs() as said:
        assert list_files([folder]) == []
    (one,) = said
    assert (one["count"], len(one["first"]), Path(one["first"][0]).name) == (40, 5, "00.txt")


def test_a_gzip_file_of_many_parts_is_refused(tmp_path):
    path = tmp_path / "parts.html.gz"
    path.write_bytes(gzip.compress(b"<html>") + gzip.compress(b"ferry"))
    assert read_file(path, max_bytes=100_000).body == b"<html>ferry"
    path.write_bytes(gzip.compress(b"<html>") * 101)
    with pytest.raises(UnparsableError) as caught:
        read_file(path, max_bytes=100_000)
    assert caught.value.reason == "undecodable"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("big.html", b"x" * 101, "too-large"),
        ("bomb.html.gz", gzip.compress(bytes(10_000_000)), "too-large"),
        ("cut.html.gz", gzip.compress(b"some text", mtime=0)[:-4], "undecodable"),
    ],
)
def test_files_that_are_no_pages(tmp_path, name, content, reason):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnparsableError) as caught:
        read_file(path, max_bytes=100)
    assert caught.value.reason == reason


@pytest.mark.parametrize("name", ["page", "page.xyz", "page.html"])
def test_html_is_known_by_its_content_too(tmp_path, name):
    path = tmp_path / name
    path.write_text("<!DOCTYPE html><p>x")
    assert read_file(path, max_bytes=100).url == path.as_uri()


def test_a_file_named_in_another_way_is_the_same_story(tmp_path, ingest, count):
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "ferry.txt").write_text(TEXT)
    ingest(tmp_path / "copy" / "ferry.txt")
    again = ingest(tmp_path / "copy" / ".." / "copy" / "ferry.txt")
    assert (again.unchanged, again.stored) == (1, 0)
