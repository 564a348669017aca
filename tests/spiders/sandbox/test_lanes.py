"""Sources that burn their time work in a lane of their own; the others keep their workers."""

import asyncio

import pytest

from copytaster.errors import UnparsableError
from spiders.feeds import parse_feed
from spiders.feeds.discovery import read_front_page
from spiders.parsing import ParseContext
from spiders.sandbox.jobs import feed_job, front_page_job, page_job, robots_job
from spiders.sandbox.lanes import Lanes
from tests.spiders.conftest import rss
from tests.spiders.sandbox.test_pool import GOOD, HOSTILE, page

BURNER = page(HOSTILE["depth 200,000"])  # more than a second of processor time
CPU_S = 1.0  # a quick worker stops after a tenth of it


@pytest.fixture
def lanes():
    made = Lanes(1, cpu_s=CPU_S, memory_bytes=256_000_000)
    yield made
    made.close()


async def parse(lanes, what, source, ended=None):
    try:
        story = await lanes.do(page_job(what, ParseContext()), source)
    except UnparsableError as error:
        found = error.reason
    else:
        found = story.headline
    if ended is not None:
        ended.append(source)
    return found


def test_burnt_budgets_leave_the_quick_worker_to_the_others(lanes):
    """Thirty good pages wait behind five burners: all of them end before the last burner has burnt its whole budget."""
    ended = []

    async def crawl():
        burners = [parse(lanes, BURNER, f"burner-{number}", ended) for number in range(5)]
        good = [parse(lanes, page(GOOD), f"good-{number}", ended) for number in range(30)]
        return await asyncio.gather(*burners, *good)

    found = asyncio.run(crawl())
    assert found == ["took-too-long"] * 5 + ["Committee agrees to meet again"] * 30
    last_good = max(place for place, source in enumerate(ended) if source.startswith("good"))
    assert sum(source.startswith("burner") for source in ended[last_good:]) >= 2
    assert dict(lanes.burnt) == {f"burner-{number}": 1 for number in range(5)}
    assert all(lanes.is_slow(f"burner-{number}") for number in range(5))
    assert not any(lanes.is_slow(f"good-{number}") for number in range(30))


def test_a_source_in_the_slow_lane_never_comes_to_a_quick_worker():
    lanes = Lanes(1, cpu_s=CPU_S, memory_bytes=256_000_000, slow={"burner"})
    quick = []
    lanes._quick.do = lambda job, *, cpu_s: quick.append(job.about)
    assert asyncio.run(parse(lanes, BURNER, "burner")) == "took-too-long"
    lanes.close()
    assert quick == []


def test_the_slow_lane_gives_a_heavy_page_its_whole_time():
    """0.02 s are not enough for a page that 60 s are enough for: it gives its story, and its source is slow."""
    lanes = Lanes(1, cpu_s=60.0, memory_bytes=512_000_000)
    quick = lanes._quick.do
    lanes._quick.do = lambda job, *, cpu_s: quick(job, cpu_s=0.02)
    heavy = page(GOOD.replace(b"</body>", b"<p>A word. </p>" * 20_000 + b"</body>"))
    assert asyncio.run(parse(lanes, heavy, "heavy")) == "Committee agrees to meet again"
    lanes.close()
    assert lanes.is_slow("heavy")
    assert not lanes.burnt


def test_a_feed_crosses_over_as_it_is_read_here(lanes):
    body = rss("http://pier.example", ["/a", {"path": "/b", "source": "Northlight"}]).encode()
    job = feed_job(body, url="http://pier.example/feed", content_type=None, max_entries=10)
    feed = asyncio.run(lanes.do(job, "pier"))
    assert feed == parse_feed(body, url="http://pier.example/feed", max_entries=10)


def test_the_refusal_of_a_feed_crosses_over(lanes):
    job = feed_job(b"<html></html>", url="http://pier.example/feed", content_type=None, max_entries=10)
    with pytest.raises(UnparsableError) as caught:
        asyncio.run(lanes.do(job, "pier"))
    assert caught.value.reason == "not-a-feed"
    assert "source probe" in caught.value.hint


def test_the_feeds_of_a_page_cross_over(lanes):
    html = b"<meta property='og:site_name' content='Pier Post'><link rel=alternate type='application/rss+xml' href=/rss>"
    found = asyncio.run(lanes.do(front_page_job(html, url="http://pier.example/"), "pier"))
    assert found == read_front_page(html, "http://pier.example/")
    assert (found.feeds[0].url, found.site_name) == ("http://pier.example/rss", "Pier Post")


def test_the_rules_of_a_robots_txt_cross_over(lanes):
    body = b"User-agent: *\nDisallow: /private\n\nUser-agent: other\nDisallow: /\n"
    kept = asyncio.run(
        lanes.do(robots_job(body, "copytaster/0.1", url="http://pier.example/robots.txt"), "pier")
    )
    assert kept == "User-agent: *\nDisallow: /private"
