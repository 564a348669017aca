"""One story of a page that prints several: boxes of the same kind that follow, live blogs, and tables by the row."""

from datetime import UTC, datetime

import pytest

from copytaster.values import RawPage
from spiders.parsing.context import ParseContext
from spiders.parsing.page import read_page

LEADS = (
    "The ferry across the sound will not sail before Monday because the ramp at the northern pier has come loose, the harbour office said.",
    "Two divers found four broken bolts during a check that had been put off since the spring, and a crane has been asked for from the yard.",
    "Commuters can use the bridge at the narrows, which adds half an hour, and the bus line runs every ten minutes until the ramp is mended.",
)
OTHER = (
    "The museum of the sound opens its new hall in May with the boats that were raised from the mud off the mill last summer.",
    "Visitors will walk between the hulls on a glass floor, and children may climb into a copy of the smallest of them.",
    "The town pays for half of the hall and a foundation for the rest; the entrance fee stays as it is for three years.",
)


def paragraphs(texts):
    return "".join(f"<p>{text}</p>" for text in texts)


def parse(main, head=""):
    page = f"<!doctype html><html lang=en><head><title>Ferry stays in port</title>{head}</head><body><nav><a href=/>Home</a></nav>{main}<footer><p>Sound Post</p></footer></body></html>"
    at = datetime(2026, 11, 21, tzinfo=UTC)
    return read_page(RawPage("https://sound.example/2026/11/ferry", page.encode(), at), ParseContext())[0]


@pytest.mark.parametrize(
    ("tag", "name"), [("div", "story"), ("section", "post wide"), ("article", ""), ("div", "news-item")]
)
def test_the_next_story_in_a_box_of_the_same_kind_is_left_out(tag, name):
    one = f'<{tag} class="{name}"><h1>Ferry stays in port</h1>{paragraphs(LEADS)}</{tag}>'
    two = f'<{tag} class="{name}"><h2>Museum opens new hall</h2>{paragraphs(OTHER)}</{tag}>'
    assert parse(f"<div class=stream>{one}{two}{two}</div>").body == "\n\n".join(LEADS)


@pytest.mark.parametrize(("heading", "is_other"), [("h2", True), ("h3", False)])
def test_boxes_headed_like_the_headline_are_other_stories_whatever_their_name(heading, is_other):
    one = f"<div class=item><h2>Ferry stays in port</h2>{paragraphs(LEADS)}</div>"
    two = f"<div class=item><{heading}>Museum opens new hall</{heading}>{paragraphs(OTHER)}</div>"
    body = parse(f"<div class=stream>{one}{two}</div>").body
    assert body == "\n\n".join(LEADS) if is_other else body.endswith(OTHER[-1])


def test_parts_of_one_story_stay_together():
    parts = f"<section><h1>Ferry stays in port</h1>{paragraphs(LEADS)}</section><section><h2>The way round</h2>{paragraphs(OTHER)}</section>"
    body = parse(f"<main>{parts}</main>").body
    assert body.startswith(LEADS[0])
    assert body.endswith(OTHER[-1])


def entry(clock, head, text, name):
    return f'<div class="{name}"><time datetime="2026-11-20T{clock}:00Z">{clock}</time><h2>{head}</h2><p>{text}</p></div>'


ENTRIES = (
    ("14:40", "Crane arrives", "The crane is at the pier."),
    ("12:10", "Divers go down", LEADS[1]),
    ("07:30", "No sailing", "The ferry stays in port today."),
)


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("live-entry", ""),
        (
            "item",
            '<script type="application/ld+json">{"@type": "LiveBlogPosting", "headline": "Ferry stays in port"}</script>',
        ),
    ],
)
def test_a_live_blog_keeps_its_entries_in_order(name, head):
    printed = "".join(entry(*one, name) for one in ENTRIES)
    story = parse(
        f"<main><h1>Ferry stays in port</h1>{paragraphs(LEADS[:1])}<div>{printed}</div></main>", head
    )
    told = [LEADS[0], *(text for _, *texts in ENTRIES for text in texts)]
    assert story.body == "\n\n".join(told)
    assert story.kind == "live-blog"


def test_dated_boxes_are_no_live_blog():
    printed = "".join(entry(*one, "teaser") for one in ENTRIES)
    story = parse(
        f"<article><h1>Ferry stays in port</h1>{paragraphs(LEADS)}</article><aside>{printed}</aside>"
    )
    assert (story.body, story.kind) == ("\n\n".join(LEADS), None)


def test_the_cells_of_a_row_are_one_line():
    table = "<table><tr><th>Way</th><th>Minutes</th></tr><tr><td>Bridge</td><td>30</td></tr></table>"
    body = parse(
        f"<article><h1>Ferry stays in port</h1>{paragraphs(LEADS[:2])}{table}{paragraphs(LEADS[2:])}</article>"
    ).body
    assert body.split("\n\n") == [*LEADS[:2], "Way | Minutes", "Bridge | 30", LEADS[2]]


