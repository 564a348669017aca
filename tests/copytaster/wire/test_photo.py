"""Picture credits at the end of captions, alone, and lines that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.wire.photo import is_photo_line, photo_agency, split_photo_credit

# what stands behind a caption, credit, agency
CREDITS = [
    (" REUTERS/Ann Poe/Files", "REUTERS/Ann Poe/Files", "Reuters"),
    (" REUTERS/Ann Poe", "REUTERS/Ann Poe", "Reuters"),
    (" REUTERS/Ann Poe/File Photo", "REUTERS/Ann Poe/File Photo", "Reuters"),
    (" REUTERS/Oakvale Police/Handout via Reuters", "REUTERS/Oakvale Police/Handout via Reuters", "Reuters"),
    (" (AP Photo/Ann Poe, File)", "AP Photo/Ann Poe, File", "AP"),
    (" (AP Photo/Ann Poe)", "AP Photo/Ann Poe", "AP"),
    (" (Photo by Ann Poe / AFP)", "Photo by Ann Poe / AFP", "AFP"),
    (" (Photo by Ann Poe/Getty Images)", "Photo by Ann Poe/Getty Images", None),
    (" Foto: Ann Poe/dpa", "Foto: Ann Poe/dpa", "dpa"),
    (" Foto: dpa", "Foto: dpa", "dpa"),
    (" Photograph: Ann Poe/AP", "Photograph: Ann Poe/AP", "AP"),
    (" AFP/Ann Poe", "AFP/Ann Poe", "AFP"),
    (" (Xinhua/Ann Poe)", "Xinhua/Ann Poe", "Xinhua"),
    (" EPA/ANN POE", "EPA/ANN POE", None),
    (" © dpa", "© dpa", "dpa"),
    (" PTI Photo", "PTI Photo", "PTI"),
    (" Фото: РИА Новости", "Фото: РИА Новости", "RIA Novosti"),
]


@pytest.mark.parametrize(("behind", "credit", "agency"), CREDITS, ids=[row[1] for row in CREDITS])
def test_splits_the_credit_off_a_caption(behind, credit, agency):
    caption = "A mayor flies a kite in Oakvale on Monday."
    assert split_photo_credit(caption + behind) == (caption, credit)
    assert is_photo_line(caption + behind)
    assert photo_agency(credit) == agency


@pytest.mark.parametrize(("behind", "credit", "agency"), CREDITS, ids=[row[1] for row in CREDITS])
def test_knows_a_credit_alone(behind, credit, agency):
    assert split_photo_credit(behind.strip()) == ("", credit)


@pytest.mark.parametrize(
    "line",
    [
        "FILE PHOTO: A mayor flies a kite",
        "FILE - A mayor flies a kite",
        "Getty Images",
        "Ann Poe / AP",
        "AFP – A mayor flies a kite",
        "(File 2009/The Associated Press) Mayor Poe flies",
        "Archivfoto: Ein Drachen",
    ],
)
def test_knows_picture_lines(line):
    assert is_photo_line(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "The mayor told Reuters.",
        "A Reuters/Ipsos poll showed rain",
        "The rain fell, a poll by Reuters/Ipsos",
        "He flew a kite. (AFP)",
        "Reuters",
        "(dpa)",
        "© 2016 AFP",
        "Mr Poe (Labour)",
        "The photo was taken on Monday, he said.",
        "LIMA (Reuters) - A mayor flew a kite",
    ],
)
def test_leaves_story_text_and_story_credits_alone(line):
    assert not is_photo_line(line)


def test_caption_without_credit_stays():
    assert split_photo_credit("A mayor flies a kite.") == ("A mayor flies a kite.", None)


@given(st.text(max_size=250))
def test_caption_is_always_the_beginning_of_the_line(text):
    caption, credit = split_photo_credit(text)
    assert text.startswith(caption)
    assert credit is None or credit in text
    assert isinstance(is_photo_line(text), bool)
