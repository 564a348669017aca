"""A crawl knows which publishers have several channels: the page of a story that came by wire is a channel of it."""

from datetime import UTC, datetime

import pytest

from copytaster.store.engine import Store
from copytaster.store.intake import keep_story
from copytaster.store.tables import stories, story_channels, versions
from copytaster.values import ParsedStory, RawPage, WireRecord
from spiders.parsing import ParseContext, parse
from tests.spiders.conftest import page

BLOCK = '[[source]]\nname = "{name}"\npublisher = "{publisher}"\nkind = "{kind}"\nurl = "{url}"\ninterval = "15m"\n'


@pytest.mark.parametrize(("owner", "count"), [("Harbour Agency", 1), ("Quay Agency", 2)])
def test_a_page_of_wire_copy_is_a_channel_of_its_story(
    publisher, forker, crawl_settings, rows, tmp_path, owner, count
):
    html = page("Harbour board widens basin", "first")
    publisher.put_feed("/feed", ["/a"])
    publisher.put("/a", html)
    config = tmp_path / "sources.toml"
    config.write_text(
        BLOCK.format(name="town", publisher="Harbour Agency", kind="feed", url=publisher.base + "/feed")
        + BLOCK.format(name="drop", publisher=owner, kind="folder", url=tmp_path / "in").replace(
            'interval = "15m"\n', ""
        )
    )
    settings = crawl_settings()
    store = Store(settings.store_url)
    raw = RawPage(
        "file:///in/1.json",
        html.encode(),
        datetime(2026, 3, 1, tzinfo=UTC),
        headers=(("Content-Type", "text/html"),),
    )
    body = parse(raw, ParseContext()).body
    wire = ParsedStory(
        "Harbour board widens basin", body, "Harbour Agency", raw.url, wire_id="urn:1",
        extractor="wire-format", wire=WireRecord("ninjs 2.1", guid="urn:1", version="1"),
    )  # fmt: skip
    with store.write() as connection:
        keep_story(connection, page=raw, story=wire, source="drop", channel="folder", folds=True)
    store.close()
    forker.crawl(["town"], config=config, settings=settings)
    assert len(rows(stories.c.id)) == count
    assert len(rows(story_channels.c.source)) == 2 - count
    if count == 1:
        assert rows(story_channels.c.source, story_channels.c.channel) == [("town", "feed")]
        assert len(rows(versions.c.id)) == 1
