"""The relation of a member to the canonical version."""

from __future__ import annotations

import numpy as np
import pytest

from dedup.similarity.relation import describe_relation
from dedup.similarity.score import Reading, score_pair
from dedup.similarity.weights import FULL
from dedup.text.words import read_words
from tests.dedup import copydesk as copy


def reading(body, key):
    text = read_words(body)
    return Reading(key, text, np.full(len(text), FULL, dtype=np.uint8), 0.0)


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
