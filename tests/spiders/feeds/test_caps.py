"""What makes a feed expensive is cut, counted and named; no entry is lost, and nothing is cut from a usual feed."""

from collections import Counter

import pytest

from spiders.feeds import parse_feed
from spiders.feeds.caps import (
    FIELD_CHARS,
    MAX_EXTRAS,
    MAX_FIELDS,
    MAX_REPEATS,
    MAX_TEXT_ELEMENTS,
    cap_markup,
    describe_cuts,
)
from spiders.feeds.limits import MAX_ATTRIBUTES, MAX_DEPTH

RSS = (
    "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:a='http://www.w3.org/2005/Atom' "
    "xmlns:media='http://search.yahoo.com/mrss/' xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'>"
    "<channel><title>Harbour</title>{head}<item>{before}<title>Ferry is late</title>"
    "<link>https://harbour.example/1</link><description>It left at noon.</description>{after}</item>"
    "<item><title>Pier opens</title><link>https://harbour.example/2</link></item></channel></rss>"
)
MANY = 5_000
LISTS = {
    "categories": "<category>word {n}</category>",
    "keywords": "<itunes:keywords>word {n}, word</itunes:keywords>",
    "subjects": "<dc:subject>word {n}</dc:subject>",
    "authors": "<author>ida{n}@harbour.example (Ida)</author>",
    "creators": "<dc:creator>Ida {n}</dc:creator>",
    "Atom authors": "<a:author><a:name>Ida {n}</a:name></a:author>",
    "contributors": "<a:contributor><a:name>Ida {n}</a:name></a:contributor>",
    "links": "<a:link rel='related' href='https://harbour.example/{n}'/>",
    "enclosures": "<enclosure url='https://harbour.example/{n}.mp3' type='audio/mpeg' length='1'/>",
    "media": "<media:content url='https://harbour.example/{n}.jpg'/>",
    "thumbnails": "<media:thumbnail url='https://harbour.example/{n}.jpg'/>",
    "unknown elements": "<e{n}/>",
    "sources": "<source url='https://harbour.example/{n}'>Harbour</source>",
}
FIELDS = [
    "author",
    "dc:creator",
    "itunes:author",
    "category",
    "dc:subject",
    "itunes:keywords",
    "pubDate",
    "dc:date",
    "guid",
    "source",
    "comments",
]
FILLINGS = {
    "letters": "a",
    "addresses": "a@b.c ",
    "dots": "a.",
    "brackets": "(",
    "blanks": " ",
    "digits": "1",
    "commas": "a,",
    "references": "&amp;amp;",
    "tags": "&lt;b&gt;",
}


def feed(head="", before="", after=""):
    text = RSS.format(head=head, before=before, after=after)
    return parse_feed(text.encode(), url="https://harbour.example/rss")


def is_whole(read):
    first, second = read.entries
    return (
        (first.title, first.url, first.summary, second.title)
        == ("Ferry is late", "https://harbour.example/1", "It left at noon.", "Pier opens")
        and not read.lost
        and not read.partial
    )


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("place", ["head", "before", "after"])
def test_a_long_list_is_cut_and_the_story_stays(name, place):
    read = feed(**{place: "".join(LISTS[name].format(n=n) for n in range(MANY))})
    assert is_whole(read)
    [line] = [problem for problem in read.problems if problem.startswith("capped: ")]
    assert "more kinds" in line or f"{MANY - MAX_REPEATS:,} " in line


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("filling", FILLINGS)
def test_a_long_field_is_cut_and_the_story_stays(field, filling):
    text = FILLINGS[filling] * (200_000 // len(FILLINGS[filling]))
    read = feed(after=f"<{field}>{text}</{field}>")
    assert is_whole(read)
    assert any(problem.startswith("capped: ") and "characters of" in problem for problem in read.problems)


@pytest.mark.parametrize(
    ("markup", "what"),
    [
        ("<q>" * 10_000 + "</q>" * 10_000, "elements too deep"),
        ("<a:content>" + "<q>" * 10_000 + "</q>" * 10_000 + "</a:content>", "elements too deep"),
        ("<category " + " ".join(f"a{n}='1'" for n in range(20_000)) + ">x</category>", "attributes"),
        ("<enclosure url='data:audio/mpeg;base64," + "A" * 1_000_000 + "'/>", "attributes"),
        ("<q " + " ".join(f"xmlns:n{n}='urn:{n}'" for n in range(5_000)) + "/>", "namespaces"),
        ("<a:content type='xhtml'><div>" + "<p>x</p>" * 50_000 + "</div></a:content>", "elements in texts"),
    ],
)
def test_what_is_deep_or_wide_is_cut_and_the_story_stays(markup, what):
    read = feed(after=markup)
    assert is_whole(read)
    assert any(problem.startswith("capped: ") and what in problem for problem in read.problems)


def test_a_cut_address_is_no_address():
    read = feed(before="<link>https://harbour.example/" + "a" * 10_000 + "</link>")
    assert all(entry.url is None or len(entry.url) < 100 for entry in read.entries)


def test_the_entries_of_a_broken_feed_are_cut_too():
    cut = RSS.format(head="", before="", after="<category>x</category>" * MANY).removesuffix(
        "</channel></rss>"
    )
    read = parse_feed(cut.encode(), url="https://harbour.example/rss")
    assert [entry.title for entry in read.entries] == ["Ferry is late", "Pier opens"]
    assert f"capped: {MANY - MAX_REPEATS:,} category" in read.problems


def test_a_feed_within_the_caps_is_not_touched():
    fields = "".join(f"<e{n}/>" for n in range(MAX_FIELDS - 5 - MAX_REPEATS))
    after = fields + "<category>x</category>" * MAX_REPEATS
    after += f"<comments>{'x' * FIELD_CHARS}</comments>"
    after += "<q " + " ".join(f"a{n}='1'" for n in range(MAX_ATTRIBUTES)) + "/>"
    text = RSS.format(head="<!-- kept -->", before="", after=after)
    assert cap_markup(text, 10).text is text


def test_extras_of_a_whole_document_are_counted():
    entry = "<item><title>{n}</title>" + "<category>x</category>" * MAX_REPEATS + "</item>"
    count = MAX_EXTRAS // MAX_REPEATS + 3
    text = "<rss><channel>" + "".join(entry.format(n=n) for n in range(count)) + "</channel></rss>"
    capped = cap_markup(text, count)
    assert capped.text.count("<title>") == count
    assert capped.text.count("<category>") < MAX_EXTRAS
    assert capped.cut["category"] >= 2 * MAX_REPEATS


def test_depth_and_elements_in_texts_have_their_caps():
    inside = "<p>x</p>" * (MAX_TEXT_ELEMENTS + 7)
    deep = "<q>" * (MAX_DEPTH + 5) + "</q>" * (MAX_DEPTH + 5)
    capped = cap_markup(
        f"<feed><entry><content>{deep}</content></entry><entry><content>{inside}</content></entry></feed>", 2
    )
    assert capped.cut == Counter({"elements in texts": 7, "elements too deep": 1})
    assert f"<feed>{capped.inner}</feed>" == capped.text


def test_a_report_names_the_largest_cuts():
    cut = Counter(category=19_900, link=3, author=2, attributes=1, guid=1)
    assert describe_cuts(cut) == "capped: 19,900 category, 3 link, 2 author, 1 attributes, 1 more kinds"
