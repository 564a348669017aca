"""The window proposes a few tellings, never every pair, and forgets what is old."""

from __future__ import annotations

import numpy as np
import pytest

from copytaster.store.tellings import TellingTrace
from dedup.relations.facts import read_facts
from dedup.relations.window import MOST, RelationWindow, compress_lead, list_fact_keys, open_traces

HOUR = 3600.0


def unit(seed):
    vector = np.random.default_rng(seed).standard_normal(512).astype(np.float32)
    return vector / np.linalg.norm(vector)


def near(vector, seed, nearness):
    """A vector of this nearness to another."""
    other = unit(seed)
    other -= (other @ vector) * vector
    other /= np.linalg.norm(other)
    return (nearness * vector + np.sqrt(1 - nearness**2) * other).astype(np.float32)


def trace(version, vector, *, text="", at=0.0, language="en"):
    facts = list_fact_keys(read_facts(text, "en"))
    kept = TellingTrace(version, at, language, "an encoder", compress_lead(vector).tobytes(), facts.tobytes())
    return open_traces([kept])[0]


@pytest.fixture
def window():
    filled = RelationWindow(48 * HOUR)
    for number in range(300):
        filled.add(trace(number, unit(number), text=f"Town {number} in Harvik."))
    return filled


def test_a_lead_of_near_meaning_is_found_among_others(window):
    newcomer = trace(1000, near(unit(7), 5000, 0.75), language="de")
    assert [found.version_id for found in window.find(newcomer)] == [7]


def test_rare_facts_help_a_lead_that_is_less_near(window):
    lead = near(unit(7), 5000, 0.62)
    window.add(trace(400, unit(7), text="They paid 26,417 to Degtyarev of Khabarovsk on behalf of Montrevi."))
    alone = trace(1000, lead)
    with_facts = trace(1001, lead, text="Montrevi, said Degtyarev in Khabarovsk, owed 26,417.")
    assert [found.version_id for found in window.find(alone)] == []
    assert [found.version_id for found in window.find(with_facts)] == [400]


def test_what_is_older_than_the_window_is_forgotten(window):
    late = trace(1000, unit(7), at=49 * HOUR)
    assert window.find(late) == []
    window.add(late)
    assert len(window) == 1
    assert [found.version_id for found in window.find(trace(1001, unit(7), at=49 * HOUR))] == [1000]


def test_a_window_that_grows_and_forgets_keeps_its_order():
    window = RelationWindow(48 * HOUR)
    for number in range(3000):
        window.add(trace(number, unit(number), at=number * HOUR / 20))
    assert len(window) == 961  # those of the last 48 hours
    assert window.find(trace(5000, unit(2000), at=2999 * HOUR / 20)) == []
    for number in (2039, 2500, 2999):
        found = window.find(trace(5000, unit(number), at=2999 * HOUR / 20))
        assert [one.version_id for one in found] == [number]


def test_many_copies_give_few_candidates(window):
    for number in range(400, 700):
        window.add(trace(number, near(unit(7), number, 0.98), text="The 26,417 crowns of Degtyarev."))
    assert len(window.find(trace(1000, unit(7)))) == MOST


def test_a_telling_without_text_finds_nothing(window):
    nothing = trace(1000, np.zeros(512, dtype=np.float32))
    assert window.find(nothing) == []
    window.add(nothing)
    assert window.find(nothing) == []
