from datetime import UTC, datetime

import pytest

from copytaster.values import RawPage
from spiders.parsing import ParseContext, parse

NOW = datetime(2026, 11, 29, tzinfo=UTC)
TEXT = "".join(
    f"<p>The lock at {place} stays shut until spring because its gates have rotted, the office said.</p>"
    for place in ("Upper Mill", "Lower Mill", "Saltern", "Crane Reach")
)
COMMENT = '<section class="comments"><div class="comment"><time datetime="2026-11-21T07:09:00Z"></time></div></section>'
MOST_READ = '<aside class="most-read"><time datetime="2026-11-12T07:09:00Z">12 Nov</time><a href="/x">Trams</a></aside>'
EVENT = '<p>The fair opens on <time datetime="2027-01-02">2 January</time> in spite of the lock, its manager said.</p>'


def read(beside="", head="", lang="en", below="", host="quay.example", **context):
    html = (
        f'<html lang="{lang}"><head><title>Lock shut until spring</title>{head}</head><body>{MOST_READ}<article>'
        f"<h1>Lock shut until spring</h1>{beside}{TEXT}{EVENT}</article>{below}</body></html>"
    )
    return parse(RawPage(f"https://{host}/n/lock-1.html", html.encode(), NOW), ParseContext(**context))


def meta(text):
    return f'<meta property="article:published_time" content="{text}">'


@pytest.mark.parametrize(
    "beside",
    [
        "<div class='byline'>Friday November 20, 2026 10:05 am by J. Reed</div>",
        "<p class='date'>20. November 2026, 10:05 Uhr</p>",
        "<time datetime='2026-11-20T10:05'>today</time>",
        "<div>20 November 2026 10:05</div>",
        "<time itemprop='dateModified' datetime='2026-11-21T19:20+01:00'>20/11/2026 10:05 | Updated 21/11/2026</time>",
    ],
)
def test_the_date_beside_the_headline_beats_any_other_on_the_page(beside):
    assert read(beside, below=COMMENT).published_at == datetime(2026, 11, 20, 10, 5, tzinfo=UTC)


def test_dates_of_comments_lists_and_events_are_not_the_storys():
    story = read(below=COMMENT)
    assert story.published_at is None or "date-guessed" in story.warnings


@pytest.mark.parametrize(
    ("claimed", "feed", "zone", "at"),
    [
        ("2026-11-20T08:15:00", "2026-11-20T07:15:00", "+01:00", "2026-11-20T07:15"),
        ("2026-11-20T23:30:00", "2026-11-21T04:30:00", "-05:00", "2026-11-21T04:30"),
        ("2026-11-20", "2026-11-20T12:40:00", "+09:00", "2026-11-20T12:40"),
        ("2026-11-20T00:00:00+00:00", "2026-11-20T15:05:00", "+00:00", "2026-11-20T15:05"),
        (
            "2026-11-20T08:15:00+01:00",
            "2026-11-20T09:40:00",
            "+00:00",
            "2026-11-20T07:15",
        ),  # as good as the feed's
        ("2026-11-14", "2026-11-20T12:40:00", "+09:00", "2026-11-14T00:00"),  # the feed dated it anew
    ],
)
def test_the_date_that_says_more_wins(claimed, feed, zone, at):
    moment = datetime.fromisoformat(feed).replace(tzinfo=UTC)
    story = read(head=meta(claimed), published_at=moment, published_zone=zone)
    assert story.published_at == datetime.fromisoformat(at).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("lang", "host", "month"),
    [
        ("en-GB", "quay.example", 11),
        ("de", "quay.example", 11),
        ("en", "quay.co.uk", 11),
        ("en-US", "quay.co.uk", 5),
    ],
)
def test_figures_follow_language_and_host(lang, host, month):
    assert read(head=meta("05/11/2026"), lang=lang, host=host).published_at.month == month


DAY = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "head",
    [
        "<meta name='Issue_Date' content='November 20, 2026'>",
        "<meta name='publication_date' content='2026-11-20'>",
        "<meta value='2026-11-20' name='og:article:published_time'>",
        "<meta property='bt:pubDate' content='20.11.2026'>",
    ],
)
def test_a_day_in_the_head_is_read(head):
    assert read(head=head).published_at == DAY


@pytest.mark.parametrize("joint", ["-", "|", "–", "•"])
@pytest.mark.parametrize(
    "day", ["Nov 20, 2026", "20 November 2026", "20. November 2026", "20.11.2026", "2026-11-20"]
)
def test_a_title_that_ends_in_a_date_gives_the_day(joint, day):
    html = f"<html><head><title>Lock shut {joint} The Quay {joint} {day}</title></head><body><h1>Lock shut</h1>{TEXT}</body></html>"
    assert parse(RawPage("https://quay.example/n/1", html.encode(), NOW), ParseContext()).published_at == DAY


