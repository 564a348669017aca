"""Sitemaps, as they are found: namespaces missing, prefixes odd, other elements between, cut off."""

from datetime import UTC, datetime

import pytest

from copytaster.errors import UnparsableError
from spiders.feeds import FeedPart, ParsedFeed, parse_feed

NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
SITE = "https://quay.example"
AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def read(text: str | bytes, max_entries: int = 1000) -> ParsedFeed:
    body = text.encode() if isinstance(text, str) else text
    return parse_feed(body, url=f"{SITE}/news.xml", max_entries=max_entries)


def news(
    prefix: str = "news:", root: str = f' xmlns:news="{NEWS}"', title: str = "Harbour dredging starts"
) -> str:
    return (
        f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"{root}><url>'
        f"<loc>{SITE}/a?id=1&amp;x=2</loc><{prefix}news><{prefix}publication><{prefix}name>Quay Courier</{prefix}name>"
        f"<{prefix}language>de</{prefix}language></{prefix}publication>"
        f"<{prefix}publication_date>2026-11-20T09:00:00+01:00</{prefix}publication_date>"
        f"<{prefix}title>{title}</{prefix}title></{prefix}news></url></urlset>"
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(news(), id="as the standard says"),
        pytest.param(news(root=""), id="prefix not declared"),
        pytest.param(news(prefix="n:", root=f' xmlns:n="{NEWS}"'), id="another prefix"),
        pytest.param(news(root=' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9 \n"'), id="blanks"),
        pytest.param(news(prefix="", root=""), id="no prefix"),
        pytest.param(news().replace("urlset", "sm:urlset").replace("<url>", "<sm:url>").replace("</url>", "</sm:url>"),
                     id="prefixed root, undeclared"),
        pytest.param(news().replace("&amp;x", "&x"), id="bare ampersand"),
        pytest.param("\ufeff\n" + news().replace('<?xml version="1.0"?>', "<!-- made by us --><!DOCTYPE urlset>"),
                     id="mark, comment and doctype first"),
        pytest.param(news(title="<![CDATA[Harbour dredging starts]]>"), id="cdata"),
        pytest.param(news().replace("</news:news>", f"</news:news><image:image><image:loc>{SITE}/i.jpg</image:loc>"
                     "<image:title>Mud</image:title></image:image>"), id="image extension"),
    ],
)  # fmt: skip
def test_a_news_sitemap_gives_title_moment_language_and_publisher(text: str) -> None:
    feed = read(text)
    assert feed.kind == "news-sitemap"
    (entry,) = feed.entries
    assert (entry.title, entry.url) == ("Harbour dredging starts", f"{SITE}/a?id=1&x=2")
    assert (entry.published, entry.published_zone) == (AT, "+01:00")
    assert (entry.language, entry.source_publisher) == ("de", "Quay Courier")
    assert (feed.partial, feed.lost) == (False, 0)


def test_lastmod_is_no_moment_of_publication_and_the_newest_come_first() -> None:
    pages = "".join(
        f"<url><loc>{SITE}/{day}</loc><lastmod>2026-11-{day}</lastmod></url>" for day in (18, 20, 19)
    )
    feed = read(f"<urlset>{pages}</urlset>", max_entries=2)
    assert feed.kind == "sitemap"
    assert [entry.url for entry in feed.entries] == [f"{SITE}/20", f"{SITE}/19"]
    assert [entry.published for entry in feed.entries] == [None, None]
    assert feed.problems == ("capped: 1 older of 3 addresses are left out",)
    assert not feed.partial


def test_an_index_names_its_sitemaps_with_their_moments() -> None:
    parts = (
        f"<sitemap><loc>{SITE}/a.xml</loc><lastmod>2026-11-20T09:00:00+01:00</lastmod></sitemap>"
        "<sitemap><loc>/b.xml.gz</loc></sitemap><sitemap><lastmod>2026-11-20</lastmod></sitemap>"
    )
    feed = read(f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{parts}</sitemapindex>")
    assert (feed.kind, feed.entries) == ("sitemap-index", ())
    assert feed.parts == (FeedPart(f"{SITE}/a.xml", AT), FeedPart(f"{SITE}/b.xml.gz"))


def test_of_a_sitemap_that_breaks_off_the_whole_entries_are_used() -> None:
    text = f"<urlset><url><loc>{SITE}/a</loc></url><url><loc>{SITE}/b</loc></url><url><loc>{SITE}/c"
    feed = read(text)
    assert [entry.url for entry in feed.entries] == [f"{SITE}/a", f"{SITE}/b"]
    assert feed.partial
    assert feed.problems[0].startswith("truncated")


@pytest.mark.parametrize(
    "robots", ["Sitemap: {}/n.xml", "\ufeffUser-agent: *\nDisallow:\nSITEMAP:{}/n.xml # news\n"]
)
def test_robots_txt_names_sitemaps(robots: str) -> None:
    feed = read(robots.format(SITE))
    assert (feed.kind, feed.parts) == ("robots", (FeedPart(f"{SITE}/n.xml"),))


def test_a_robots_txt_without_sitemaps_says_so() -> None:
    with pytest.raises(UnparsableError, match="names no sitemap"):
        read("# hello\nUser-agent: *\nDisallow: /private\n")


def test_a_text_with_one_address_a_line_is_a_sitemap() -> None:
    feed = read(f"{SITE}/a\n{SITE}/b\n")
    assert [entry.url for entry in feed.entries] == [f"{SITE}/a", f"{SITE}/b"]


def test_an_entity_is_not_followed_and_depth_is_bounded() -> None:
    bomb = '<!DOCTYPE urlset [<!ENTITY a "b"><!ENTITY f SYSTEM "file:///etc/hostname">]>'
    feed = read(f"{bomb}<urlset><url><loc>{SITE}/&f;</loc></url><url><loc>{SITE}/b</loc></url></urlset>")
    assert feed.entries[-1].url == f"{SITE}/b"
    assert all("hostname" not in str(entry.url) and "etc" not in str(entry.url) for entry in feed.entries)
    with pytest.raises(UnparsableError) as refused:
        read(f"<urlset>{'<a>' * 100}<url><loc>{SITE}/b</loc></url></urlset>")
    assert refused.value.reason == "too-complex"


def test_what_merely_mentions_a_sitemap_is_none() -> None:
    assert (
        read("<rss version='2.0'><channel><item><title>urlset, a sitemap</title></item></channel></rss>").kind
        == "rss20"
    )
    with pytest.raises(UnparsableError) as refused:
        read("<html><body><urlset></urlset></body></html>")
    assert refused.value.reason == "not-a-feed"
