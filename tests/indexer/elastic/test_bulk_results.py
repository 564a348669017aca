"""The results in a bulk response."""

import pytest

from copytaster.errors import ConfigurationError
from indexer.elastic.bulk_results import GONE, make_result, match_items


def item(name, status=200, kind=None, reason="why"):
    made = {"_id": name, "status": status}
    return made | ({"error": {"type": kind, "reason": reason}} if kind else {})


def answer(*items):
    return {"items": [{"index": made} for made in items]}


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (item("a", 200), "done"),
        (item("a", 201), "done"),
        (item("a", 409, "version_conflict_engine_exception"), "done"),
        (item("a", 429, "es_rejected_execution_exception"), "retry"),
        (item("a", 429, "cluster_block_exception"), "retry"),
        (item("a", 500, "x"), "retry"),
        (item("a", 503, "unavailable_shards_exception"), "retry"),
        (item("a", 403, "cluster_block_exception"), "retry"),
        (item("a", 400, "index_closed_exception"), "retry"),
        (item("a", 400, "document_parsing_exception"), "quarantine"),
        (item("a", 400, "mapper_parsing_exception"), "quarantine"),
        (item("a", 400, "illegal_argument_exception"), "quarantine"),
        (None, "retry"),
    ],
)
def test_classes(told, status):
    assert make_result("a", told).status == status


@pytest.mark.parametrize(
    "told", [item("a", 400, "strict_dynamic_mapping_exception"), item("a", 403, "security_exception")]
)
def test_what_is_no_document_s_fault_stops_everything(told):
    with pytest.raises(ConfigurationError):
        make_result("a", told)


def test_a_missing_alias_is_told_by_its_own_reason():
    assert make_result("a", item("a", 404, "index_not_found_exception")).reason == GONE


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        (answer(item("a"), item("b"), item("c")), ["a", "b", "c"]),
        (answer(item("c"), item("a"), item("b")), ["a", "b", "c"]),
        (answer(item("a"), item("c")), ["a", None, "c"]),
        (answer(item("a"), item("a"), item("b")), [None, "b", None]),
        (answer(), [None, None, None]),
        ({}, [None, None, None]),
        ("<html>", [None, None, None]),
        ({"items": ["x", {"index": None}, {"create": {}}]}, [None, None, None]),
    ],
)
def test_answers_are_taken_by_id_and_count(told, heard):
    found = match_items(["a", "b", "c"], told)
    assert [one and one["_id"] for one in found] == (
        heard if heard != [None, "b", None] else [None, "b", None]
    )


def test_an_id_that_was_sent_twice_is_heard_only_in_order():
    assert [bool(one) for one in match_items(["a", "a"], answer(item("a"), item("a", 409)))] == [True, True]
    assert match_items(["a", "a"], answer(item("a"))) == [None, None]
