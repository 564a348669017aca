import pytest
from selectolax.lexbor import LexborHTMLParser

from spiders.parsing.block_scores import score_blocks
from spiders.parsing.blocks import read_layout
from spiders.parsing.main_element import find_body_start, find_main_element
from spiders.parsing.page_view import PageView
from spiders.parsing.paragraphs import choose_paragraphs
from spiders.parsing.structured import PageClaims

FERRY = (
    "The ferry company said on Monday that it would sail to the islands again before the end of the winter."
)
HARBOUR = (
    "The harbour board agreed to widen the basin, which the town had wanted since the floods of last spring."
)
MAYOR = "The mayor thanked the company and said that the school boat would keep its hours until the summer."


def view(html, headline_at=-1):
    layout = read_layout(LexborHTMLParser(html).body)
    return PageView(layout, score_blocks(layout), PageClaims(), headline_at)


def texts(page, about="ferry islands harbour"):
    main_element = find_main_element(page, about=about, claimed_body="")
    return [page.layout.blocks[index].text for index in choose_paragraphs(page, main_element)]


def paragraphs(*lines):
    return "".join(f"<p>{line}</p>" for line in lines)


def test_the_main_element_holds_nearly_all_of_the_text():
    club = (
        "The football club lost its third match in a row, and its coach spoke of bad luck and bad referees."
    )
    story = [FERRY, HARBOUR, MAYOR, f"{FERRY} Again.", f"{HARBOUR} Again.", f"{MAYOR} Again."]
    html = f"<div>{paragraphs(club)}</div><div>{paragraphs(*story)}</div>"
    assert texts(view(html)) == story


def test_a_page_without_elements_has_no_main_element():
    assert find_main_element(view(""), about="", claimed_body="") == -1


@pytest.mark.parametrize(
    ("extra", "kept"),
    [
        ("<p>Advertisement</p>", []),
        ("<p>Read more: the ferry's new captain</p>", []),
        ('<p><a href="/x">Another story about ferries</a></p>', []),
        (f"<p>{HARBOUR}</p>", []),
        (
            '<p class="related">More about the ferry and all of its many islands, as it was told here before.</p>',
            [],
        ),
        ("<p>He smiled.</p>", ["He smiled."]),
    ],
)
def test_lines_between_paragraphs(extra, kept):
    html = f"<article>{paragraphs(FERRY, HARBOUR)}{extra}{paragraphs(MAYOR)}</article>"
    assert texts(view(html)) == [FERRY, HARBOUR, *kept, MAYOR]


def test_nothing_after_the_comments_belongs_to_the_story():
    html = f"<article>{paragraphs(FERRY, HARBOUR, 'Comments (3)', MAYOR)}</article>"
    assert texts(view(html)) == [FERRY, HARBOUR]


def test_a_first_paragraph_between_headline_and_main_element_is_found():
    html = f"<section><h1>Ferry sails again</h1><p>{MAYOR}</p><div>{paragraphs(FERRY, HARBOUR, HARBOUR + ' Soon.')}</div></section>"
    page = view(html)
    start = find_body_start(page.layout, page.scores, 0)
    assert start == 0
    assert texts(view(html, start))[0] == MAYOR


def test_a_headline_below_the_text_limits_nothing():
    page = view(f"<article>{paragraphs(FERRY, HARBOUR)}<h1>Ferry sails again</h1></article>")
    assert find_body_start(page.layout, page.scores, 2) == -1
