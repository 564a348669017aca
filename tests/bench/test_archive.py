"""The archive that the bench writes holds pages that the product reads."""

from bench.archive import find_address, find_headline, write_page, write_record
from spiders.archive_pages import ArchivePages
from spiders.parsing import parse


def test_each_record_is_a_page_with_its_story(tmp_path):
    path = tmp_path / "made.warc"
    path.write_bytes(b"".join(write_record(find_address(number), write_page(number)) for number in range(3)))
    parts = [part for part in ArchivePages(max_bytes=10_000_000).read(path) if part.page]
    stories = [parse(part.page, part.context) for part in parts]
    assert [story.headline for story in stories] == [find_headline(number) for number in range(3)]
    assert [story.url for story in stories] == [find_address(number) for number in range(3)]
    assert all("Earlier report" not in story.body and len(story.body.split()) > 300 for story in stories)
