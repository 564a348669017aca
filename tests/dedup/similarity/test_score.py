"""What two texts share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.decision.rules import LEAST_SHARED, OPENS_ALIKE, RULES, SAME_PAGE
from dedup.similarity.score import Reading, may_share, score_pair
from dedup.similarity.weights import FULL
from dedup.text.words import read_words
from tests.dedup import copydesk as copy
from tests.dedup.similarity.plain_tiling import find_rival_plainly, tile_plainly


def reading(body, key=1, hours=0.0, weights=None):
    text = read_words(body)
    return Reading(
        key, text, np.full(len(text), FULL, dtype=np.uint8) if weights is None else weights, hours * 3600
    )


@given(st.lists(st.sampled_from("abc 12"), max_size=60), st.lists(st.sampled_from("abc 12"), max_size=60))
def test_the_compiled_counts_are_those_of_a_plain_count(one, other):
    ours, theirs = sorted(
        (reading(" ".join(one), 1), reading(" ".join(other), 2)), key=lambda side: len(side.text)
    )
    score = score_pair(ours, theirs)
    runs = tile_plainly(ours.text.words.tolist(), theirs.text.words.tolist())
    assert list(score.runs) == runs
    assert score.matched_words == score.weight == sum(run[2] for run in runs)
    assert score.rival == find_rival_plainly(runs, len(ours.text), len(theirs.text))
    numbers = [{int(word) for word in side.text.words[side.text.numeric]} for side in (ours, theirs)]
    assert score.figures == len(numbers[0])
    assert score.numbers_kept == (len(numbers[0] & numbers[1]) / len(numbers[0]) if numbers[0] else 1.0)
    left, right = ([int(word) for word in side.text.words[side.text.numeric]] for side in (ours, theirs))
    later = iter(right)
    assert (score.numbers_in_order == 1.0) == all(number in later for number in left)


FLASH = "Norandmouth beat Bereton {} in the cup final on Wednesday before 46,828 people, with Olendeck scoring in minute 63"


@pytest.mark.parametrize("form", ["5-2", "5\u20132", "5:2", "5 to 2", "5 - 2"])
@pytest.mark.parametrize(
    ("printed", "same"), [("5-2", True), ("5-5", False), ("2-5", False), ("2-2", False), ("5-2 1-5", True)]
)
def test_a_score_is_the_same_in_every_writing_and_no_other_one(form, printed, same):
    one, other = reading(FLASH.format(form), 1), reading(FLASH.format(printed), 2)
    assert (score_pair(one, other).numbers_in_order == 1.0) is same


def test_sets_of_a_match_are_compared_in_their_order():
    sets = {
        text: reading(FLASH.format(text), number)
        for number, text in enumerate(("6-4 6-3", "6-3 6-4", "6:4, 6:3"))
    }
    assert score_pair(sets["6-4 6-3"], sets["6:4, 6:3"]).numbers_in_order == 1.0
    assert score_pair(sets["6-4 6-3"], sets["6-3 6-4"]).numbers_in_order < 1.0


def test_copy_that_was_cut_and_carried_on_opens_alike():
    story = f"Rain fell on 12 villages near Senn, said Varro of Senn. {copy.write_story(1, 80)}"
    one = f"{story}\n\n{copy.write_story(2, 200)}"
    other = f"Read it here first\n\n{story}\n\n{copy.write_story(3, 200)}"
    score = score_pair(reading(one, 1), reading(other, 2))
    assert score.opening >= 80
    assert score.opening_density == 1.0
    assert OPENS_ALIKE.holds(score)
    buried = f"{copy.write_story(4, 120)}\n\n{story}"
    assert score_pair(reading(one, 1), reading(buried, 2)).opening == 0.0


def test_pages_of_one_house_are_not_one_story_for_their_boilerplate():
    around = [copy.write_story(seed, 150) for seed in (1, 2)]
    pages = ["\n\n".join([around[0], copy.write_story(seed, 60), around[1]]) for seed in (3, 4)]
    score = score_pair(reading(pages[0], 1), reading(pages[1], 2))
    assert score.share > 0.7
    assert score.rival >= 60
    assert score.whole == 300
    assert SAME_PAGE.holds(score)


def test_a_paragraph_that_was_edited_is_not_whole():
    story = copy.write_story(5, 100)
    edited = story.replace("\n\n", " and said\n\n", 2)
    assert score_pair(reading(story, 1), reading(story, 2)).whole == 100
    assert score_pair(reading(story, 1), reading(edited, 2)).whole == 60


def test_a_table_corrected_in_a_figure_is_the_same_table():
    table = "Shr 30 cts vs 36 cts Net 1,914,388 vs 1,906,095 Sales {} mln vs 40.6 mln Avg shrs 6,342,353 vs 5,342,353"
    long = f"{table} First half Net 2,961,718 vs 2,817,439 Loans 98,345,112 vs 87,450,310"
    one, other = (reading(long.format(sales), key) for key, sales in ((1, "58.7"), (2, "59.8")))
    score = score_pair(one, other)
    assert score.precise == 8
    assert RULES.match(score) == "figures"


@given(
    *[st.lists(st.sampled_from("abc 12"), max_size=60)] * 2,
    st.lists(st.integers(1, FULL), min_size=120, max_size=120),
    st.floats(0, 1),
)
def test_no_pair_is_left_out_that_shares_so_much(one, other, weights, least):
    sides = [" ".join(side) for side in (one, other)]
    proved = [
        np.array(part[: len(read_words(side))], dtype=np.uint8)
        for side, part in zip(sides, (weights[:60], weights[60:]), strict=True)
    ]
    ours, theirs = (reading(side, key, weights=proved[key]) for key, side in enumerate(sides))
    score = score_pair(ours, theirs)
    enough = score.share >= least or score.share_of_shorter >= least
    assert not enough or (may_share(ours, theirs, least) and may_share(theirs, ours, least))


def test_a_pair_that_shares_a_phrase_is_left_out():
    """The control."""
    phrase = "the committee of the council said on its page that"
    one, other = (
        f"{copy.write_story(seed, 100)} {phrase} {copy.write_story(seed + 1, 100)}" for seed in (6, 8)
    )
    assert score_pair(reading(one, 1), reading(other, 2)).runs
    assert not may_share(reading(one, 1), reading(other, 2), LEAST_SHARED)
    assert may_share(reading(one, 1), reading(copy.cut(one), 2), LEAST_SHARED)


texts = st.lists(st.sampled_from(copy.PARAGRAPHS + copy.FOLLOW_UP.split("\n\n")), max_size=6).map("\n\n".join)


@given(texts, texts)
def test_the_score_of_a_pair_is_the_same_both_ways(one, other):
    assert score_pair(reading(one, 1), reading(other, 2)) == score_pair(reading(other, 2), reading(one, 1))


@given(texts.filter(bool))
def test_a_text_is_all_in_itself(body):
    score = score_pair(reading(body, 1), reading(body, 2))
    assert score.share_of_shorter == score.share_of_longer == score.numbers == 1.0
    assert score.share > 0.99


@given(texts, texts)
def test_scores_stay_in_bounds(one, other):
    score = score_pair(reading(one, 1), reading(other, 2))
    for value in (
        score.share,
        score.share_of_shorter,
        score.share_of_longer,
        score.unquoted,
        score.offset,
        score.numbers,
    ):
        assert 0 <= value <= 1


def test_substitutions_and_contradictions():
    one = "The club from the north won the cup by 3 goals in front of a crowd larger than any that was ever seen before"
    score = score_pair(reading(one, 1), reading(one.replace("3", "5").replace("larger", "smaller"), 2))
    assert (score.substitutions, score.contradictions) == (2, 1)


def test_figures_printed_in_one_place_are_contested_one_for_one():
    standing = "Tickets that were booked for a crossing which does not take place stay valid for thirty days"
    sails = "The ferry will sail at {} because of {} . Cars must be there {} minutes before . " + standing
    one = reading(sails.format("520 914 1216 1634", "a repair of the northern pier", "34"), 1)
    other = reading(sails.format("628 914 1215 1559", "the festival in the old town", "42"), 2)
    assert score_pair(one, other).contested == 4
    assert score_pair(one, reading(standing + " 628 1215 1559", 3)).contested == 0


def test_quotations_do_not_count_as_the_storys_own_words():
    quotation = '"' + copy.write_story(1, 60).replace("\n\n", " ") + '"'
    one, other = (f"{copy.write_story(seed, 60)} {quotation}" for seed in (2, 3))
    score = score_pair(reading(one, 1), reading(other, 2))
    assert score.share_of_shorter > 0.4
    assert score.unquoted == 0.0
