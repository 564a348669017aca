"""Decisions about relations: they are kept, hold when dispatches change, and can be undone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.errors import NotFoundError, UsageError
from copytaster.store.decisions import read_decisions
from copytaster.store.dispatches import read_dispatch
from copytaster.store.relations import NewRelation, add_relations, read_relations
from dedup.desk.decisions import merge, split
from dedup.desk.regroup import regroup
from dedup.desk.relation_decisions import decide_relation, fold, undo_decision
from tests.dedup import copydesk as copy
from tests.dedup.conftest import on_both

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BY = {"who": "Ada", "why": "read both"}


def relate(desk, version, other):
    found = NewRelation(version, other, "retold", 0.8, {}, "an encoder", "1", NOW)
    with desk.store.write() as connection:
        add_relations(connection, [found])


@pytest.fixture
def versions(desk):
    """Three dispatches; the second retells the first."""
    found = [desk.take(copy.market_report(number), headline=f"Report {number}") for number in range(3)]
    desk.group()
    relate(desk, found[1], found[0])
    return found


def state_of(desk, version):
    place = desk.groups()[version]
    with desk.store.read() as connection:
        return [(row.state, row.decided_by) for row in read_relations(connection, [place])[place]]


@on_both
def test_confirm_reject_and_undo(desk, versions):
    first, second, _ = (desk.groups()[version] for version in versions)
    confirmed = decide_relation(desk.store, "confirm", second, first, **BY)
    assert state_of(desk, versions[0]) == [("confirmed", "Ada")]
    assert decide_relation(desk.store, "confirm", first, second, **BY).changed is False
    rejected = decide_relation(desk.store, "reject", first, second, who="Ben", why="")
    assert state_of(desk, versions[1]) == [("rejected", "Ben")]
    assert undo_decision(desk.store, rejected.decision, who="Eve", why="").changed
    assert state_of(desk, versions[1]) == [("confirmed", "Ada")]
    undo_decision(desk.store, confirmed.decision, who="Eve", why="")
    assert state_of(desk, versions[1]) == [("proposed", None)]
    assert undo_decision(desk.store, confirmed.decision, who="Eve", why="").changed is False
    with desk.store.read() as connection:
        assert [(row.kind, row.who, row.undone_by) for row in read_decisions(connection)] == [
            ("confirm", "Ada", "Eve"),
            ("reject", "Ben", "Eve"),
        ]


def test_a_rejection_holds_for_later_versions_and_ties_nothing(desk, versions):
    first, second, _ = (desk.groups()[version] for version in versions)
    decide_relation(desk.store, "reject", first, second, **BY)
    later = desk.take(copy.market_report(1), url="https://another.example/1")
    desk.group()
    assert desk.groups()[later] == second
    relate(desk, later, versions[0])
    assert state_of(desk, versions[0]) == [("rejected", "Ada")]
    assert len(set(desk.groups().values())) == 3


def test_a_decision_holds_through_merge_split_and_regrouping(desk, versions, tmp_path):
    first, second, third = (desk.groups()[version] for version in versions)
    decide_relation(desk.store, "confirm", first, second, **BY)
    merge(desk.store, [second, third], **BY)
    assert state_of(desk, versions[0]) == [("confirmed", "Ada")]
    split(desk.store, [f"v{versions[1]}"], **BY)
    assert state_of(desk, versions[1]) == [("confirmed", "Ada")]
    regroup(desk.store, tmp_path, desk.settings)
    assert state_of(desk, versions[1]) == [("confirmed", "Ada")]


def test_fold_merges_and_its_undoing_brings_the_relation_back(desk, versions):
    first, second, _ = (desk.groups()[version] for version in versions)
    folded = fold(desk.store, second, first, **BY)
    assert folded.kind == "merge"
    assert desk.groups()[versions[1]] == first
    assert state_of(desk, versions[0]) == []
    undo_decision(desk.store, folded.decision, **BY)
    assert desk.groups()[versions[1]] == second
    assert state_of(desk, versions[0]) == [("proposed", None)]


def test_the_document_forgets_a_rejected_relation(desk, versions):
    from indexer.document import make_document
    from indexer.merge import merge_rows

    def document(dispatch):
        with desk.store.read() as connection:
            return make_document(merge_rows(read_dispatch(connection, dispatch)))

    first, second, _ = (desk.groups()[version] for version in versions)
    assert document(first)["retold_by"] == [second]
    decide_relation(desk.store, "reject", first, second, **BY)
    assert document(first)["retold_by"] == document(second)["retold_of"] == []


def test_only_related_dispatches_can_be_decided_on(desk, versions):
    first, _, third = (desk.groups()[version] for version in versions)
    with pytest.raises(NotFoundError, match="no relation was found"):
        decide_relation(desk.store, "confirm", first, third, **BY)
    with pytest.raises(NotFoundError, match="no relation was found"):
        fold(desk.store, first, third, **BY)
    with pytest.raises(UsageError, match="one dispatch"):
        decide_relation(desk.store, "reject", first, first, **BY)
