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


RELATED = (
    "<div class=r1><h3>Read next</h3><ul><li><a href=/1>Bridge toll to rise next year</a></li></ul></div>"
)
LONG = [*TEXT, *(f"{text[:-1]}, as the office in Karsted confirmed." for text in TEXT)]


@pytest.mark.parametrize(
    "story",
    [
        "".join(f"<div class=row><div class=cell><p>{text}</p></div></div>{{{at}}}" for at, text in enumerate(LONG)),
        "<div class=col>" + "".join(f"<p>{text}</p>{{{at}}}" for at, text in enumerate(LONG[:3])) + "</div><div class=col>"
        + "".join(f"<p>{text}</p>" for text in LONG[3:]) + "</div>",
        "".join(f"{text}<br><br>{{{at}}}" for at, text in enumerate(LONG)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("after", range(3))
def test_a_story_goes_on_below_a_box_of_other_stories(story, after):
    filled = story.format(*(RELATED if at == after else "" for at in range(len(LONG))))
    assert read(f"<div class=text>{filled}</div>").body.split("\n\n") == LONG


def test_a_box_under_a_linked_heading_ends_where_it_ends():
    title, text = TEASERS[0]
    box = f"<div class=k8><h4><a href=/1>{title} for the third time</a></h4><p>{text}</p></div>"
    assert (
        read(f"<div>{'<br><br>'.join(LONG[:2])}{box}{'<br><br>'.join(LONG[2:])}</div>").body.split("\n\n")
        == LONG
    )


@pytest.mark.parametrize("at", [2, 3, 4])
@pytest.mark.parametrize("slot", ["", "<div class=slot><span>Advertisement</span></div>"])
def test_a_story_in_two_boxes_of_one_name_is_read_whole(at, slot):
    first, second = ("".join(f"<p>{text}</p>" for text in part) for part in (LONG[:at], LONG[at:]))
    page = f"<div class=part>{first}</div>{slot}<div class=part>{second}</div>"
    assert read(page).body.split("\n\n") == LONG


@pytest.mark.parametrize(
    ("inside", "is_text"),
    [
        (LONG[3:], True),
        (["Thank you, we have sent you a message; open it to confirm your address."], False),
    ],
)
@pytest.mark.parametrize("hiding", ["hidden", 'style="display: none"', "class=hide"])
def test_a_hidden_box_that_goes_on_with_the_text_is_a_fold(inside, is_text, hiding):
    shown, folded = ("".join(f"<p>{text}</p>" for text in part) for part in (LONG[:3], inside))
    body = read(f"<div class=text>{shown}<div {hiding}>{folded}</div></div>").body
    assert (inside[0] in body) == is_text
