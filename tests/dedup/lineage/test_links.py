"""Which versions are linked: wrap-ups by shared text, alerts by number and time, notices unless people forbid it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from copytaster.store.lineage import VersionLink
from copytaster.store.tables import links
from copytaster.store.versions import StoredVersion
from dedup.cache.known_version import Known, kinds_of
from dedup.decision.decide import Candidate
from dedup.desk.decisions import pin
from dedup.lineage.links import EARLY, SAME_NUMBER, WRAPPED_WORDS, find_wrapup_links
from dedup.similarity.score import Reading
from dedup.text.words import read_words
from tests.dedup import copydesk as copy
from tests.dedup.conftest import NOON
from tests.dedup.pair_scores import GOOD

AGENCY = "Reuters"
NOTICE = "The story on the ferry is wrong and is withdrawn. There will be no substitute story."
ALERT = "Passengers of the ferry are safe, the coast guard says."


def known(version, *kinds):
    stored = StoredVersion(
        version, version, "id", 1, AGENCY, None, None, NOON, None, "", [{"kind": kind} for kind in kinds], ""
    )
    text = read_words("")
    return Known(stored, Reading(version, text, np.zeros(0, np.uint8), 0.0), kinds_of(stored.markers))


def candidate(version, weight, *, wrapup):
    return Candidate(version, version, AGENCY, "d", replace(GOOD, weight=weight), wrapup=wrapup)


@pytest.mark.parametrize(
    ("own", "other", "weight", "expected"),
    [
        (("wrapup",), False, WRAPPED_WORDS, [VersionLink(9, 1, "wrapup-of", int(WRAPPED_WORDS))]),
        ((), True, WRAPPED_WORDS, [VersionLink(1, 9, "wrapup-of", int(WRAPPED_WORDS))]),
        (("wrapup",), True, 300.0, []),
        ((), False, 300.0, []),
        ((), True, WRAPPED_WORDS - 0.1, []),
    ],
)
def test_a_wrapup_is_linked_to_what_it_has_text_of(own, other, weight, expected):
    assert find_wrapup_links(known(9, *own), [candidate(1, weight, wrapup=other)]) == expected


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("gap", "linked"),
    [
        (timedelta(0), True),
        (SAME_NUMBER, True),
        (SAME_NUMBER + MINUTE, False),
        (-EARLY, True),
        (-EARLY - MINUTE, False),
    ],
)
def test_an_alert_is_linked_to_the_later_version_of_its_story_in_time(desk, gap, linked):
    address, hour = "https://agency.example/ferry", timedelta(hours=1)
    desk.take(ALERT, publisher=AGENCY, url=address, kinds=["alert"], hours=-12)
    desk.take(copy.FERRY, publisher=AGENCY, url=address, hours=-12 + gap / hour)
    desk.group()
    expected = [(1, 2, "superseded-by", abs(gap.total_seconds()))] if linked else []
    assert desk.rows_of(links.c.version_id, links.c.other_id, links.c.kind, links.c.measure) == expected


def notify(desk, *, pinned):
    """(dispatch of the story, dispatch of the notice, whose text joins nothing)."""
    story = desk.take(copy.FERRY, publisher=AGENCY, headline="Ferry safe", hours=-2)
    notice = desk.take(NOTICE, publisher=AGENCY, headline="A quite different line", kinds=["withdrawn"])
    desk.group()
    if pinned:
        pin(desk.store, [f"v{notice}"], who="Ada", why="another ferry")
    desk.take(copy.FERRY, publisher=AGENCY, headline="A quite different line", hours=-1)
    desk.group()
    groups = desk.groups()
    return groups[story], groups[notice]


def test_a_notice_goes_to_the_story_that_comes_after_it(desk):
    story, notice = notify(desk, pinned=False)
    assert story == notice


def test_a_pinned_notice_stays(desk):
    story, notice = notify(desk, pinned=True)
    assert story != notice
