"""The index document and its bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from copytaster.errors import RefusedError
from copytaster.store.dispatches import read_dispatch
from copytaster.store.tables import stories, versions
from indexer.actions import make_action
from indexer.document import MAX_LEAD, MAX_MEMBERS, make_document, make_lead
from indexer.document_words import list_words
from indexer.elastic.documents import words_as_json
from indexer.merge import merge_rows
from indexer.serialise import serialise


def record_of(store, name="d"):
    with store.read() as connection:
        return merge_rows(read_dispatch(connection, name))


def test_the_document_of_a_dispatch(store, desk):
    desk.found(
        "d",
        "Dam opens",
        "Water rose.\n\nMore is due.",
        agency="Reuters",
        dateline={"places": ["KOLM"], "raw": "KOLM -"},
    )
    desk.joined("d", "Gates open", publisher="Kolm Telegraph", language="de", markers=["corrected"])
    document = make_document(record_of(store))
    assert document["headlines_all"] == ["Dam opens", "Gates open"]
    assert document["publishers"] == ["Kolm Telegraph", "Varda Post"]
    assert document["languages"] == ["de", "en"]
    assert document["markers"] == ["corrected"]
    assert (document["lead"], document["dateline_place"]) == ("Water rose.", "KOLM")
    assert document["@timestamp"] == document["published_at"] == "2026-11-20T12:01:00Z"
    assert [member["publisher"] for member in document["members"]] == ["Varda Post", "Kolm Telegraph"]


def test_what_senders_say_beside_the_text(store, desk):
    desk.found("d", "Dam opens", "Water rose.")
    desk.joined("d", "Dam opens", publisher="Kolm Telegraph")
    document = make_document(record_of(store))
    assert not {"kind", "kinds", "embargoed_until", "usage_terms", "editors_note", "wire"} & document.keys()
    with store.write() as connection:
        first, second = connection.scalars(select(versions.c.id).order_by(versions.c.id))
        said = {
            "kind": "update",
            "usage_terms": "No sales",
            "editors_note": "Photos follow",
            "wire": {"guid": "urn:1"},
        }
        connection.execute(versions.update().where(versions.c.id == first).values(said))
        said = {"kind": "correction", "usage_terms": "No archive"}
        connection.execute(versions.update().where(versions.c.id == second).values(said))
    document = make_document(record_of(store))
    assert (document["kind"], document["kinds"]) == ("update", ["correction", "update"])
    assert document["usage_terms"] == "No sales\nNo archive"
    assert (document["editors_note"], document["wire"]) == ("Photos follow", {"guid": "urn:1"})


def test_members_are_listed_to_a_bound_and_all_counted(store, desk):
    desk.found("d")
    for number in range(MAX_MEMBERS + 5):
        desk.joined("d", publisher=f"Outlet {number}")
    document = make_document(record_of(store))
    assert len(document["members"]) == MAX_MEMBERS
    assert (document["members_left_out"], document["publisher_count"]) == (6, MAX_MEMBERS + 6)
    assert len(document["publishers"]) == MAX_MEMBERS + 6


def test_a_revisit_without_new_copy_leaves_the_bytes_alone(store, desk):
    desk.found("d")
    before = make_action(record_of(store))
    with store.write() as connection:
        moved = connection.execute(stories.select()).one().last_seen_at.replace(year=2027)
        connection.execute(stories.update().values(last_seen_at=moved))
    assert make_action(record_of(store)) == before


def test_the_bytes_do_not_depend_on_the_order_of_keys():
    assert serialise({"b": 1, "a": "é"}) == serialise({"a": "é", "b": 1}) == '{"a":"é","b":1}'.encode()


@pytest.mark.parametrize(
    "poison",
    [
        {"body": "\ud800"},
        {"agency_confidence": float("nan")},
        {"body": object()},
        {"urls": ["x" * 32_767]},
        {"agency": "é" * 20_000},
        {"body": "x" * 20_000_001},
    ],
    ids=["surrogate", "nan", "object", "long-url", "long-agency", "huge"],
)
def test_what_no_index_can_take_is_refused_with_a_reason(poison):
    with pytest.raises(RefusedError) as caught:
        serialise({"dispatch_id": "d", **poison})
    str(caught.value).encode()
    assert caught.value.message


def test_a_long_body_is_never_cut(store, desk):
    body = "word " * 40_000 + "end."
    desk.found("d", body=body)
    assert json.loads(make_action(record_of(store)).document)["body"] == body


@pytest.mark.parametrize(("body", "lead"), [("One.\n\nTwo.", "One."), ("", ""), ("w" * 10, "w" * 10)])
def test_the_lead_is_the_first_paragraph(body, lead):
    assert make_lead(body) == lead


def test_a_long_lead_ends_between_words():
    lead = make_lead("seven77 " * 200)
    assert len(lead) <= MAX_LEAD + 2
    assert lead.endswith("seven77 …")


@given(st.text(max_size=80), st.text(max_size=80), st.lists(st.text(max_size=20), max_size=3))
def test_words_need_no_escapes_in_json(headline, body, names):
    document = {"headline": headline, "headlines_all": [headline, body], "body": body, "publishers": names}
    words = list_words(document | {"slugline": body, "dateline_region": headline, "state": "live"})
    assert json.loads(words_as_json(words)) == words
    words_as_json(words).encode()
