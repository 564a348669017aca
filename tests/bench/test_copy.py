"""Invented copy: equal for equal seeds, labelled as generated, and different where it must be."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import zlib
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from bench.copy.boilerplate import House, add_boilerplate, write_warm_up
from bench.copy.credited import write_credited
from bench.copy.desk import write_bulk, write_cuts, write_one_story, write_week
from bench.copy.grammar import Facts, settle, write
from bench.copy.lexicon import ENGLISH
from bench.copy.lookalikes import write_lookalikes
from bench.copy.piece import shift_arrivals
from bench.copy.rewrites import DEEDS, rewrite
from bench.copy.stories import TOPICS, write_story
from bench.copy.template_file import read_blocks
from bench.copy.tongues import LANGUAGES, Tongue, write_tongue

_UNFILLED = re.compile(r"[{}]|<\w|\[[^\]\n]{0,200}\|")


@pytest.mark.parametrize(
    "make",
    [
        lambda seed: write_lookalikes(90, seed=seed),
        lambda seed: write_one_story(20, 5, seed=seed),
        lambda seed: write_cuts(6, seed=seed),
        lambda seed: write_week(8, forms=18, seed=seed),
        *(lambda seed, language=language: write_tongue(language, 6, seed=seed) for language in LANGUAGES),
    ],
)
def test_a_seed_gives_one_set(make):
    assert make(3) == make(3)
    assert [piece.text for piece in make(3).pieces] != [piece.text for piece in make(4).pieces]
    times = [piece.t for piece in make(3).pieces]
    assert times == sorted(times)
    assert not [piece.text for piece in make(3).pieces if _UNFILLED.search(piece.text)]


@pytest.mark.parametrize("hash_seed", ["0", "77"])
def test_an_interpreters_hash_seed_changes_nothing(hash_seed):
    code = "from bench.copy.desk import write_week; import zlib; print(zlib.crc32(repr(write_week(6, forms=9)).encode()))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) == zlib.crc32(repr(write_week(6, forms=9)).encode())


def test_labels_are_those_of_the_groups():
    labelled = write_week(10, forms=0)
    same = set(labelled.same())
    documents = labelled.documents()
    for one, other in combinations(range(len(documents)), 2):
        assert ((one, other) in same) == (labelled.pieces[one].group == labelled.pieces[other].group)


def test_there_are_look_alikes_enough_and_no_two_are_the_same():
    pieces = write_lookalikes().pieces
    issues = [piece for piece in pieces if piece.kind.split()[0] in {"daily", "hourly", "subjects"}]
    assert len(issues) >= 1700
    assert len({piece.text for piece in issues}) == len(issues)
    assert Counter(piece.group for piece in issues).most_common(1)[0][1] == 1
    assert len(pieces) - len(issues) >= 300
    assert len(read_blocks("forms.txt")) >= 30


def test_cuts_are_of_the_length_they_should_be():
    groups: dict[str, list[int]] = {}
    for piece in write_cuts(40).pieces:
        groups.setdefault(piece.group, []).append(len(piece.text.split()))
    for lengths in groups.values():
        assert min(lengths) >= 60
        assert 0.08 <= min(lengths) / max(lengths) <= 0.27


@pytest.mark.parametrize("deed", DEEDS)
def test_a_rewrite_keeps_enough_of_the_story(deed):
    story = write_story("court", "kept", words=300)
    for seed in range(5):
        chance = random.Random(seed)
        copy = rewrite(story, (deed,), place="Ostgard", agency="AP", t=1.77e9, chance=chance)
        kept = sum(
            len(paragraph.split())
            for paragraph in story
            if any(paragraph.split()[:5] == part.split()[:5] or paragraph in part for part in copy)
        )
        assert deed in {"style", "scanned", "merged"} or kept >= 40, (deed, kept)


def test_stories_of_a_topic_share_little():
    for topic in TOPICS:
        runs = [
            {tuple(words[i : i + 8]) for i in range(len(words) - 7)}
            for words in (" ".join(write_story(topic, f"apart {n}")).split() for n in range(12))
        ]
        for one, other in combinations(runs, 2):
            assert len(one & other) <= 0.1 * min(len(one), len(other))


def test_boilerplate_is_the_publishers_own():
    story = ["First paragraph.", "Second paragraph."]
    one, again, other = (
        House(name).print_page(story, seed) for name, seed in (("A", "1"), ("A", "2"), ("B", "1"))
    )
    assert set(story) <= set(one)
    assert 30 <= len(set(one) & set(again)) <= 62
    assert len(set(one) & set(other)) <= 8


def test_copies_of_one_story_go_to_different_publishers():
    week = write_week(12, forms=0)
    pages = add_boilerplate(week.documents(), week.same())
    assert [page.n for page in pages] == list(range(len(pages)))
    publishers: dict[str, list[str]] = {}
    for page, piece in zip(pages, week.pieces, strict=True):
        publishers.setdefault(piece.group, []).append(page.publisher)
        assert all(line in page.text for line in piece.text.split("\n") if line)
    assert all(len(set(names)) == len(names) for names in publishers.values())
    warm = write_warm_up(1000, pages=3)
    assert Counter(page.publisher for page in warm) == {f"House {n}": 3 for n in range(24)}
    assert min(page.n for page in warm) == 1000


def test_late_arrivals_are_the_same_pieces_in_another_order():
    week = write_week(12, forms=9)
    shifted = shift_arrivals(week, hours=6, seed=1)
    assert shifted.pieces != week.pieces
    assert sorted(shifted.pieces, key=repr) == sorted(week.pieces, key=repr)


def test_bulk_goes_on_and_holds_copies():
    pieces = list(write_bulk(200))
    assert len(pieces) == 200
    assert 0.1 <= sum(piece.kind == "style" for piece in pieces) / 200 <= 0.35


def test_pages_name_the_agency_where_they_say_so():
    for page in write_credited(24):
        assert not page.named_in or page.agency is not None
        if page.named_in == "dateline":
            assert f"({page.agency}) - " in page.html
        if not page.named_in and not page.only_picture and page.agency:
            assert f"({page.agency})" not in page.html


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_tongue_has_words_enough(language):
    tongue = Tongue(language)
    assert len(tongue.lines("body")) >= 9
    stories = [tongue.write_story(str(seed)) for seed in range(30)]
    assert len({tuple(story) for story in stories}) == 30


def test_slots_and_choices():
    chance = random.Random(1)
    series = Facts(ENGLISH, chance)
    template = settle("[one|two] {TOWN1} <up|down> {x=int:5-9} {x} {dec2:1-2}", chance)
    assert "[" not in template
    issues = [write(template, Facts(ENGLISH, random.Random(seed), series)) for seed in range(9)]
    assert len({issue.split()[1] for issue in issues}) == 1
    assert {issue.split()[2] for issue in issues} == {"up", "down"}
    for issue in issues:
        x, again, share = issue.split()[3:]
        assert x == again
        assert 1 <= float(share) <= 2
    with pytest.raises(KeyError):
        write("{nonsense}", Facts(ENGLISH, chance))
