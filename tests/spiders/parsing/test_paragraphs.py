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


@pytest.mark.parametrize(
    "line", ["Related stories", "Читайте также", "Czytaj także", "延伸閱讀", "Mehr zum Thema"]
)
def test_a_story_goes_on_below_a_box_of_other_stories_in_its_middle(line):
    box = f"<h3>{line}</h3><p><a href=/x>Another story about ferries and islands</a></p>"
    html = f"<article>{paragraphs(FERRY, HARBOUR)}{box}{paragraphs(MAYOR, f'{FERRY} Again.')}</article>"
    assert texts(view(html)) == [FERRY, HARBOUR, MAYOR, f"{FERRY} Again."]


def test_a_story_goes_on_below_a_tool_bar_that_counts_comments():
    story = [HARBOUR, MAYOR, f"{FERRY} Again.", f"{HARBOUR} Again."]
    html = f"<article>{paragraphs(FERRY, 'Comments (3)', *story)}</article>"
    assert texts(view(html)) == [FERRY, *story]


@pytest.mark.parametrize(
    "below",
    [
        paragraphs(MAYOR),  # one teaser
        f"<div>{paragraphs(MAYOR, f'{FERRY} Again.')}</div>",  # in a box of their own
        "".join(f"<p class=teaser>{text}</p>" for text in (MAYOR, f"{FERRY} Again.")),
    ],
)
def test_teasers_below_a_line_that_opens_other_stories_are_no_part_of_it(below):
    html = f"<article>{paragraphs(FERRY, HARBOUR)}<h3>Related stories</h3>{below}</article>"
    assert texts(view(html)) == [FERRY, HARBOUR]


def test_a_page_of_lines_that_seem_to_end_it_is_read_in_linear_time():
    html = "<article>" + paragraphs(FERRY, HARBOUR) + paragraphs("Related stories", MAYOR) * 3_000
    assert texts(view(html))[:2] == [FERRY, HARBOUR]


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


LIST = [
    "4 peppers",
    "rice (1 bag)",
    "300 g of beef",
    "1 onion",
    "stock",
    "oil",
    "salt",
    "1 egg",
    "dill",
    "cream",
]


@pytest.mark.parametrize("inner", ["{}", "• {}", "<b></b>{}"])
def test_a_list_marked_up_like_the_paragraphs_ends_no_story(inner):
    story = [FERRY, HARBOUR, MAYOR, f"{FERRY} Again."]
    items = "<br><br>".join(inner.format(item) for item in LIST)
    html = f"<div>{paragraphs(*story)}<p>{items}<br><br>{HARBOUR} Soon.</p></div>"
    assert texts(view(html))[-1] == f"{HARBOUR} Soon."


@pytest.mark.parametrize("inner", ["<em class='t'>{}</em>", "<span class='time'>{}</span>"])
def test_short_lines_marked_up_otherwise_end_a_story(inner):
    story = [FERRY, HARBOUR, MAYOR, f"{FERRY} Again."]
    items = "<br><br>".join(inner.format(item) for item in LIST)
    html = f"<div>{paragraphs(*story)}<p>{items}<br><br></p><p><u class='teaser-text'>{HARBOUR} Soon.</u></p></div>"
    assert texts(view(html)) == story


MANY = [f"{text} {word}." for text in (FERRY, HARBOUR, MAYOR) for word in ("Again", "Soon", "Now")]


def boxes(*groups, name="story-text", between=""):
    made = (
        f"<div><div><div><div>{''.join(f'<p class={name}>{text}</p>' for text in group)}</div></div></div></div>"
        for group in groups
    )
    return f"<section><h1>Ferry sails again</h1>{between.join(made)}</section>"


def headed(html):
    page = view(html)
    return view(html, find_body_start(page.layout, page.scores, 0))


@pytest.mark.parametrize("cuts", [(1, 9), (8, 9), (1, 8), (0, 9)])
def test_a_story_in_several_boxes_is_put_together(cuts):
    page = headed(boxes(MANY[: cuts[0]], MANY[cuts[0] : cuts[1]], MANY[cuts[1] :]))
    assert texts(page) == MANY


def test_paragraphs_of_one_name_below_another_heading_are_another_story():
    page = headed(boxes(MANY[:8], MANY[8:], between="<div><h2>Club loses again</h2></div>"))
    assert texts(page) == MANY[:8]


def test_paragraphs_of_another_name_are_no_part_of_the_story():
    html = boxes(MANY[:8]).replace(
        "</section>", f"<div><ul><li><p class=promo-x>{MANY[8]}</p></li></ul></div></section>"
    )
    assert texts(headed(html)) == MANY[:8]


@pytest.mark.parametrize("links", [0, 30, 300])
def test_a_short_story_among_lists_of_links_is_found(links):
    rows = "".join(
        f"<li><a href=/{n}>Headline number {n} of the day, with some words</a></li>" for n in range(links)
    )
    html = f"<div class=page><div class=left><h1>Ferry sails again</h1>{paragraphs(FERRY, HARBOUR)}<ul>{rows}</ul></div></div>"
    assert texts(headed(html)) == [FERRY, HARBOUR]


