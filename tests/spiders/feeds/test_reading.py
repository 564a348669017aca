import html
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copytaster.errors import UnparsableError
from spiders.feeds import ParsedFeed, parse_feed

URL = "https://harbour.example/feeds/world.xml"
CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "feeds"


def read(text: str | bytes, content_type: str | None = None, max_entries: int = 10_000) -> ParsedFeed:
    body = text.encode() if isinstance(text, str) else text
    return parse_feed(body, url=URL, content_type=content_type, max_entries=max_entries)


def reason_of(text: str | bytes) -> str | None:
    try:
        read(text)
    except UnparsableError as error:
        return error.reason
    return None


def item(number: int, inside: str = "", *, title: str | None = None, guid: str | None = None) -> str:
    name = guid if guid is not None else f"<guid isPermaLink='false'>harbour:{number}</guid>"
    return (
        f"<item><title>{title or f'Ferry {number} is late'}</title><link>/world/{number}</link>{name}"
        f"<pubDate>Mon, 06 Sep 2021 1{number % 10}:00:00 +0200</pubDate>{inside}</item>"
    )


def rss(*items: str, head: str = "") -> str:
    return (
        "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>World - Harbour Post</title>"
        f"<link>https://harbour.example/</link><language>en-gb</language>{head}{''.join(items)}</channel></rss>"
    )


def titles(feed: ParsedFeed) -> list[str]:
    return [entry.title for entry in feed.entries]


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Harbour Post</title>
<link rel="self" href="https://harbour.example/atom"/><link rel="hub" href="https://hub.example/"/>
<link href="https://harbour.example/"/>
<entry><id>tag:harbour.example,2021:1</id><title type="html">Ferry &amp;amp; tug</title><link href="/world/1"/>
<updated>2021-09-06T10:00:00+02:00</updated><published>2021-09-06T09:00:00Z</published><author><name>Ida Holm</name></author>
<content type="html">&lt;p&gt;The ferry is late.&lt;/p&gt;</content><source><title>Northlight</title></source></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Harbour Post</title></channel>
<item rdf:about="https://harbour.example/world/1"><title>Ferry</title><link>https://harbour.example/world/1</link>
<dc:date>2021-09-06T10:00:00Z</dc:date></item></rdf:RDF>"""
RSS_091 = """<rss version="0.91"><channel><title>Harbour Post</title><item><title>Ferry</title>
<link>https://harbour.example/world/1</link></item></channel></rss>"""
JSON_11 = """{"version": "https://jsonfeed.org/version/1.1", "title": "Harbour Post", "language": "en",
"home_page_url": "https://harbour.example/", "items": [{"id": 1, "url": "/world/1", "title": "Ferry",
"date_published": "2021-09-06T10:00:00+02:00", "authors": [{"name": "Ida Holm"}], "content_html": "<p>Late.</p>"}]}"""
JSON_10 = JSON_11.replace("1.1", "1").replace(
    '"authors": [{"name": "Ida Holm"}]', '"author": {"name": "Ida Holm"}'
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (rss(item(1)), "rss20"),
        (ATOM, "atom10"),
        (RDF, "rss10"),
        (RSS_091, "rss091u"),
        (JSON_11, "json11"),
        (JSON_10, "json10"),
    ],
)
def test_every_format_gives_an_entry_with_an_absolute_address(text: str, kind: str) -> None:
    feed = read(text)
    assert feed.kind == kind
    assert [entry.url for entry in feed.entries] == ["https://harbour.example/world/1"]
    assert not feed.problems
    assert not feed.partial


def test_an_atom_entry_says_who_when_and_what() -> None:
    feed = read(ATOM)
    (entry,) = feed.entries
    assert (entry.title, entry.author, entry.source_publisher) == ("Ferry & tug", "Ida Holm", "Northlight")
    assert entry.published == datetime(2021, 9, 6, 9, tzinfo=UTC)
    assert entry.updated == datetime(2021, 9, 6, 8, tzinfo=UTC)
    assert (feed.self_url, feed.hub_url) == ("https://harbour.example/atom", "https://hub.example/")


