"""A dispatch's new revision: who stands for it, what its members are to that version, and its place in the outbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from copytaster.chain import Step
from copytaster.store.memberships import DispatchMember
from copytaster.store.revisions import hold_grouping
from copytaster.store.tables import dispatches, outbox
from dedup.cache.version_cache import VersionCache
from dedup.lineage.chain import Lineage
from dedup.lineage.revision import choose_head, revise_dispatches
from tests.dedup import copydesk as copy
from tests.dedup.conftest import NOON

OUTLET = DispatchMember(
    version_id=1,
    story_id=1,
    publisher="Early Post",
    family=None,
    agency=None,
    markers=[],
    seen_at=NOON,
    at=NOON,
    words=300,
    relation="original",
    identity="a",
    number=1,
    published_at=NOON,
    updated_at=None,
)
AGENCY = replace(
    OUTLET, version_id=2, story_id=2, publisher="Reuters", at=NOON + timedelta(hours=1), words=200
)
LATER = replace(AGENCY, version_id=3, number=2, at=NOON + timedelta(hours=2))


def step(member, kind="story"):
    return Step(member.version_id, kind, None, member.at, claimed=True, name=(str(member.version_id), 0))


@pytest.mark.parametrize(
    ("members", "lineage", "head"),
    [
        ([OUTLET], Lineage(), 1),
        ([OUTLET, AGENCY], Lineage(), 2),  # the agency's own story, though later and shorter
        ([OUTLET, AGENCY, LATER], Lineage((step(AGENCY), step(LATER)), own=True), 3),
        ([OUTLET, AGENCY, LATER], Lineage((step(AGENCY), step(LATER, "withdrawn")), own=True), 2),
        ([OUTLET, AGENCY, LATER], Lineage((step(OUTLET),), own=False), 3),
    ],
)
def test_who_stands_for_a_dispatch(members, lineage, head):
    assert choose_head(members, lineage) == head


def revise(desk, *names):
    with desk.store.write() as connection:
        hold_grouping(connection)
        revise_dispatches(connection, names, VersionCache())


def revisions(desk):
    return {row.id: (row.rev, row.change) for row in desk.rows(dispatches)}


def test_each_dispatch_gets_one_revision_and_its_outbox_row(desk):
    desk.take(copy.FERRY)
    desk.take(copy.write_story("harbour", 200))
    desk.group()
    before = revisions(desk)
    one, other = desk.groups()[1], desk.groups()[2]
    revise(desk, other, one, other)
    after, newest = revisions(desk), max(change for _, change in before.values())
    assert after == {
        other: (before[other][0] + 1, newest + 1),
        one: (before[one][0] + 1, newest + 2),
    }
    assert {row.dispatch_id: row.change for row in desk.rows(outbox)} == {
        name: change for name, (_, change) in after.items()
    }


def test_what_has_no_members_is_left(desk):
    desk.take(copy.FERRY)
    desk.group()
    before = revisions(desk)
    revise(desk, "no-such-dispatch")
    assert revisions(desk) == before


def test_relations_follow_the_canonical_version(desk):
    copied = desk.take(copy.FERRY, publisher="Early Post")
    desk.group()
    assert desk.members()[copied].relation == "original"
    own = desk.take(copy.FERRY, publisher="Reuters", hours=1.0)
    desk.group()
    members = desk.members()
    assert members[own].relation == "original"
    assert members[copied].relation not in {"original", "", "version"}
