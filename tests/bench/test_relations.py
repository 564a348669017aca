"""The bench of relations: the halves of the sets, and invented tellings."""

from __future__ import annotations

from bench.copy.tellings import write_tellings
from bench.relations import take_half
from dedup.evaluation.labelled import Document


def test_a_story_is_in_one_half_with_all_its_tellings():
    documents = [Document(n, str(n), "", "", float(n % 10), "") for n in range(30)]
    groups = {n: n % 10 for n in range(30)}
    halves = {half: {one.n for one in take_half(documents, groups, half)} for half in ("unseen", "looked-at")}
    assert halves["unseen"].isdisjoint(halves["looked-at"])
    assert halves["looked-at"] == {n for n in range(30) if n % 10 < 5}
    assert halves["unseen"] | halves["looked-at"] == set(groups)


def test_invented_tellings_are_the_same_each_time_and_labelled():
    written = write_tellings(2, seed=3)
    assert written == write_tellings(2, seed=3)
    by_n = {one.n: one for one in written.documents}
    assert [one.t for one in written.documents] == sorted(one.t for one in written.documents)
    for one, other in written.related["retold"]:
        assert by_n[one].language == by_n[other].language == "en"
        assert by_n[one].text != by_n[other].text
    for one, other in written.related["translated"]:
        assert by_n[one].language != by_n[other].language
    related = {pair for pairs in written.related.values() for pair in pairs}
    assert not related & (set(written.own_reports) | set(written.same_topic))