@pytest.mark.parametrize("text", [JSON_10, JSON_11])
def test_a_json_entry_says_who_when_and_what(text: str) -> None:
    (entry,) = read(text).entries
    assert (entry.id, entry.author) == ("1", "Ida Holm")
    assert entry.published == datetime(2021, 9, 6, 8, tzinfo=UTC)


@pytest.mark.parametrize(("text", "content"), [(ATOM, "The ferry is late."), (JSON_11, "Late.")])
def test_another_content_is_another_digest(text: str, content: str) -> None:
    (entry,), (changed,) = read(text).entries, read(text.replace(content, "Sunk.")).entries
    assert (entry.key, entry.title) == (changed.key, changed.title)
    assert entry.digest != changed.digest


def test_an_rss_source_names_the_true_publisher_of_its_entry_only() -> None:
    feed = read(rss(item(1, "<source url='https://x.example/rss'>Northlight</source>"), item(2)))
    assert [entry.source_publisher for entry in feed.entries] == ["Northlight", None]


@pytest.mark.parametrize(
    ("guid", "link"),
    [
        ("<guid>https://harbour.example/p/1</guid>", "https://harbour.example/p/1"),
        ("<guid>4711</guid>", None),
        ("<guid isPermaLink='false'>https://harbour.example/p/1</guid>", None),
    ],
)
def test_an_id_is_the_link_only_where_it_is_an_address(guid: str, link: str | None) -> None:
    (entry,) = read(rss(f"<item><title>Ferry</title>{guid}</item>")).entries
    assert entry.url == link


def test_every_entry_keeps_its_own_title() -> None:
    feed = read(rss(*(item(number) for number in range(5))))
    assert titles(feed) == [f"Ferry {number} is late" for number in range(5)]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"Forbidden", "not-a-feed"),
        (b"<!DOCTYPE html><html><head><title>403</title></head></html>", "not-a-feed"),
        (b"<div>Access denied</div>", "not-a-feed"),
        (b"<?xml version='1.0'?><opml><body><outline xmlUrl='x'/></body></opml>", "not-a-feed"),
        (b'{"error": "no"}', "not-a-feed"),
        (b"[1, 2]", "not-a-feed"),
        (b"{not json", "not-a-feed"),
        (b"<rss><channel><title>cut", "broken"),
        (b"<rss><channel><item><title>cut", "broken"),
        (b"<rss", "not-a-feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items":' + b"[" * 100_000, "too-complex"),
        (b"<!DOCTYPE rss [" + b"<!ENTITY a 'x" * 50_000 + b"<rss/>", "too-complex"),
    ],
)
def test_what_is_no_feed_is_no_empty_feed(body: bytes, reason: str) -> None:
    with pytest.raises(UnparsableError) as caught:
        read(body)
    assert caught.value.reason == reason
    assert caught.value.resource == URL


def test_a_feed_without_entries_is_a_feed() -> None:
    feed = read(rss())
    assert (feed.entries, feed.partial, feed.title) == ((), False, "World - Harbour Post")


BREAKS = {
    "bare br": item(9, "<description>late<br>again</description>"),
    "bare ampersand": item(9, title="Tug & ferry"),
    "undeclared entity": item(9, title="Caf&eacute; by the sea"),
    "unknown entity": item(9, title="Tug &bogus; ferry"),
    "less than": item(9, "<description>3 < 4</description>"),
    "control character": item(9, title="Tug \x0b ferry"),
    "number of a control": item(9, title="Tug &#x0; ferry"),
    "undeclared prefix": item(9, "<media:thumbnail url='x'/>"),
    "unclosed paragraph": item(9, "<description><p>late</description>"),
    "many unclosed paragraphs": item(9, f"<description>{'<p>late' * 500}</description>"),
}


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS)
def test_a_mendable_entry_is_kept_with_all_others(broken: str) -> None:
    feed = read(rss(item(1), broken, item(2)))
    assert len(feed.entries) == 3
    assert titles(feed)[0::2] == ["Ferry 1 is late", "Ferry 2 is late"]
    assert feed.lost == 0


