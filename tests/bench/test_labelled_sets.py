"""The halves of labelled sets: whole events, each stream's later half, and figures of each half alone."""

from __future__ import annotations

import pytest

from bench.labelled_sets import LabelledCopy, divide, find_publisher
from dedup.evaluation.labelled import Document

DOCUMENTS = [Document(n, f"r{n}", "", f"text {n}", float(n), "Reuters") for n in range(8)]


def test_the_later_half_of_a_stream_is_unseen():
    assert divide(DOCUMENTS, ["a"] * 8, []) == {4, 5, 6, 7}


def test_each_stream_is_divided_by_itself():
    assert divide(DOCUMENTS, ["a"] * 4 + ["b"] * 4, []) == {2, 3, 6, 7}


def test_an_event_goes_where_its_first_document_goes():
    assert divide(DOCUMENTS, ["a"] * 8, [(3, 5), (5, 7)]) == {4, 6}


def test_each_half_has_its_own_figures():
    labelled = LabelledCopy(DOCUMENTS, [(0, 1), (4, 5)], [], frozenset({4, 5, 6, 7}))
    assigned = {0: "a", 1: "a", 2: "b", 3: "c", 4: "d", 5: "d", 6: "d", 7: "c"}
    seen, unseen = labelled.judge_halves(assigned)
    assert (seen.precision, seen.recall) == (1.0, 1.0)
    assert (unseen.precision, unseen.recall) == (0.25, 1.0)
    assert (3, 7) in unseen.wrong


@pytest.mark.parametrize(("name", "document"), [("reu_dev", "r1"), ("syn_dev", "i7")])
def test_an_agency_sends_its_own_stream(name, document):
    assert find_publisher(name, document) == "Reuters"


def test_rewrites_come_from_outlets():
    assert find_publisher("syn_dev", "i7~2").startswith("Outlet ")
