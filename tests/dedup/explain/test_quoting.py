"""Words of a text are found again where the body printed them."""

from __future__ import annotations

from itertools import pairwise

from dedup.explain.quoting import locate_words, quote
from dedup.text.words import read_words
from tests.dedup import copydesk as copy


def test_words_are_located_where_they_were_printed():
    for body in (
        copy.FERRY,
        copy.in_house_style(copy.FERRY),
        "海岸警卫队星期二表示渡轮在恶劣海况中失去动力后 two words",
    ):
        text = read_words(body)
        spans = locate_words(body, text)
        assert len(spans) == len(text)
        assert all(one[0] <= other[0] for one, other in pairwise(spans))
        for place in range(0, len(text) - 6, 7):
            words = read_words(quote(body, spans, place, place + 6)).words.tolist()
            assert set(text.words[place : place + 6].tolist()) & set(words)
    assert locate_words("", read_words("")) == []
