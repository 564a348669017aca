"""The warm-up: compile everything that decides, or load it compiled, before a pass locks the store and others wait."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from dedup.candidates.fact_keys import key_facts
from dedup.candidates.sampling import order_once
from dedup.candidates.shortlist import order_alike
from dedup.candidates.signature import Recipe, Signer
from dedup.candidates.traces import Filed, print_paragraphs
from dedup.candidates.window import DAY, CandidateWindow, pack_hashes, unpack_hashes
from dedup.facts.suspicion import may_alter
from dedup.grouping.collector import keep_loaded
from dedup.grouping.weighing import weigh_text
from dedup.similarity.common import count_common, share_headline
from dedup.similarity.score import Reading, may_share, score_pair
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
    is_done = all(not should_end() for _ in _list_steps())
    if is_done:
        keep_loaded()
    return is_done


def _list_steps() -> Iterator[None]:
    yield
    text = read_words(_TEXT)
    yield
    text.only(np.arange(len(text)) > 0).undated  # noqa: B018 -- compiles
    text.frames("")
    window = CandidateWindow(0, length=1, history_days=1)
    yield
    counted, weights = weigh_text(text.words, window.phrases)
    yield
    subject = read_subject("Rain in Ohrid", _TEXT, text)
    yield
    readings = Reading(0, text, weights, 0.0, subject), Reading(1, text, weights, 0.0, subject)
    may_share(*readings, 1.0)
    scored = score_pair(*readings)
    share_headline(subject.headline, readings[0].vocabulary)
    count_common(readings[0].numbers, readings[1].numbers)
    yield
    may_alter(*readings, scored, (_TEXT, _TEXT))
    yield
    _, keys, bands = Signer(Recipe(1)).find_keys(text.words, signed=True, sampled=True)
    yield
    key_facts(text, "Newsline", _NOW)
    keys = unpack_hashes(pack_hashes(keys))
    spread = np.random.default_rng(1).integers(0, 1 << 48, _MANY)
    yield
    window.file(Filed(1, _NOW, _NOW, keys, order_once(spread), print_paragraphs(spread, "")))
    yield
    order_alike(window.candidates.look_up(keys, bands, _NOW, _NOW)[1])
    window.candidates.expire(_NOW)
    window.boilerplate.recognise(counted, counted, 0)
    window.roll_back()
