from datetime import UTC, datetime

import pytest

from copytaster.errors import UnparsableError
from copytaster.values import RawPage
from spiders.parsing import ParseContext, parse

HEADLINE = "Orlan Tells Vasko Ferries Will Run Through Winter"
CAPTION = "Transport minister Petr Orlan greets harbour master Lena Vasko (above) on Monday at the ferry dock REUTERS/Milan Dorsey/Files"
PARAGRAPHS = [
    "Transport minister Petr Orlan told harbour master Lena Vasko on Monday that ferries to the islands would run through the winter, both offices said.",
    "The islands, with 9,000 people, were cut off for eleven days last January.",
    "Vasko said at the time that the company’s promises were “made of paper”.",
    "The ministry did not say what the service would cost.",
]
AFTER = "Social Streams\n\n\n\nFacebook Comments\n\nWebsite Comments\n\n  1. Ferryman\n\n    Orlan is clever and every word he says is very thoroughly calculated to win the islands.\n\nPost a comment"
TEXT = "\n\n".join([HEADLINE, CAPTION, "VARNHOLM, Feb 12 – " + PARAGRAPHS[0], *PARAGRAPHS[1:], AFTER])


def read(text, **context):
    body = text if isinstance(text, bytes) else text.encode()
    return parse(RawPage("ferries.txt", body, datetime(2026, 1, 1, tzinfo=UTC)), ParseContext(**context))


def test_printed_story():
    story = read(TEXT)
    assert story.headline == HEADLINE
    assert story.body.split("\n\n") == PARAGRAPHS
    assert [(caption.text[-14:], caption.credit) for caption in story.captions] == [
        ("the ferry dock", "REUTERS/Milan Dorsey/Files")
    ]
    assert story.dateline.places == ("VARNHOLM",)
    assert story.dateline.agency is None
    assert story.dateline.date == "--02-12"


def test_agency_of_the_picture_is_weak_evidence():
    credit = read(TEXT).credit
    assert credit.agency == "Reuters"
    assert credit.confidence <= 0.4
    assert {evidence.kind for evidence in credit.evidence} == {"photo-credit"}


def test_given_date_gives_the_year():
    story = read(TEXT, published_at=datetime(2016, 2, 12, tzinfo=UTC))
    assert story.dateline.date == "2016-02-12"
    assert story.published_at == datetime(2016, 2, 12, tzinfo=UTC)


def test_lines_broken_for_their_length():
    wrapped = f"{HEADLINE}\n\n{PARAGRAPHS[0][:70]}\n{PARAGRAPHS[0][70:].strip()}\n\n{PARAGRAPHS[1]}\n"
    assert len(read(wrapped).body.split("\n\n")) == 2


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(codec):
    assert "“made of paper”" in read(TEXT.encode(codec)).body


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ("One line only", "no-headline"),
        ("Headline\n\nToo short.", "no-body"),
    ],
)
def test_refusals(text, reason):
    with pytest.raises(UnparsableError) as caught:
        read(text)
    assert caught.value.reason == reason
