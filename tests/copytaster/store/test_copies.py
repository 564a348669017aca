"""The view `copies` of both databases: one row a story of a live dispatch, as the documents of single stories say it."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from copytaster.store.dispatches import ids_after, read_dispatches
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story
from copytaster.store.tables import versions
from copytaster.values import Credit, Evidence, ParsedStory, RawPage
from dedup.grouping.grouper import group_waiting
from indexer.merge import merge_rows
from indexer.story_document import make_story
from settings import GroupingSettings

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NO_CREDIT = Credit(None, 0.0)
REUTERS = Credit("Reuters", 0.95, (Evidence("dateline", "(Reuters)", 0.95, "Reuters"),))
USE = ("credit", "share_kept", "agency_version")
BODY = (
    "ALDHAVEN, Nov 20 (Reuters) - The lighthouse at {place} will be lit again in March after nine years of darkness, the"
    " coastal board said. Keepers from three villages had raised {number} thousand crowns for the lamp, which came from a"
    " yard in the north and was carried up the tower in eleven pieces by volunteers of the lifeboat crew on Sunday."
)


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request, tmp_path):
    """A store on each database."""
    url = f"sqlite:///{tmp_path}/store.sqlite"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        url = server.make_database()
    with closing(Store(url)) as store:
        yield store
    if request.param == "postgresql":
        server.drop_database(url)


def keep(store, publisher, body, *, minutes=0, credit=NO_CREDIT):
    url = f"https://{publisher.lower().replace(' ', '-')}.example/lamp"
    story = ParsedStory(
        f"Lamp by {publisher}",
        body,
        publisher,
        url,
        published_at=NOON + timedelta(minutes=minutes),
        credit=credit,
    )
    with store.write() as connection:
        page = RawPage(url, body.encode(), NOON + timedelta(minutes=minutes))
        keep_story(connection, page=page, story=story, source="harbour", channel="feed")


def group(store):
    for _ in group_waiting(store, GroupingSettings()):
        pass


def read_copies(store):
    with store.read() as connection:
        return [row._asdict() for row in connection.execute(text("SELECT * FROM copies ORDER BY story_id"))]


def test_each_copy_is_one_row_and_says_what_its_document_says(desk):
    body = BODY.format(place="Aldhaven", number=20)
    keep(desk, "Reuters", body, credit=REUTERS)
    keep(desk, "Harbour Wire", body, minutes=9)
    keep(desk, "Upland Post", BODY.format(place="Corrie", number=75).replace("nine", "two"), minutes=4)
    group(desk)
    keep(
        desk,
        "Harbour Wire",
        body + " The lamp weighs two tonnes, and its light reaches 21 miles.",
        minutes=30,
    )
    group(desk)
    found = {row["publisher"]: row for row in read_copies(desk)}
    with desk.read() as connection:
        rows = read_dispatches(connection, ids_after(connection, "", limit=10))
    documents = {}
    for name in rows:
        record = merge_rows(rows[name])
        documents |= {one.publisher: make_story(record, one) for one in record.members}
    assert sorted(found) == sorted(documents) == ["Harbour Wire", "Reuters", "Upland Post"]
    for publisher, row in found.items():
        document = documents[publisher]
        same = ("dispatch_id", "headline", "language", "url", "source", "agency", "relation", *USE)
        assert [row[name] for name in same] == [document.get(name) for name in same]
        assert row["owner"] == document["family"]
    assert found["Harbour Wire"]["dispatch_id"] == found["Reuters"]["dispatch_id"]
    assert found["Harbour Wire"]["similarity"] > 0.9
    assert found["Reuters"]["similarity"] is None
    assert [found[name]["credit"] for name in sorted(found)] == ["removed", "own", "removed"]
    assert found["Harbour Wire"]["share_kept"] == 1.0
    assert (found["Harbour Wire"]["minutes_behind"], found["Reuters"]["minutes_behind"]) == (9, 0)


def test_no_headline_under_embargo_leaves(desk):
    keep(desk, "Reuters", BODY.format(place="Aldhaven", number=20))
    group(desk)
    with desk.write() as connection:
        connection.execute(versions.update().values(embargoed_until=NOON + timedelta(days=900)))
    assert [(row["publisher"], row["headline"]) for row in read_copies(desk)] == [("Reuters", None)]
