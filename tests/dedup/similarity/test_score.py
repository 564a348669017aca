"""What two texts share."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.decision.rules import OPENS_ALIKE, PERHAPS_THE_PAGE, RULES
from dedup.similarity.relation import describe_relation
from dedup.similarity.score import Reading, score_pair
from dedup.similarity.tiling import MIN_RUN, Grams, tile
from dedup.similarity.weights import FULL, pick_counted, weigh_words
from dedup.text.ngrams import narrow, roll_grams
from dedup.text.words import read_words
from tests.dedup import copydesk as copy
from tests.dedup.similarity.plain_tiling import find_rival_plainly, tile_plainly


def reading(body, key=1, hours=0.0, weights=None):
    text = read_words(body)
    return Reading(
        key, text, np.full(len(text), FULL, dtype=np.uint8) if weights is None else weights, hours * 3600
    )


def find_runs(one, other):
    return tile_words(read_words(one).words, read_words(other).words)


def tile_words(words, others):
    left, right = (Grams(roll_grams(side, MIN_RUN)) for side in (words, others))
    return list(map(tuple, tile(left.hashes, right.hashes, right.heads, right.nexts).tolist()))


def test_runs_are_found_longest_first_and_never_overlap():
    parts = [" ".join(copy.say_words(random.Random(n), size)) for n, size in enumerate((30, 9, 12))]
    moved = " ".join([parts[2], parts[0], parts[1]])
    assert find_runs(" ".join(parts), moved) == [(0, 12, 39), (39, 0, 12)]
    assert find_runs(parts[0], parts[1]) == []
    assert find_runs("five words are no run", "five words are no run") == []


def test_a_repeated_passage_is_matched_once():
    passage = " ".join(copy.say_words(random.Random(1), 10))
    assert find_runs(passage, f"{passage} {passage}") == [(0, 0, 10)]
    assert find_runs(f"{passage} {passage}", f"{passage} {passage}") == [(0, 0, 20)]


@given(st.lists(st.sampled_from("abcde"), max_size=80), st.lists(st.sampled_from("abcde"), max_size=80))
def test_tiles_are_equal_words_and_each_is_used_once(one, other):
    words = [read_words(" ".join(side)).words for side in (one, other)]
    runs = tile_words(*words)
    for i, j, length in runs:
        assert length >= MIN_RUN
        assert np.array_equal(words[0][i : i + length], words[1][j : j + length])
    for side in (0, 1):
        covered = [place for run in runs for place in range(run[side], run[side] + run[2])]
        assert len(covered) == len(set(covered)) <= len(words[side])
    assert runs == tile_plainly(words[0].tolist(), words[1].tolist())


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


def test_copy_that_was_cut_and_carried_on_opens_alike():
    story = copy.write_story(1, 80)
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
    assert PERHAPS_THE_PAGE.holds(score)


def test_a_table_corrected_in_a_figure_is_the_same_table():
    table = "Shr 30 cts vs 36 cts Net 1,914,388 vs 1,906,095 Sales {} mln vs 40.6 mln Avg shrs 6,342,353 vs 5,342,353"
    long = f"{table} First half Net 2,961,718 vs 2,817,439 Loans 98,345,112 vs 87,450,310"
    one, other = (reading(long.format(sales), key) for key, sales in ((1, "58.7"), (2, "59.8")))
    score = score_pair(one, other)
    assert score.precise == 8
    assert RULES.match(score) == "figures"


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


def test_weights_fall_with_how_often_a_phrase_was_seen():
    words = read_words(copy.FERRY).words
    grams = narrow(roll_grams(words, 4))
    means = [
        weigh_words(grams, np.full(len(pick_counted(grams)), seen), len(words)).mean()
        for seen in (0, 2, 5, 12, 25, 900)
    ]
    assert means == sorted(means, reverse=True)
    assert means[0] == means[1] == FULL
    assert means[-1] == means[-2] == 1


@pytest.mark.parametrize("words", [0, 1, 3, 4, 5, 9])
def test_short_texts_are_weighed_in_full(words):
    hashes = read_words(" ".join(copy.say_words(random.Random(words), words))).words
    grams = narrow(roll_grams(hashes, 4))
    times = np.zeros(len(pick_counted(grams)), dtype=np.int64)
    assert weigh_words(grams, times, words).tolist() == [FULL] * words


def test_a_third_of_all_phrases_is_counted():
    grams = narrow(roll_grams(read_words(copy.write_story(1, 9000)).words, 4))
    assert len(pick_counted(grams)) / len(grams) == pytest.approx(1 / 3, abs=0.03)


@pytest.mark.parametrize(
    ("member", "relation"),
    [
        (copy.FERRY, "verbatim"),
        (copy.FERRY.replace("Tuesday", "Wednesday"), "verbatim"),
        (copy.cut(copy.FERRY), "cut"),
        (copy.with_local_paragraphs(copy.FERRY), "extended"),
        (copy.in_house_style(copy.cut(copy.with_local_paragraphs(copy.FERRY))), "edited"),
    ],
)
def test_relations(member, relation):
    one, other = reading(member, 1), reading(copy.FERRY, 2)
    found = describe_relation(
        score_pair(one, other), member_words=len(one.text), canonical_words=len(other.text)
    )
    assert found == relation
