"""A typed search in words, part by part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.errors import QueryError
from indexer.clauses import list_clauses


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("grain corridor", ["grain", "corridor"]),
        ("strike OR walkout docks", ["strike or walkout", "docks"]),
        ("(strike OR walkout) docks", ["strike or walkout", "docks"]),
        ("(aa bb) OR (cc dd) ee", ["(aa bb) OR (cc dd)", "ee"]),
        ("flood -football NOT rugby", ["flood", "not football", "not rugby"]),
        ('"has died" prot*', ["exactly “has died”", "prot…"]),
        ("headline:flood cease-fire", ["headline: flood", "“cease fire”"]),
        ("flood time:2026-11-20", ["flood", "published on 2026-11-20"]),
        ("flood -time:2026", ["flood", "not published from 2026-01-01 to 2026-12-31"]),
        ("relation:altered", ["relation: altered"]),
        ("flood ?!", ["flood"]),
    ],
)
def test_each_clause_in_words(text, words):
    assert [clause.words for clause in list_clauses(text)] == words


def test_a_clause_can_be_taken_away():
    first, second, third = list_clauses("flood (strike OR walkout) -rugby")
    assert (first.rest, second.rest, third.rest) == (
        "(strike OR walkout) -rugby",
        "flood -rugby",
        "flood (strike OR walkout)",
    )


def test_other_spellings_are_named():
    (clause,) = list_clauses("covid19")
    assert clause.also == ("covid 19",)


def test_a_pasted_text_is_one_clause():
    (clause,) = list_clauses("The board met on Monday. " * 40)
    assert "pasted" in clause.words
    assert clause.rest == ""


@given(
    st.lists(st.sampled_from(["aa", "OR", "NOT", "-bb", "(", ")", '"cc dd"', "head:x", "ee*"]), max_size=9)
)
def test_whatever_is_left_can_be_searched_too(parts):
    try:
        clauses = list_clauses(" ".join(parts))
    except QueryError:
        return
    for clause in clauses:
        try:
            list_clauses(clause.rest)
        except QueryError as error:
            assert "no word" in str(error) or "brackets" in str(error)  # noqa: PT017 - what may be left