@pytest.mark.parametrize(
    ("given_title", "shown"),
    [
        ("Caf&eacute; &amp; bar", "Café & bar"),
        ("A &amp;amp; B", "A & B"),
        ("UPDATE 1-A: b - c", "UPDATE 1-A: b - c"),
        ("<![CDATA[It&#8217;s <b>late</b>]]>", "It’s late"),
        ("Quote &#146;x&#146;", "Quote ’x’"),
        ("  two\n lines ", "two lines"),
    ],
)
def test_titles_are_plain_text(given_title: str, shown: str) -> None:
    assert titles(read(rss(item(1, title=given_title)))) == [shown]


def test_a_hopeless_entry_is_counted_and_the_others_stay() -> None:
    feed = read(rss(item(1), f"<item><x>{'<a>' * 5_000}</x></item>", item(2)))
    assert titles(feed) == ["Ferry 1 is late", "Ferry 2 is late"]
    assert (feed.lost, feed.partial) == (1, True)
    assert "says-nothing: entry 2" in feed.problems


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_cut_anywhere_whole_entries_stay_and_nothing_else_appears(data: st.DataObject) -> None:
    whole = rss(
        *(item(number, f"<description>Text {number} &amp; more.</description>") for number in range(6))
    )
    cut = data.draw(st.integers(0, len(whole) - 1))
    expected = [f"Ferry {number} is late" for number in range(whole[:cut].count("</item"))]
    try:
        feed = read(whole[:cut])
    except UnparsableError:
        assert not expected
        return
    assert titles(feed) == expected
    assert feed.partial


@given(st.binary(max_size=300))
def test_any_bytes_give_a_feed_or_a_named_reason(body: bytes) -> None:
    for raw in (body, b"<rss><channel><item>" + body, rss(item(1)).encode() + body, b'{"items": [' + body):
        assert reason_of(raw) in {None, "empty", "not-a-feed", "broken", "too-complex"}


def test_a_cut_json_feed_keeps_its_whole_items() -> None:
    head = '{"version": "https://jsonfeed.org/version/1.1", "title": "Harbour", "items": ['
    feed = read(f'{head}{{"id": "1", "title": "Ferry"}}, {{"id": "2", "title": "Tug"}}, {{"id": "3", "ti')
    assert (titles(feed), feed.title, feed.partial) == (["Ferry", "Tug"], "Harbour", True)


def test_more_entries_than_allowed_are_left_out_aloud() -> None:
    feed = read(rss(*(item(number) for number in range(9))), max_entries=4)
    assert len(feed.entries) == 4
    assert not feed.partial  # left out on purpose; nothing broke
    assert feed.problems == ("too-many: entries from 5 on are left out",)


@pytest.mark.parametrize("size", [1, 100])
def test_a_server_warning_before_the_feed_is_forgiven(size: int) -> None:
    assert len(read("<br />\n<b>Warning</b>: x.php" * size + rss(item(1))).entries) == 1


