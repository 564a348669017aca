from datetime import UTC, datetime, timedelta, timezone

import pytest

from copytaster.errors import UnparsableError
from copytaster.values import RawPage
from spiders.parsing import ParseContext, Selectors, parse

NOW = datetime(2024, 6, 1, tzinfo=UTC)
URL = "https://www.herald.example/2024/05/30/bridge.html"
SENTENCES = [
    "The city council voted on Thursday to rebuild the old river bridge within two years.",
    "Engineers had warned in March that two of its piers were no longer safe for lorries.",
    "The work will cost 14 million crowns, of which the state pays half, the mayor said.",
    "Ferries will carry pedestrians and bicycles free of charge until the bridge opens again.",
]
BODY = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)


def page(html, url=URL, headers=()):
    return RawPage(url, html.encode() if isinstance(html, str) else html, NOW, headers=headers)


def read(html, url=URL, **context):
    return parse(page(html, url), ParseContext(**context))


def article(body=BODY, head="", title="Council votes to rebuild river bridge"):
    return f"<html><head><title>{title}</title>{head}</head><body><h1>{title}</h1><div>{body}</div></body></html>"


def test_plain_page():
    story = read(article())
    assert story.headline == "Council votes to rebuild river bridge"
    assert story.body.split("\n\n") == SENTENCES
    assert story.publisher == "herald.example"
    assert story.language == "en"


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("<html><head></head><body></body></html>", "no-headline"),
        ("<html><body><h1>Council votes to rebuild river bridge</h1></body></html>", "no-body"),
        (b"%PDF-1.7 and so on", "unknown-format"),
        (b"\x89PNG\r\n\x1a\n", "unknown-format"),
        (b"<html><body>" + bytes(range(1, 32)) * 30 + b"\x00\x01" * 400, "undecodable"),
        (b"<html><body>" + b"a" * 10_000_001, "too-large"),
    ],
)
def test_refusals_have_reasons(html, reason):
    with pytest.raises(UnparsableError) as caught:
        read(html)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "url", ["https://www.herald.example/", "https://herald.example", "http://herald.example/index.html"]
)
def test_front_page_is_no_story(url):
    with pytest.raises(UnparsableError) as caught:
        read(article(), url=url)
    assert caught.value.reason == "not-a-story"


def test_page_that_calls_itself_a_list_is_no_story():
    listing = '<script type="application/ld+json">{"@type": "CollectionPage", "name": "Bridges"}</script>'
    with pytest.raises(UnparsableError) as caught:
        read(article(head=listing))
    assert caught.value.reason == "not-a-story"


def teaser(number):
    return f"<div><h3><a href='/{number}'>Story number {number} of this long list</a></h3><p>{SENTENCES[number % 4]} {number}</p></div>"


def test_section_page_is_no_story():
    with pytest.raises(UnparsableError) as caught:
        read(
            f"<html><head><title>Bridges</title></head><body><h1>News about bridges</h1><main>{''.join(map(teaser, range(12)))}</main></body></html>"
        )
    assert caught.value.reason in {"not-a-story", "no-body"}


def test_player_is_no_story():
    player = '<script type="application/ld+json">{"@type": "VideoObject", "name": "Bridge"}</script>'
    with pytest.raises(UnparsableError) as caught:
        read(article(f"<p>{SENTENCES[0]}</p>", head=player))
    assert caught.value.reason == "not-a-story"


def test_br_layout_keeps_paragraphs():
    story = read(article("<br><br>".join(SENTENCES)))
    assert story.body.split("\n\n") == SENTENCES


def test_lines_broken_for_their_length_are_one_paragraph():
    lines = [
        "The city council voted on Thursday to rebuild the old river",
        "bridge within two years, at once.",
    ]
    story = read(article(f"{'<br>'.join(lines)}<br><br>{SENTENCES[2]}"))
    assert story.body.split("\n\n")[0].startswith(
        "The city council voted on Thursday to rebuild the old river bridge"
    )


