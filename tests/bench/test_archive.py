"""The archive that the bench writes holds pages that the product reads."""

from bench.archive import find_address, find_headline, write_archive
from bench.archive_shapes import SHAPES
from spiders.archive_pages import ArchivePages
from spiders.parsing import parse


def test_each_record_is_a_page_with_its_story(tmp_path):
    path = tmp_path / "made.warc.gz"
    count = len(SHAPES)
    assert write_archive(path, count) == 1  # a record of a picture, which is skipped
    parts = [part for part in ArchivePages(max_bytes=10_000_000).read(path) if part.page]
    stories = [parse(part.page, part.context) for part in parts]
    assert [story.headline for story in stories] == [find_headline(number) for number in range(count)]
    assert [story.url for story in stories] == [find_address(number) for number in range(count)]
    assert all("Earlier report" not in story.body and "reader" not in story.body for story in stories)
    assert all(len(story.body.split()) > 300 for story in stories)
    assert all(story.published_at.date().isoformat() == "2026-03-01" for story in stories)
