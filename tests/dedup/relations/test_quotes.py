"""Quotations that two texts have in common."""

from __future__ import annotations

import pytest

from dedup.relations.quotes import match_quotes, read_quotes


def match(earlier, later):
    return match_quotes(read_quotes(earlier), read_quotes(later))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ('"We have lost everything but the office," he said.', "“We have lost everything but the”, said the manager, “a desk”."),
        ("«Мы потеряли всё, кроме здания конторы», - сказал он.", "„Мы потеряли всё, кроме здания конторы и двора“, сказал он."),
        ("彼は「事務所の建物以外はすべて失った」と語った。", "工場長は「建物以外はすべて失ったのだ」「所の建物以外はすべて失った」と話した。"),
        ('"WE HAVE LOST everything but it," he said.', '"We have lost everything but it, all of it."'),
    ],
)  # fmt: skip
def test_a_part_of_a_quotation_is_the_quotation(earlier, later):
    assert len(match(earlier, later)) == 1


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ('"We have lost everything but the office."', '"We have lost everything, and the office."'),
        ('"We have lost everything but it"', "Now we have lost everything but it."),  # not quoted
        ('the film "Gone with the great wind"', 'the film "Gone with the great wind"'),  # few words are a title
        ('a board of 6" by 8" and a beam of 12" in all four of the rooms', 'a beam of 12" in all four of the rooms"'),
        ("", ""),
    ],
)  # fmt: skip
def test_other_words_are_no_quotation_in_common(earlier, later):
    assert match(earlier, later) == ()


def test_quotations_are_given_as_each_text_prints_them():
    earlier = "“Aa bb cc dd ee ff, and no more.” “Uu vv ww xx yy zz.”"
    assert match(earlier, '"Uu vv ww xx yy zz" and then: "Aa bb cc dd ee ff"') == (
        ("Uu vv ww xx yy zz.", "Uu vv ww xx yy zz"),
        ("Aa bb cc dd ee ff, and no more.", "Aa bb cc dd ee ff"),
    )


def test_a_mark_that_is_never_closed_quotes_nothing():
    assert read_quotes('"' + "word " * 500) == {}
