"""Articles over several pages in a web archive: one story, wherever the records of its pages are."""

import random
from typing import NamedTuple

import pytest

from copytaster.store.tables import stories, versions
from spiders.parsing.following import list_first
from tests import archives


class Row(NamedTuple):
    url: str
    body: str
    warnings: list[str]


SITE = f"{archives.HOST}/n/harbour-basin-widened"
SHAPES = {
    "query": lambda number: SITE if number == 1 else f"{SITE}?page={number}",
    "path": lambda number: f"{SITE}/" if number == 1 else f"{SITE}/{number}/",
    "file": lambda number: f"{SITE}.html" if number == 1 else f"{SITE}-{number}.html",
    "from one": lambda number: f"{SITE}?page={number}",
}
TEXTS = [
    [
        f"Paragraph {at} of part {part} says that the {word} board met and agreed to widen its basin by {part * 7 + at} metres."
        for at in range(4)
    ]
    for part, word in enumerate(("harbour", "market", "railway"), 1)
]


def record(shape, number, last=3, headline="Harbour basin widened"):
    address = SHAPES[shape]
    link = f"<a href='{address(number + 1)}'>Next page</a>" if number < last else ""
    text = "".join(f"<p>{line}</p>" for line in TEXTS[number - 1])
    body = (
        f"<!doctype html><html lang=en><head><title>{headline}</title></head><body><article><h1>{headline}</h1>{text}"
        f"</article><p>Page {number} of {last}</p>{link}</body></html>"
    )
    return archives.response(address(number), body.encode())


def whole():
    return "\n\n".join(line for text in TEXTS for line in text)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_the_pages_are_one_story_in_any_order(tmp_path, ingest, rows, shape, order):
    records = [archives.info(), *(record(shape, number) for number in order)]
    for at in (1, 3):
        records.insert(at, archives.page(at))
    report = ingest(archives.write(tmp_path / "a.warc.gz", records))
    assert (report.found, report.stored, report.joined, report.refused) == (3, 3, 2, 0)
    found = {row.url: (row.body, row.warnings) for row in _bodies(rows)}
    body, warnings = found[SHAPES[shape](1)]
    assert body == whole()
    assert "partial" not in warnings


def test_a_page_that_the_archive_lacks_makes_a_part_with_the_reason(tmp_path, ingest, rows):
    report = ingest(archives.write(tmp_path / "a", [record("query", 3), record("query", 1)]))
    assert (report.stored, report.joined) == (2, 0)
    found = {row.url: row.warnings for row in _bodies(rows)}
    assert {"partial", "page-2-not-archived"} <= set(found[SITE])
    assert "partial" in found[f"{SITE}?page=3"]


def test_pages_of_other_stories_at_numbered_addresses_stay_stories(tmp_path, ingest, rows):
    records = [record("query", 1, last=1), archives.response(f"{SITE}?page=2", archives.html(8))]
    report = ingest(archives.write(tmp_path / "a", [*records, *map(archives.page, range(1, 6))]))
    assert (report.stored, report.joined) == (7, 0)


def test_an_ingest_that_goes_on_within_an_article_joins_it_all_the_same(tmp_path, ingest, rows):
    records = [archives.page(1), record("path", 3), archives.page(2), record("path", 1), record("path", 2)]
    path = archives.write(tmp_path / "a", records[:3])
    assert ingest(path).stored == 3
    path.write_bytes(path.read_bytes() + archives.write(tmp_path / "b", records[3:]).read_bytes())
    report = ingest(path)
    assert (report.stored, report.joined) == (1, 1)
    assert whole() in {row.body for row in _bodies(rows)}


def test_an_archive_of_one_gzip_member_is_read_too(tmp_path, ingest, rows):
    records = [record("file", number) for number in random.Random(4).sample((1, 2, 3), 3)]
    path = tmp_path / "one.warc.gz"
    path.write_bytes(archives.gzip.compress(b"".join(records)))
    assert ingest(path).joined == 2
    assert [row.body for row in _bodies(rows)] == [whole()]


@pytest.mark.parametrize("url", [SITE, f"{SITE}?id=4711", f"{archives.HOST}/2", "http://[", f"{SITE}-4711"])
def test_an_address_without_a_pages_number_follows_none(url):
    assert list_first(url) == []


def _bodies(rows):
    found = rows(versions.c.story_id, versions.c.body, versions.c.warnings)
    urls = {row.id: row.url for row in rows(stories.c.id, stories.c.url)}
    return [Row(urls[row.story_id], row.body, row.warnings) for row in found]
