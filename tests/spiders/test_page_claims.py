"""What a feed said of a page is kept with it: whoever parses the page again reads the same story."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from copytaster.identity import content_digest
from copytaster.store.engine import Store
from copytaster.store.raw_pages import read_raw_page
from copytaster.store.tables import versions
from copytaster.values import RawPage
from spiders.page_context import CLAIMS, has_claims, note_claims, stored_context
from spiders.parsing.context import ParseContext
from spiders.parsing.formats import parse
from spiders.publishers import Publishers
from spiders.sources.config import read_sources

PAGE = RawPage("https://post.example/a", b"<html>", datetime(2026, 11, 20, tzinfo=UTC), 200, (("etag", "1"),))
AT = datetime(2026, 11, 20, 8, 15, tzinfo=timezone(timedelta(hours=1)))
CONTEXTS = {
    "nothing": ParseContext(),
    "a date with its zone": ParseContext(published_at=AT),
    "a date that had no zone": ParseContext(published_at=AT, published_zone=None),
    "a date converted before": ParseContext(published_at=AT, published_zone="+03:00"),
    "title and authors": ParseContext(feed_title="Ferry „late“", feed_byline=("Ada", "Bob")),
    "an address": ParseContext(url="https://post.example/b"),
}


@pytest.fixture
def read_page(crawl_settings):
    """A kept page of the crawl."""
    opened = Store(crawl_settings().store_url)

    def read(number):
        with opened.read() as connection:
            return read_raw_page(connection, number)

    yield read
    opened.close()


@pytest.mark.parametrize("context", CONTEXTS.values(), ids=CONTEXTS.keys())
def test_claims_come_back_as_they_were(context):
    kept = note_claims(PAGE, context)
    assert has_claims(kept)
    assert not has_claims(PAGE)
    assert stored_context(kept, Publishers([]), None)[0] == context
    assert kept.headers[0] == ("etag", "1")


@pytest.mark.parametrize("sent", ["[]", "no json", '{"published_at": 5}', '{"published_at": "soon"}', "5"])
def test_a_header_that_a_server_sends_is_no_claim(sent):
    page = replace(PAGE, headers=((CLAIMS, sent), (CLAIMS.lower(), sent)))
    assert stored_context(page, Publishers([]), None)[0] == ParseContext()
    assert stored_context(note_claims(page, CONTEXTS["an address"]), Publishers([]), None)[0].url
    assert len(note_claims(page, ParseContext()).headers) == 1


def test_a_page_that_is_parsed_again_gives_the_version_that_was_stored(
    publisher, collect, rows, write_sources, read_page
):
    """Its date is in the feed alone; without the claims the second reading would lose it."""
    publisher.put_page("/a", "Harbour board widens basin", headers={CLAIMS: '{"title": "forged"}'})
    publisher.put_feed("/feed", [{"path": "/a", "title": "Harbour board widens basin"}])
    collect(town=publisher.base + "/feed")
    ((raw_page_id, published_at, digest),) = rows(
        versions.c.raw_page_id, versions.c.published_at, versions.c.digest
    )
    assert published_at is not None
    page = read_page(raw_page_id)
    sources = read_sources(write_sources(town=publisher.base + "/feed"))
    context, _ = stored_context(page, Publishers(sources), sources.get("town"))
    story = parse(page, context)
    assert (content_digest(story), story.published_at) == (digest, published_at)
    bare = parse(page, replace(context, published_at=None))
    assert bare.published_at != published_at
