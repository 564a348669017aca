"""The warm-up: compile everything that decides, or load it compiled, before a pass locks the store and others wait."""

from __future__ import annotations

from functools import cache

import numpy as np

from dedup.candidates.sampling import sample_grams, sort_once
from dedup.candidates.signature import Recipe, Signer, band_keys
from dedup.candidates.traces import Filed, print_paragraphs
from dedup.candidates.window import DAY, CandidateWindow, pack_hashes, unpack_hashes
from dedup.facts.suspicion import may_alter
from dedup.similarity.score import Reading, score_pair
from dedup.similarity.weights import GRAM, pick_counted, weigh_words
from dedup.text.ngrams import roll_narrow
from dedup.text.subject import read_subject
from dedup.text.words import read_words

_TEXT = "Rain fell on 3 villages near Ohrid on Monday, officials said."
_MANY = 4096  # hashes, enough to make a table grow
_NOW = 100 * DAY


@cache
def warm_up() -> None:
    """Run one text through every compiled function, with a window that is thrown away. Once a process."""
    text = read_words(_TEXT)
    text.only(np.arange(len(text)) > 0).undated  # noqa: B018 -- compiles
    window = CandidateWindow(0, length=1, history_days=1)
    counted = pick_counted(roll_narrow(text.words, GRAM))
    weights = weigh_words(roll_narrow(text.words, GRAM), window.phrases.count(counted), len(text))
    subject = read_subject("Rain in Ohrid", _TEXT, text)
    readings = Reading(0, text, weights, 0.0, subject), Reading(1, text, weights, 0.0, subject)
    may_alter(*readings, score_pair(*readings), (_TEXT, _TEXT))
    bands = band_keys(Signer(Recipe(1)).sign(text.words))
    keys = unpack_hashes(pack_hashes(np.concatenate((bands, sample_grams(text)))))
    spread = np.random.default_rng(1).integers(0, 1 << 48, _MANY)
    window.file(Filed(1, _NOW, _NOW, keys, sort_once(spread), print_paragraphs(spread, "")))
    window.candidates.look_up(keys, len(bands), _NOW, _NOW)
    window.candidates.expire(_NOW)
    window.boilerplate.count(counted, 0)
    window.roll_back()
