"""Text of the site around and between a story's paragraphs, and what looks like it and is the story's."""

from datetime import UTC, datetime

import pytest

from copytaster.values import RawPage
from spiders.parsing import ParseContext, parse

TEXT = [
    "The harbour council of Lindmoor voted on Tuesday to close the northern pier until the end of October.",
    "Engineers had found cracks in eleven of the forty pillars during an inspection after the spring storm.",
    "The ferry company Nordlinie said it would send its two larger ships to the old coal quay meanwhile.",
]
PARAGRAPHS = [f"<p>{text}</p>" for text in TEXT]
TEASERS = [
    (
        "Bridge toll to rise",
        "The council of Karsted plans to raise the toll on the bridge from next year on.",
    ),
    ("School bus stops", "From Monday on pupils in Velm have to walk to school or come by bicycle."),
]


def boxes(ending):
    return "".join(f"<div class=k8><h4>{title}</h4><p>{text}{ending}</p></div>" for title, text in TEASERS)


def read(inner):
    html = (
        "<html lang=en><head><title>Pier closed</title></head>"
        f"<body><article><h1>Pier closed</h1>{inner}</article></body></html>"
    )
    page = RawPage(
        "https://courier.example/news/pier-closed", html.encode(), datetime(2026, 6, 1, tzinfo=UTC)
    )
    return parse(page, ParseContext())


def test_an_invitation_between_paragraphs_is_no_text_and_no_cut():
    story = read(f"{PARAGRAPHS[0]}<p>Sign up to our newsletter.</p>{PARAGRAPHS[1]}{PARAGRAPHS[2]}")
    assert story.body.split("\n\n") == TEXT
    assert "partial" not in story.warnings


@pytest.mark.parametrize(
    ("ending", "is_text"),
    [(" <a href=/more>Read on</a>", False), (' <a href="/toll">They differ</a>.', True)],
)
def test_boxes_that_end_in_a_link_lead_to_other_stories(ending, is_text):
    story = read(f"{PARAGRAPHS[0]}{PARAGRAPHS[1]}{boxes(ending)}{PARAGRAPHS[2]}")
    assert all((text in story.body) == is_text for _, text in TEASERS)
    assert all(text in story.body for text in TEXT)


@pytest.mark.parametrize(
    ("line", "opens"),
    [
        ("Vos réactions (4)", True),
        ("Leserkommentare", True),
        ("Opiniones de los lectores", True),
        ("Reaktionen", False),
        ("Réactions", False),
    ],
)
def test_a_line_that_opens_what_readers_say_ends_the_story(line, opens):
    said = "<div><p>I think that the council should have seen this coming many years ago.</p></div>"
    assert ("I think" in read(f"{''.join(PARAGRAPHS)}<h3>{line}</h3>{said * 2}").body) != opens