HOSTILE = {
    "nested in an entry": rss(item(1), item(2, "<a>" * 200_000), item(3)),
    "nested beside entries": rss("<a>" * 100_000 + "</a>" * 100_000, item(1)),
    "nested root": "<rss>" + "<a>" * 200_000,
    "attributes": rss(item(1), item(2, "<x " + " ".join(f"a{i}='1'" for i in range(40_000)) + "/>")),
    "prefixes": rss(item(1), "".join(f"<p{i}:x/>" for i in range(50_000))),
    "entity bomb": "<!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'>"
    + "".join(f"<!ENTITY b{i} '{(f'&b{i - 1};' if i else '&a;') * 10}'>" for i in range(12))
    + "]>"
    + rss(item(1, title="&b11;")),
    "dtd of comments": "<!DOCTYPE r [" + "<!--" * 100_000 + rss(item(1)),
    "open cdata": rss(item(1), item(2, "<![CDATA[" * 200_000)),
    "less-than signs": "<" * 1_000_000,
    "ampersands": rss(item(1), "&" * 1_000_000),
    "open entries": "<rss>" + "<item>x" * 50_000,
    "long date": rss(item(1), item(2, f"<pubDate>{'1 ' * 100_000}</pubDate>")),
    "long address": rss(item(1, f"<link>https://x.example/?{'&amp;a' * 200_000}</link>")),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_feeds_cost_little(text: str) -> None:
    start = time.process_time()
    assert reason_of(text) in {None, "broken", "too-complex", "not-a-feed"}
    assert time.process_time() - start < 3.0


def test_no_foreign_file_is_read_and_no_entity_expands() -> None:
    text = "<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" + rss(item(1, title="a&x;b"))
    assert titles(read(text)) == ["a&x;b"]


@pytest.mark.corpus
def test_real_feeds_give_entries_or_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    if not CORPUS.is_dir():
        pytest.skip(f"no real feeds beside the checkout ({CORPUS.name})")
    rows = [line.split("\t") for line in (CORPUS.parent / "feeds.tsv").read_text("utf-8").splitlines()[1:]]
    same = fewer = reasons = 0
    for name, _kind, _version, count, *_ in rows:
        start = time.process_time()
        try:
            found = len(read((CORPUS / name).read_bytes()).entries)
        except UnparsableError:
            reasons += 1
        else:
            same += found == int(count)
            fewer += found < int(count)
        assert time.process_time() - start < 5
    with capsys.disabled():
        print(  # noqa: T201
            f"\nfeeds: {len(rows)} files, entries as the second opinion {same}, fewer {fewer}, no feed {reasons}"
        )
    assert same + fewer + reasons >= len(rows) * 0.95


ODDLY_WRAPPED = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>Quay</title><id>q</id><entry><title>Lock shut</title><id>1</id>'
    '<link href="https://quay.example/1"/><updated>2026-11-20T09:00:00Z</updated></entry></feed>'
)


@pytest.mark.parametrize(
    "text",
    [
        ODDLY_WRAPPED,
        ODDLY_WRAPPED.replace("2005/Atom", "2005/Atom\n"),
        ODDLY_WRAPPED.replace('"http://www', '"\n  http://www'),
        f'<html xmlns="http://www.w3.org/1999/xhtml"><body><div>{ODDLY_WRAPPED}</div></body></html>',
    ],
)
def test_a_feed_in_odd_wrapping_is_read(text):
    feed = parse_feed(text.encode(), url="https://quay.example/feed")
    assert [(one.title, one.url) for one in feed.entries] == [("Lock shut", "https://quay.example/1")]
    assert feed.entries[0].published is not None
    assert not feed.partial


@pytest.mark.parametrize(("titles", "kept"), [(4, 4), (3, 3), (1, 1)])
def test_items_of_one_id_and_link_under_different_titles_are_kept(titles, kept):
    items = "".join(
        f"<item><title>Report {number % titles}</title><guid>1</guid><link>https://quay.example/1</link></item>"
        for number in range(4)
    )
    feed = parse_feed(
        f"<rss version='2.0'><channel>{items}</channel></rss>".encode(), url="https://quay.example/f"
    )
    assert len(feed.entries) == kept


def test_a_feed_that_a_page_shows_as_text_is_read():
    shown = html.escape(
        '<rss version="2.0"><channel><title>Post</title><item><title>Lock &amp; weir shut</title>'
        "<link>https://post.example/1</link></item></channel></rss>"
    )
    feed = parse_feed(
        f"<html><body><pre>\n{shown}</pre></body></html>".encode(), url="https://post.example/feed"
    )
    assert [one.title for one in feed.entries] == ["Lock & weir shut"]
