"""The warm-up: compile everything that decides, or load it compiled, before a pass locks the store and others wait."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from dedup.candidates.sampling import sample_grams, sort_once
from dedup.candidates.signature import Recipe, Signer, band_keys
from dedup.candidates.traces import Filed, print_paragraphs
from dedup.candidates.window import DAY, CandidateWindow, pack_hashes, unpack_hashes
from dedup.facts.suspicion import may_alter
from dedup.similarity.common import share_headline
from dedup.similarity.score import Reading, may_share, score_pair
from dedup.similarity.weights import GRAM, pick_counted, weigh_words
from dedup.text.ngrams import roll_narrow
from dedup.text.subject import read_subject
from dedup.text.words import read_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TEXT = "Rain fell on 3 villages near Ohrid on Monday, officials said."
_MANY = 4096  # hashes, enough to make a table grow
_NOW = 100 * DAY


@cache
def warm_up() -> None:
    """Run one text through every compiled function, with a window that is thrown away. Once a process."""
    warm_up_until(lambda: False)


def warm_up_until(should_end: Callable[[], bool]) -> bool:
    """The same in steps of a few seconds, until `should_end`; True once all is compiled. What is compiled stays so."""
    return all(not should_end() for _ in _list_steps())


def _list_steps() -> Iterator[None]:
    yield
    text = read_words(_TEXT)
    yield
    text.only(np.arange(len(text)) > 0).undated  # noqa: B018 -- compiles
    window = CandidateWindow(0, length=1, history_days=1)
    yield
    grams = roll_narrow(text.words, GRAM)
    counted = pick_counted(grams)
    yield
    weights = weigh_words(grams, window.phrases.count(counted), len(text))
    yield
    subject = read_subject("Rain in Ohrid", _TEXT, text)
    yield
    readings = Reading(0, text, weights, 0.0, subject), Reading(1, text, weights, 0.0, subject)
    may_share(*readings, 1.0)
    scored = score_pair(*readings)
    share_headline(subject.headline, readings[0].vocabulary)
    yield
    may_alter(*readings, scored, (_TEXT, _TEXT))
    yield
    bands = band_keys(Signer(Recipe(1)).sign(text.words))
    yield
    keys = unpack_hashes(pack_hashes(np.concatenate((bands, sample_grams(text)))))
    spread = np.random.default_rng(1).integers(0, 1 << 48, _MANY)
    yield
    window.file(Filed(1, _NOW, _NOW, keys, sort_once(spread), print_paragraphs(spread, "")))
    yield
    window.candidates.look_up(keys, len(bands), _NOW, _NOW)
    window.candidates.expire(_NOW)
    window.boilerplate.count(counted, 0)
    window.roll_back()
