"""What a page teaches of its layout, and reading pages without what is around the story."""

from dataclasses import asdict, replace

import pytest

from spiders.parsing.context import ParseContext
from spiders.parsing.formats import parse_and_observe
from spiders.parsing.lessons import learn
from spiders.parsing.template import element_key
from spiders.parsing.template_values import Observation, Template
from tests.spiders.parsing.layouts import LATEST, page, story


def observe(*pages):
    return [parse_and_observe(one, ParseContext())[1] for one in pages]


@pytest.fixture(scope="module")
def template():
    return learn(observe(page(1), page(2), page(3)))


def read(one, template):
    return parse_and_observe(one, ParseContext(template=template))


def test_a_page_teaches_what_is_outside_its_story_and_what_is_not():
    [seen] = observe(page(1))
    assert seen.outside.keys() == {"div post-side", "div post-foot"}
    assert {"div post-main", "div post-text"} <= set(seen.inside)
    assert seen.has_headline
    assert "basin" not in str(asdict(seen))


def test_a_page_is_read_alike_with_and_without_its_template(template):
    told, seen = read(page(9), template)
    whole, taught = read(page(9), None)
    assert seen is None
    assert taught is not None
    assert (told.extractor, whole.extractor) == ("learned", "generic")
    assert replace(told, extractor="generic", credit=whole.credit, template_version=None) == whole


def test_a_line_that_every_page_prints_is_not_taken_for_a_short_story(template):
    short = page(9, body="<p>Basin closed.</p>")
    assert read(short, None)[1] is not None
    told, seen = read(short, template)  # too short for this layout: read whole
    assert seen is not None
    assert seen.refused == "body-short"
    assert told.extractor == "generic"


def test_an_element_that_outgrows_what_it_held_is_read(template):
    moved = page(9, body="<p>See below.</p>", foot=story(9, 12))
    told, _ = read(moved, template)
    assert told.body.count("the board of ward 9") == 12


@pytest.mark.parametrize("frame", ["post", "next"])
def test_a_story_in_another_layout_is_read_whole_or_the_same(template, frame):
    told, _ = read(page(9, frame=frame), template)
    assert told.body.count("the board of ward 9") == 6


def test_a_page_without_the_headline_of_its_layout_is_read_whole(template):
    bare = page(9)
    bare = replace(bare, body=bare.body.replace(b"<h1>", b"<b hidden>").replace(b"</h1>", b"</b>"))
    _, seen = read(bare, template)
    assert seen is None or seen.refused == "no-headline"


def test_the_name_of_the_story_itself_in_a_template_makes_the_page_be_read_whole(template):
    poisoned = Template({"div post-main": 10_000}, template.least_body, template.has_headline)
    told, seen = read(page(9), poisoned)
    assert seen is not None
    assert seen.refused
    assert told.body.count("the board of ward 9") == 6


def test_pages_that_number_themselves_are_still_partial(template):
    pager = page(9, foot="<p>Page 1 of 3</p>")
    [seen] = observe(pager)
    assert "div post-foot" not in seen.outside
    relearned = learn(observe(page(1), page(2), pager))
    assert "partial" in read(pager, relearned)[0].warnings


def test_scripts_do_not_count_as_text_of_an_element(template):
    script = "<script>" + "var a = 1;" * 5_000 + "</script>"
    _, seen = read(page(9, sidebar=LATEST + script), template)
    assert seen is None


@pytest.mark.parametrize(
    ("tag", "name", "key"),
    [
        ("div", "teaser teaser-12 id9", "div teaser teaser-# id#"),
        ("div", "css-1x2y3 box", "div box"),
        ("section", "sc-abc", ""),
        ("span", "teaser", ""),  # no block: its text may belong to a line
        ("div", "", ""),
    ],
)
def test_the_key_of_an_element_is_the_same_on_every_page(tag, name, key):
    assert element_key(tag, name) == key


def test_a_page_with_thousands_of_names_teaches_nothing():
    crowd = "".join(
        f"<div class=x{chr(97 + at % 26)}{'y' * (at // 26)}><p>{story(at, 1)}</p></div>" for at in range(400)
    )
    [seen] = observe(page(1, body=crowd))
    assert (seen.outside, seen.inside) == ({}, ())
    assert len(str(seen)) < 2_000


def test_what_is_taught_is_bounded():
    side = "".join(
        f"<div class='box{chr(97 + at % 26)}{'z' * (at // 26)} {'w' * 500}'>word {at}</div>"
        for at in range(900)
    )
    [seen] = observe(with_boxes(page(1), side))
    assert isinstance(seen, Observation)
    assert len(seen.outside) <= 200
    assert all(len(key) <= 80 for key in seen.outside)


def with_boxes(one, boxes):
    return replace(one, body=one.body.replace(b"</body>", boxes.encode() + b"</body>"))