@pytest.mark.parametrize(
    "clutter",
    [
        '<div class="comments"><p>I cross that bridge every day and it has been shaking for years, as everyone knows.</p></div>',
        "<h3>Post a comment</h3><p>I cross that bridge every day and it has been shaking for years, as everyone knows.</p>",
        '<div class="relatedStories"><p>Ferry company buys two new boats for the summer season, its owner says.</p></div>',
        "<h3>Related stories</h3><ul><li>Ferry company buys two new boats for the summer season, its owner says.</li></ul>",
        '<div id="newsletter-box"><p>Sign up for our newsletter and read the most important stories each morning.</p></div>',
        "<p>Read more: Ferry company buys two new boats for the summer season, its owner says</p>",
        "<p>Copyright 2024 Herald Media. All rights reserved. This material may not be published.</p>",
        '<p style="display: none">Hidden text that a browser never shows to anybody who reads this story.</p>',
        "<figure><figcaption>The bridge in the evening light, seen from the southern bank of the river.</figcaption></figure>",
    ],
)
def test_clutter_stays_out(clutter):
    story = read(article(BODY + clutter))
    assert story.body.split("\n\n") == SENTENCES


def test_text_nested_deeper_than_lxml_reads_is_not_lost():
    deep = "<div>" * 5000 + BODY
    assert read(article(deep)).body.split("\n\n") == SENTENCES


def test_page_swallowed_by_an_unclosed_title_is_read():
    html = f"<html><head><title>Council votes to rebuild river bridge\n<script>var x = '{'y' * 2000}';</script></head>"
    story = read(f"{html}<body><h1>Council votes to rebuild river bridge</h1>{BODY}</body></html>")
    assert story.body.split("\n\n") == SENTENCES


@pytest.mark.parametrize("times", [1, 3, 8])
@pytest.mark.parametrize("titled", [True, False])
def test_headline_as_long_as_a_message(times, titled):
    message = "The council says that the old river bridge stays shut until its ninth pier is raised and the tug is back"
    headline = ", ".join([message] * times)
    story = read(f"<title>{headline if titled else ''}</title><h1>{headline}</h1><div>{BODY}</div>")
    assert (story.headline, story.body.split("\n\n")) == (headline, SENTENCES)


def test_headline_of_the_page_that_titles_every_page_alike():
    html = f"<html><head><title>Herald Online</title></head><body><b>Council votes to rebuild bridge</b><br>{BODY}</body></html>"
    assert read(html).headline == "Council votes to rebuild bridge"


@pytest.mark.parametrize(
    "title",
    [
        "Council votes to rebuild river bridge | Herald",
        "Council votes to rebuild river bridge - The Herald",
        "Herald: Council votes to rebuild river bridge",
        "Council votes to rebuild river bridge » News » Herald",
        "Council votes to rebuild river bridge_News_Herald",
    ],
)
def test_site_name_is_no_part_of_the_headline(title):
    assert read(
        f"<html><head><title>{title}</title></head><body><div>{BODY}</div></body></html>"
    ).headline == ("Council votes to rebuild river bridge")


@pytest.mark.parametrize(
    ("canonical", "url"),
    [
        ("https://www.herald.example/bridge", "https://www.herald.example/bridge"),
        ("/bridge", "https://www.herald.example/bridge"),
        ("https://m.herald.example/bridge#top", "https://m.herald.example/bridge"),
        ("https://www.herald.example/", URL),
        ("https://elsewhere.example/bridge", URL),
        ("javascript:alert(1)", URL),
        ("https://user:secret@www.herald.example/bridge", URL),
        ("http://[bad", URL),
    ],
)
def test_canonical_link_is_believed_when_sane(canonical, url):
    assert read(article(head=f'<link rel="canonical" href="{canonical}">')).url == url


def test_zone_is_kept_and_time_is_utc():
    story = read(article(head='<meta property="article:published_time" content="2024-05-30T08:15:00+03:00">'))
    assert story.published_at == datetime(2024, 5, 30, 5, 15, tzinfo=UTC)
    assert story.published_zone == "+03:00"


def test_date_of_the_future_is_dropped_with_a_warning():
    story = read(article(head='<meta name="date" content="2031-01-01">'), url="https://herald.example/bridge")
    assert story.published_at is None or story.published_at <= NOW
    assert "date-out-of-range" in story.warnings


def test_feed_date_stands_where_the_page_has_none():
    given = datetime(2024, 5, 29, 22, 0, tzinfo=timezone(timedelta(hours=-5)))
    story = read(article(), url="https://herald.example/bridge", published_at=given)
    assert story.published_at == given
    assert story.published_zone == "-05:00"


def test_date_in_the_address():
    assert read(article()).published_at == datetime(2024, 5, 30, tzinfo=UTC)


