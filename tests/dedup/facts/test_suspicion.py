"""The pass over gaps finds whatever the comparison can find, and spares verbatim and cut copies the comparison."""

import random

import numpy as np
import pytest

from bench.copy.altering import alter
from bench.copy.stories import TOPICS, write_story
from dedup.facts.suspicion import may_alter
from dedup.similarity.score import Reading, score_pair
from dedup.text.words import read_words

STORY = "\n\n".join(write_story("attack", "suspicion", words=250))


def suspect(agency, copy):
    texts = [read_words(body) for body in (agency, copy)]
    one, other = (
        Reading(key, text, np.full(len(text), 255, dtype=np.uint8), 0.0) for key, text in enumerate(texts)
    )
    return may_alter(one, other, score_pair(one, other), (agency, copy))


@pytest.mark.parametrize("kind", ["number", "name", "negation"])
@pytest.mark.parametrize("seed", range(6))
def test_an_altered_fact_is_suspect(kind, seed):
    story = "\n\n".join(write_story(TOPICS[seed], f"suspicion {seed}", words=250))
    made = alter(story, kind, random.Random(seed))
    assert suspect(story, made.text)
    assert suspect(made.text, story)


@pytest.mark.parametrize(
    ("old", "new"),
    [("$5", "€5"), ("0.3 percent", "-0.3 percent"), ("Islamic State", "Ines Berg"), ("3人", "4人")],
)
def test_what_the_words_do_not_show_is_suspect_too(old, new):
    story = f"{STORY}\n\nThe ministry set aside {old} for it and said so to all the people of the town."
    assert suspect(story, story.replace(old, new))


def test_verbatim_cut_and_extended_copies_are_not():
    assert not suspect(STORY, STORY)
    assert not suspect(STORY, "\n\n".join(STORY.split("\n\n")[:-2]))
    assert not suspect(STORY, STORY + "\n\nIn Ostheim 300 people met, and Anna Berg spoke to them at length.")
