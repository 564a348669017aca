"""A rehearsal of what decides: all of it is compiled, or read back compiled, before the store is locked and others wait."""

from __future__ import annotations

from functools import cache

import numpy as np

from dedup.candidates.sampling import sample_grams, sort_once
from dedup.candidates.signature import Recipe, Signer, band_keys
from dedup.candidates.traces import Filed
from dedup.candidates.window import DAY, CandidateWindow, pack, unpack
from dedup.similarity.score import Reading, score_pair
from dedup.similarity.weights import GRAM, pick_counted, weigh_words
from dedup.text.ngrams import roll_narrow
from dedup.text.words import read_words

_TEXT = "Rain fell on 3 villages near Ohrid on Monday, officials said."
_MANY = 4096  # so many that a table grows
_NOW = 100 * DAY


@cache
def warm_up() -> None:
    """Take one text along the whole road, into a memory that nobody keeps. Done once a process."""
    text = read_words(_TEXT)
    memory = CandidateWindow(0, window=1, history_days=1)
    counted = pick_counted(roll_narrow(text.words, GRAM))
    weights = weigh_words(roll_narrow(text.words, GRAM), memory.phrases.count(counted), len(text))
    score_pair(Reading(0, text, weights, 0.0), Reading(1, text, weights, 0.0))
    bands = band_keys(Signer(Recipe(1)).sign(text.words))
    keys = unpack(pack(np.concatenate((bands, sample_grams(text)))))
    spread = np.random.default_rng(1).integers(0, 1 << 48, _MANY)
    memory.file(Filed(1, _NOW, _NOW, keys, sort_once(spread), spread.astype(np.uint64) << np.uint64(16)))
    memory.candidates.look_up(keys, len(bands), _NOW, _NOW)
    memory.candidates.expire(_NOW)
    memory.furniture.count(counted, 0)
    memory.roll_back()