def test_context_names_the_publisher():
    assert (
        read(
            article(head='<meta property="og:site_name" content="Herald">'), publisher="Northern Herald"
        ).publisher
        == "Northern Herald"
    )


def test_feed_title_stands_in_for_a_missing_headline():
    html = f"<html><body><div>{BODY}</div></body></html>"
    assert read(html, feed_title="Bridge to be rebuilt").headline == "Bridge to be rebuilt"


def test_selectors_decide():
    html = article(
        f'<div class="txt"><p>A first paragraph that only the selector can tell from the rest.</p>{BODY}<p class="x">Not this line.</p></div>'
        '<span class="who">By Ada Moreno</span><em class="when" datetime="2024-05-01T10:00:00Z">May</em><h4 class="hd">Bridge</h4>'
    )
    selectors = Selectors(headline=".hd", body=".txt", byline=".who", published=".when", remove=".x")
    story = read(html, selectors=selectors)
    assert story.headline == "Bridge"
    assert story.body.startswith("A first paragraph")
    assert "Not this line" not in story.body
    assert story.byline == ("Ada Moreno",)
    assert story.published_at == datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert story.extractor == "selectors"


@pytest.mark.parametrize("selector", ["div[", ">>>", ".nothing-here"])
def test_selector_that_finds_nothing_falls_back_with_a_warning(selector):
    story = read(article(), selectors=Selectors(body=selector))
    assert story.body.split("\n\n") == SENTENCES
    assert "selector-found-nothing" in story.warnings


def test_pictures_alone_do_not_credit_an_agency():
    figure = "<figure><figcaption>The bridge at dawn on Thursday. REUTERS/Ivo Sander</figcaption></figure>"
    story = read(article(figure + BODY))
    assert story.captions[0].credit == "REUTERS/Ivo Sander"
    assert story.credit.agency is None
    assert [evidence.kind for evidence in story.credit.evidence] == ["photo-credit"]


def test_paywall_teaser_is_kept_and_says_so():
    story = read(article(f"<p>{SENTENCES[0]} {SENTENCES[1][:60]}...</p>"))
    assert "teaser" in story.warnings


CAPTIONS = [
    "Firefighters climb the burnt roof of the grain store in Port Ellen on November 21.",
    "A boy carries a cage with two hens past the fence of the refinery.",
    "Mayor Nils Orvane talks to volunteers who hand out soup in the school yard.",
    "Men load sandbags onto a barge below the bridge, where the water stood at 7.4 metres.",
]


def pictures(captions, credit=" REUTERS/Ada Quist"):
    return "".join(
        f'<figure><img src="{number}.jpg"><figcaption>{caption}{credit}</figcaption></figure>'
        for number, caption in enumerate(captions)
    )


@pytest.mark.parametrize("credit", [" REUTERS/Ada Quist", " (AP Photo/Ada Quist)", ""])
@pytest.mark.parametrize("intro", ["", "<p>Pictures of the flood and of those who came home.</p>"])
def test_the_captions_of_a_gallery_are_its_text(intro, credit):
    story = read(article(body=intro + pictures(CAPTIONS, credit), title="In pictures: the flood"))
    assert story.body.split("\n\n")[-4:] == CAPTIONS
    assert [caption.text for caption in story.captions] == CAPTIONS


def test_pictures_beside_a_story_are_no_text_of_it():
    story = read(article(body=BODY + pictures(CAPTIONS)))
    assert not any(caption in story.body for caption in CAPTIONS)


@pytest.mark.parametrize("count", [2, 3])
def test_a_few_captions_are_the_text_of_a_page_without_another(count):
    story = read(article(body=pictures(CAPTIONS[:count]), title="In pictures: the flood"))
    assert story.body.split("\n\n") == CAPTIONS[:count]


@pytest.mark.parametrize(
    "captions",
    [
        CAPTIONS[:1],
        ["Mayor Nils Orvane", "The refinery", "Port Ellen"],
        [*CAPTIONS[:2], "The refinery of Port Ellen"],
    ],
)
def test_one_picture_and_labels_make_no_story(captions):
    with pytest.raises(UnparsableError, match="no text"):
        read(article(body=pictures(captions), title="In pictures: the flood"))


def test_a_few_pictures_beside_a_summary_are_no_text_of_it():
    summary = f"<p>{SENTENCES[0]}</p>"
    story = read(article(body=summary + pictures(CAPTIONS[:3])))
    assert story.body == SENTENCES[0]
