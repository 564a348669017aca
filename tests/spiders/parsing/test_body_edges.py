"""Short lines above and below a story's paragraphs: what is part of it, and its neighbour that is not."""

from datetime import UTC, datetime

import pytest

from copytaster.values import RawPage
from spiders.parsing import ParseContext, parse

TEXT = [
    "The harbour council of Lindmoor voted on Tuesday to close the northern pier until the end of October.",
    "Engineers had found cracks in eleven of the forty pillars during an inspection after the spring storm.",
    "The ferry company Nordlinie said it would send its two larger ships to the old coal quay meanwhile.",
]
PARAGRAPHS = "".join(f"<p>{text}</p>" for text in TEXT)
LINKS = "".join(f'<li><a href="/{at}">Bridge toll of ward {at} to rise again</a></li>' for at in range(3))
PLACES = "".join(f'<li>{name}, until <a href="/d">May 30</a></li>' for name in ("The pier", "The stairs"))
POINTS = "<li>The pier stays closed until October</li><li>Ferries use the coal quay</li>"


def read(inner):
    html = f"<html lang=en><head><title>Pier closed</title></head><body><article><h1>Pier closed</h1>{inner}</article></body></html>"
    page = RawPage(
        "https://courier.example/news/pier-closed", html.encode(), datetime(2026, 6, 1, tzinfo=UTC)
    )
    return parse(page, ParseContext()).body.split("\n\n")


@pytest.mark.parametrize(
    ("below", "kept"),
    [
        (
            f"<h2>What is closed</h2><ul>{PLACES}</ul>",
            ["What is closed", "The pier, until May 30", "The stairs, until May 30"],
        ),
        (f"<h2>Closed piers</h2><ul>{LINKS}</ul>", []),
        (
            "<p>Results</p><p>Velm 3 Toln 1</p><p>Hagby 0 Karsted 0</p><p>Ostrand 2 Lund 4</p>",
            ["Results", "Velm 3 Toln 1", "Hagby 0 Karsted 0", "Ostrand 2 Lund 4"],
        ),
        ("<p>Lindmoor Courier</p><p>Quay Street 4</p><p>About the house</p>", []),
        (
            "<blockquote>We shall not wait until the next storm takes the decision for us</blockquote>",
            ["We shall not wait until the next storm takes the decision for us"],
        ),
        ("<div><blockquote>We shall not wait until the next storm, says a reader</blockquote></div>", []),
    ],
)
def test_lists_results_and_quotations_below_the_last_paragraph_belong_to_it(below, kept):
    assert read(PARAGRAPHS + below) == TEXT + kept


def test_results_after_line_breaks_belong_to_the_body():
    lines = ["Results:", "Velm - Toln 3:1", "Hagby - Karsted 0:0", "Ostrand - Lund 2:4"]
    assert read(f"<div>{'<br><br>'.join(TEXT)}<br><br>{'<br>'.join(lines)}</div>") == TEXT + lines


@pytest.mark.parametrize(
    ("above", "kept"),
    [
        (
            f"<ul>{POINTS}</ul>",
            ["The pier stays closed until October", "Ferries use the coal quay"],
        ),
        ("<ul><li>Share</li><li>Print</li></ul>", []),
        ("<h3>Our harbour pages</h3>", []),
    ],
)
def test_points_above_the_first_paragraph_belong_to_it(above, kept):
    assert read(above + PARAGRAPHS) == kept + TEXT


def test_the_first_of_several_headings_belongs_to_the_body():
    parts = zip(("The vote", "The cracks", "The ferries"), TEXT, strict=True)
    found = read("".join(f"<section><h2>{name}</h2><p>{text}</p></section>" for name, text in parts))
    assert found == ["The vote", TEXT[0], "The cracks", TEXT[1], "The ferries", TEXT[2]]