@pytest.mark.parametrize(
    "part", ["2026", "November 2026", "20 years", "Page 20", "Nov 20", "Lock 20 November 2026 shut"]
)
def test_a_title_without_a_day_of_its_own_gives_none(part):
    html = f"<html><head><title>Lock shut - The Quay - {part}</title></head><body><h1>Lock shut</h1>{TEXT}</body></html>"
    story = parse(RawPage("https://quay.example/n/1", html.encode(), NOW), ParseContext())
    assert story.published_at is None or "date-guessed" in story.warnings


@pytest.mark.parametrize(
    ("printed", "at"),
    [
        ("Fri Nov 20, 7:40 PM ET", datetime(2026, 11, 21, 0, 40, tzinfo=UTC)),
        ("20. November, 10:05 Uhr", datetime(2026, 11, 20, 10, 5, tzinfo=UTC)),
        ("20 ноября, 10:05 МСК", datetime(2026, 11, 20, 7, 5, tzinfo=UTC)),
        ("Nov. 30", datetime(2026, 11, 30, tzinfo=UTC)),
    ],
)
def test_a_recent_day_without_a_year_is_read(printed, at):
    assert read(f"<em class='timedate'>{printed}</em>").published_at == at


@pytest.mark.parametrize("printed", ["Thu Nov 12, 7:40 PM ET", "Sun Sep 11, 7:40 PM ET", "Dec 2", "Feb 30"])
def test_a_day_of_an_unknown_year_is_not_guessed(printed):
    story = read(f"<em class='timedate'>{printed}</em>")
    assert story.published_at is None or "date-guessed" in story.warnings


def test_a_day_in_the_address_needs_no_year_beside_it():
    html = f"<html><body><h1>Lock shut</h1><em class='timedate'>Nov 20, 7:40 PM</em>{TEXT}</body></html>"
    page = RawPage("https://quay.example/2024/11/20/lock", html.encode(), NOW)
    assert parse(page, ParseContext()).published_at == datetime(2024, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize("day", ["5. prosince 2025", "20. listopadu 2026"])
def test_months_in_the_genitive_are_read(day):
    at = read(f"<p>{day} 10:05</p>").published_at
    assert (at.hour, at.minute, at.month) == (10, 5, 12 if "prosince" in day else 11)


def test_a_ticker_above_the_headline_dates_no_story():
    ticker = "<ul><li><time datetime=2026-11-28T09:00Z>9:00</time> <a href=/a>Mayor of Saltern resigns</a></li></ul>"
    html = f"<html><head><title>Lock shut until spring</title></head><body>{ticker}<article><h1>Lock shut until spring</h1><span>20 November 2026</span>{TEXT}</article></body></html>"
    story = parse(RawPage("https://quay.example/n/lock-1.html", html.encode(), NOW), ParseContext())
    assert story.published_at == datetime(2026, 11, 20, tzinfo=UTC)


def test_a_date_between_standfirst_and_text_is_read_and_is_no_text():
    html = f"<html><head><title>Lock shut until spring</title></head><body><article><h1>Lock shut until spring</h1><p>The gates of the lock have rotted through, the waterways office said, and new ones take until spring.</p><div>20 November 2026</div><div>{TEXT}</div></article></body></html>"
    story = parse(RawPage("https://quay.example/n/lock-1.html", html.encode(), NOW), ParseContext())
    assert story.published_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert "20 November" not in story.body
    assert "rotted through" in story.body


def test_microdata_of_another_story_dates_none():
    box = '<div itemscope itemtype="https://schema.org/NewsArticle"><meta itemprop="datePublished" content="2026-10-02"><b itemprop="headline">Museum opens new hall</b></div>'
    assert read(below=box).published_at is None
    own = box.replace("Museum opens new hall", "Lock shut until spring")
    assert read(below=own).published_at == datetime(2026, 10, 2, tzinfo=UTC)


def test_json_ld_of_another_story_is_no_guess_either():
    other = '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Museum opens new hall","url":"https://quay.example/n/museum-2.html","datePublished":"2026-11-01"}</script>'
    assert read(head=other).published_at is None


@pytest.mark.parametrize(
    "line",
    [
        "Published 20 November 2026 08:15 Updated 21 November 2026 09:00",
        "Updated: 21 November 2026, 09:00. Published: 20 November 2026, 08:15",
        "Оновлено: 21 листопада 2026, 09:00 | Опубліковано: 20 листопада 2026, 08:15",
    ],
)
def test_two_dates_in_a_line_are_told_apart_in_either_order(line):
    story = read(f"<p>{line}</p>")
    assert story.published_at == datetime(2026, 11, 20, 8, 15, tzinfo=UTC)
    assert story.updated_at == datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