def test_a_table_that_lays_out_the_page_keeps_its_paragraphs():
    cells = f"<table><tr><td><h1>Ferry stays in port</h1>{paragraphs(LEADS)}</td><td><a href=/>Home</a></td></tr></table>"
    assert parse(cells).body == "\n\n".join(LEADS)


def test_a_cell_of_two_lines_is_one_value():
    table = (
        "<table><tr><td>Bridge<br>at Upper Mill</td><td>30</td></tr><tr><td>Ford</td><td>12</td></tr></table>"
    )
    body = parse(f"<article><h1>Ferry stays in port</h1>{paragraphs(LEADS)}{table}</article>").body
    assert body.split("\n\n") == [*LEADS, "Bridge at Upper Mill | 30", "Ford | 12"]


def test_a_table_in_a_figure_is_text():
    table = "<figure><table><tr><th>Way</th><th>Minutes</th></tr><tr><td>Bridge</td><td>30</td></tr></table><figcaption>By road</figcaption></figure>"
    body = parse(
        f"<article><h1>Ferry stays in port</h1>{paragraphs(LEADS[:2])}{table}{paragraphs(LEADS[2:])}</article>"
    ).body
    assert body.split("\n\n") == [*LEADS[:2], "Way | Minutes", "Bridge | 30", LEADS[2]]


@pytest.mark.parametrize("heading", ["<h1>{}</h1>", "<h1 class=top>{}</h1>", '<h2 class="headline">{}</h2>'])
def test_another_headline_in_the_same_box_ends_the_story(heading):
    one, two = heading.format("Ferry stays in port"), heading.format("Museum opens new hall")
    assert parse(f"<div>{one}{paragraphs(LEADS)}<hr>{two}{paragraphs(OTHER)}</div>").body == "\n\n".join(
        LEADS
    )


def test_a_short_heading_of_the_headlines_kind_parts_the_story():
    body = parse(
        f"<div><h1>Ferry stays in port</h1>{paragraphs(LEADS)}<h1>By road</h1>{paragraphs(OTHER)}</div>"
    ).body
    assert body.split("\n\n") == [*LEADS, "By road", *OTHER]


@pytest.mark.parametrize("heading", ["<h2>{}</h2>", '<h2 class="subhead">{}</h2>'])
def test_a_heading_unlike_the_headline_ends_none(heading):
    body = parse(
        f"<div><h1>Ferry stays in port</h1>{paragraphs(LEADS)}{heading.format('The way round')}{paragraphs(OTHER)}</div>"
    ).body
    assert body.split("\n\n") == [*LEADS, "The way round", *OTHER]


def test_a_headline_printed_again_inside_the_text_is_no_text():
    again = "<div class=sticky><h1>Ferry stays in port</h1></div>"
    body = parse(
        f"<main><h1>Ferry stays in port</h1>{paragraphs(LEADS[:2])}{again}{paragraphs(LEADS[2:])}</main>"
    ).body
    assert body == "\n\n".join(LEADS)


SIGNED = "<h2>Museum opens new hall</h2><p class=byline>By Mo Lind</p>"
OPENINGS = {
    "byline in the same box": f"{SIGNED}{paragraphs(OTHER)}",
    "byline in a box of its own": f"<div>{SIGNED}{paragraphs(OTHER)}</div>",
    "byline without a name": f"<h2>Museum opens new hall</h2><p>By Mo Lind</p>{paragraphs(OTHER)}",
    "date": f"<h2>Museum opens new hall</h2><p class=date>20 November 2026</p>{paragraphs(OTHER)}",
}


@pytest.mark.parametrize("below", OPENINGS.values(), ids=OPENINGS.keys())
def test_a_heading_that_is_signed_opens_another_story(below):
    body = parse(f"<main><h1>Ferry stays in port</h1>{paragraphs(LEADS)}{below}</main>").body
    assert body == "\n\n".join(LEADS)


def test_headings_that_are_all_signed_are_entries_of_one_story():
    entries = "".join(
        f"<h2>What witness number {number} says</h2><p class=byline>By Mo Lind</p><p>{text}</p>"
        for number, text in enumerate(OTHER)
    )
    body = parse(f"<main><h1>Ferry stays in port</h1>{paragraphs(LEADS)}{entries}</main>").body
    assert all(text in body for text in OTHER)


@pytest.mark.parametrize("name", ["next-story", "storyNext"])
def test_a_box_named_as_the_next_story_below_an_article_is_none_of_it(name):
    long = paragraphs([*OTHER, *(text.replace("museum", "library") for text in OTHER)])
    boxes = [
        f"<section class={one}><h2>Museum opens new hall</h2>{long}</section>" for one in (name, "background")
    ]
    story, control = (
        parse(f"<main><article><h1>Ferry stays in port</h1>{paragraphs(LEADS)}</article>{box}</main>").body
        for box in boxes
    )
    assert story == "\n\n".join(LEADS)
    assert OTHER[0] in control