@pytest.mark.parametrize("last", ["She won.", "公交将恢复。", "ነገ ይጠገናል።", "سيعود غدا."])
@pytest.mark.parametrize("wrap", ["<p>{}</p>", "<div class='b#'><p class=t>{}</p></div>"])
def test_a_short_sentence_beside_the_paragraphs_is_text(last, wrap):
    lines = [last, FERRY, HARBOUR, last]
    html = "".join(wrap.format(line).replace("#", str(number)) for number, line in enumerate(lines))
    found = texts(view(f"<main><div>{html}</div><div><p>Share.</p></div></main>"))
    assert found == lines


@pytest.mark.parametrize(
    "items",
    ["<ul><li>Boat: Tern</li><li>Seats: 120</li></ul>", "<table><tr><td>Tern</td><td>120</td></tr></table>"],
)
def test_a_list_without_links_below_the_text_is_part_of_it(items):
    found = texts(view(f"<main><div>{paragraphs(FERRY, HARBOUR, MAYOR)}{items}</div></main>"))
    assert found[:3] == [FERRY, HARBOUR, MAYOR]
    assert len(found) == 5


@pytest.mark.parametrize(
    "below",
    [
        "<ul><li><a href=/1>Boats</a></li><li>Seats</li></ul>",
        "</div><ul><li>Boat: Tern</li><li>Seats: 120</li></ul><div>",
    ],
)
def test_a_list_with_links_or_in_another_box_is_not(below):
    assert texts(view(f"<main><div>{paragraphs(FERRY, HARBOUR, MAYOR)}{below}</div></main>")) == [
        FERRY,
        HARBOUR,
        MAYOR,
    ]


def test_a_paragraph_that_is_one_link_is_text_where_it_says_whole_sentences():
    linked = f"<p><a href=/1>{HARBOUR} {MAYOR}</a></p>"
    title = "<p><a href=/2>Museum opens a new hall for the boats that the harbour board gave it last spring</a></p>"
    found = texts(view(f"<main>{paragraphs(FERRY, MAYOR)}{linked}{title}{paragraphs(HARBOUR)}</main>"))
    assert found == [FERRY, MAYOR, f"{HARBOUR} {MAYOR}", HARBOUR]


COLUMN = paragraphs(FERRY, HARBOUR, MAYOR, *(f"{FERRY} {HARBOUR} {MAYOR} Day {day}." for day in range(5)))
COLUMNS = "<div class=w><div class=one1>{}</div><div class={}>{}</div></div>"


def test_a_column_that_goes_on_like_the_first_is_text():
    page = view(
        COLUMNS.format(
            COLUMN,
            "one2",
            paragraphs(HARBOUR + MAYOR, "She won."),
        )
    )
    assert texts(page)[-2:] == [HARBOUR + MAYOR, "She won."]


@pytest.mark.parametrize(
    "beside",
    [
        f"<h3>Museum</h3><p>{HARBOUR + MAYOR}</p>",
        f"<p>{HARBOUR + MAYOR}</p><p>by reader 12</p>",
        f"<p>{HARBOUR + MAYOR}</p><p><a href=/1>Ships.</a></p>",
    ],
)
def test_a_column_of_another_story_or_of_comments_is_not(beside):
    page = view(COLUMNS.format(COLUMN, "one2", beside))
    assert HARBOUR + MAYOR not in texts(page)


def typed(text, tag="pre", style=""):
    return texts(view(f"<h1>Ferry</h1><{tag} {style}>{text}</{tag}>"))


LINES = FERRY.replace(" that ", " that\n")  # as a teleprinter would break it
MORE = MAYOR.replace(" would ", " would\n")


@pytest.mark.parametrize(
    "text",
    [
        f"{LINES}\n\n{HARBOUR}\n\n{MORE}",
        f"{LINES}\r\n \r\n{HARBOUR}\r\n\r\n{MORE}",
        f"\n   {LINES}\n   {HARBOUR}\n   {MORE}\n",
        f"    {LINES}\n\n    {HARBOUR}\n\n    {MORE}".replace("\n", "\n    "),
        f"{LINES}\n\n<b>{HARBOUR}</b>\n\n{MORE}",
    ],
)
def test_text_as_typed_keeps_its_paragraphs(text):
    assert typed(text) == [FERRY, HARBOUR, MAYOR]


def test_lines_show_where_a_style_says_so_and_nowhere_else():
    text = f"{LINES}\n\n{HARBOUR}\n\n{MORE}"
    assert typed(text, "div", 'style="white-space: pre-line"') == [FERRY, HARBOUR, MAYOR]
    assert typed(text, "div") == [f"{FERRY} {HARBOUR} {MAYOR}"]
