"""Several agencies' reports of one event, on pages whose prices and links change; each control takes one rule away."""

from __future__ import annotations

import pytest

from bench import floors
from bench.copy.mixed import write_mixed
from bench.rows import run_set
from dedup.decision import decide
from dedup.decision.conditions import RuleList
from dedup.decision.rules import OWN_LEADS, SIBLING, WITHIN_PUBLISHER
from dedup.text.words import Text

SEED, SNOWBALL = 3, 8  # seeds; in the second two cold pages are nearly all boilerplate
EVENTS = 60


@pytest.fixture(scope="module")
def mixed():
    return write_mixed(EVENTS, seed=SEED)


def test_reports_on_pages_are_grouped(mixed):
    result = run_set(mixed)
    assert result.f1 >= floors.GENERATED_F1["mixed"]
    assert result.precision >= floors.MIXED_PRECISION


def test_the_same_copy_without_pages_is_easy():
    bare = write_mixed(EVENTS, seed=SEED, with_boilerplate=False)
    assert run_set(bare).f1 >= floors.GENERATED_F1["mixed, without pages"]


def test_unless_prices_are_known_for_boilerplate_copies_are_missed(mixed, monkeypatch):
    monkeypatch.setattr(Text, "frames", lambda text, _: [0] * len(text.starts))
    assert run_set(mixed).recall < 0.8


def test_what_an_agency_sends_again_under_its_headline_is_the_same_report(mixed, monkeypatch):
    monkeypatch.setattr(decide, "VERSIONS", WITHIN_PUBLISHER)
    assert run_set(mixed).f1 < floors.GENERATED_F1["mixed"]


def test_two_cold_pages_with_other_headlines_draw_in_no_more(monkeypatch):
    snowball = write_mixed(80, seed=SNOWBALL)
    assert run_set(snowball).precision >= floors.MIXED_PRECISION
    taken = (SIBLING, OWN_LEADS)
    rules = tuple(rule for rule in WITHIN_PUBLISHER.rules if not any(rule.condition is one for one in taken))
    monkeypatch.setattr(decide, "WITHIN_PUBLISHER", RuleList(rules))
    assert run_set(snowball).precision < floors.MIXED_PRECISION - 0.02


@pytest.mark.parametrize("pages", [True, False])
def test_a_seed_gives_one_set_and_another_seed_another(pages):
    def write_set(seed):
        return write_mixed(8, seed=seed, with_boilerplate=pages)

    assert write_set(3) == write_set(3) != write_set(4)
    times = [piece.t for piece in write_set(3).pieces]
    assert times == sorted(times)
    assert not any(mark in piece.text for piece in write_set(3).pieces for mark in "{}<[")


def test_every_event_has_reports_by_several_agencies_that_share_no_more_than_a_statement():
    bare = write_mixed(12, seed=SEED, with_boilerplate=False)
    told = [piece for piece in bare.pieces if piece.kind == "told"]
    events = {}
    for piece in told:
        events.setdefault(piece.group.rpartition(" ")[0], []).append(set(piece.paragraphs))
    assert len(events) == 12
    for reports in events.values():
        assert len(reports) >= 2
        first, second = reports[:2]
        assert len(first & second) <= 1
