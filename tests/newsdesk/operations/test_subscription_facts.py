"""Which facts a dispatch has, and which of them a subscription is told."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from newsdesk.operations.subscriptions.facts import choose_facts, list_facts

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
ALL = ("new", "version", "corrected", "killed", "owners")


def at(minutes):
    return NOON + timedelta(minutes=minutes)


def document(*chain, name="d1", owners=(0,)):
    steps = [{"version": number, "kind": kind} for number, kind in chain]
    members = [
        {"family": f"owner {place}", "publisher": "p", "first_seen": at(minutes).isoformat()}
        for place, minutes in enumerate(owners)
    ]
    return {"dispatch_id": name, "first_seen": at(0).isoformat(), "chain": steps, "members": members}


def tell(found, known, *, since=0, reasons=ALL, owners=3, founder=1, is_found=True):
    """The reasons told now; what is known is added."""
    plan = SimpleNamespace(since=NOON, since_version=since, reasons=reasons, owners=owners)
    chosen = choose_facts(list_facts(found, founder, owners), known, plan, is_found=is_found)
    known |= {fact.key for fact in chosen}
    return [fact.reason for fact in chosen if fact.is_told]


def test_a_life_is_told_step_by_step():
    known = set()
    assert tell(document((1, "story")), known) == ["new"]
    assert tell(document((1, "story"), (2, "update")), known) == ["version"]
    assert tell(document((1, "story"), (2, "update")), known) == []
    assert tell(document((1, "story"), (2, "update"), (3, "repeat")), known) == []
    both = document((1, "story"), (2, "update"), (3, "repeat"), (4, "corrected"), (5, "refile"))
    assert tell(both, known) == ["corrected", "corrected"]
    many = document((1, "story"), owners=(0, 3, 9))
    assert tell(many, known) == ["owners"]
    assert tell(document((1, "story"), owners=(0, 3, 9, 11)), known) == []
    assert tell(document((1, "story"), (9, "withdrawn")), known) == ["killed"]


@pytest.mark.parametrize(
    ("chain", "reasons", "told"),
    [
        (((1, "story"), (2, "update"), (3, "corrected")), ALL, ["new"]),
        (((1, "story"), (2, "withdrawn")), ALL, ["killed"]),
        (((1, "story"), (2, "update"), (3, "corrected")), ("corrected",), ["corrected"]),
        (((1, "alert"), (2, "story")), ("version",), ["version"]),
        (((1, "corrected"),), ("new",), ["new"]),
    ],
)
def test_the_first_sight_of_a_dispatch_is_one_fact(chain, reasons, told):
    known = set()
    assert tell(document(*chain), known, reasons=reasons) == told
    assert tell(document(*chain), known, reasons=ALL) == []  # what was there is known


def test_what_happened_before_the_subscription_is_known():
    known = set()
    old = document((1, "story"), (5, "update"))
    assert tell(old, known, since=3) == ["version"]
    assert tell(document((1, "story"), (5, "update"), (6, "update")), known, since=3) == ["version"]
    assert tell(document((1, "story")), set(), since=3) == []
    assert tell(document((1, "story"), owners=(-9, -8, -7)), set(), since=3) == []
    assert tell(document((1, "story"), owners=(-9, -8, 7)), set(), since=3) == ["owners"]


def test_versions_that_come_in_by_a_merge_are_told_no_second_time():
    known = set()
    assert tell(document((1, "story"), name="d1"), known) == ["new"]
    assert tell(document((7, "story"), name="d2"), known, founder=7) == ["new"]
    assert tell(document((1, "story"), (7, "story"), name="d1"), known) == []
    assert tell(document((7, "story"), name="d3"), known, founder=7) == []  # split off again


def test_of_what_the_search_finds_no_more_only_corrections_and_kills_are_told():
    known = set()
    tell(document((1, "story")), known)
    later = document((1, "story"), (2, "update"), (3, "corrected"), (4, "kill"))
    assert tell(later, known, is_found=False) == ["corrected", "killed"]
