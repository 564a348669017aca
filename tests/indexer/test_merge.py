"""Merging the stories of a dispatch into one record."""

from datetime import UTC, datetime, timedelta

import pytest

from copytaster.store.dispatches import read_dispatch, read_dispatches
from copytaster.store.tables import memberships
from copytaster.values import to_json
from indexer.merge import merge_rows

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def record_of(store, name="d"):
    with store.read() as connection:
        return merge_rows(read_dispatch(connection, name))


def test_the_shape_that_others_rely_on(store, desk):
    desk.found("d", agency="Norrland Wire", slug="VARDA-FLOOD")
    desk.joined("d", publisher="Kolm Telegraph", relation="cut", body="Water rose.")
    data = to_json(record_of(store))
    assert {
        "id",
        "rev",
        "state",
        "merged_into",
        "headline",
        "agency",
        "agency_confidence",
        "first_seen",
        "last_seen",
        "published_at",
        "publisher_count",
        "version_count",
        "correction_count",
        "has_uncorrected",
        "canonical",
        "members",
    } <= set(data)
    assert set(data["canonical"]) == {"story", "version"}
    assert {"story", "publisher", "url", "headline", "relation", "versions", "first_seen", "evidence"} <= set(
        data["members"][0]
    )
    assert [member["relation"] for member in data["members"]] == ["original", "cut"]
    assert (data["id"], data["rev"], data["publisher_count"], data["version_count"]) == ("d", 2, 2, 2)
    assert data["agency"] == "Norrland Wire"


def test_the_canonical_version_speaks(store, desk):
    desk.found("d", "First headline", "First body.")
    second = desk.joined("d", "Second headline", "Second body.", publisher="Other", slug="FLOOD")
    desk.revised("d", canonical_id=second)
    record = record_of(store)
    assert (record.headline, record.body, record.slugline) == ("Second headline", "Second body.", "FLOOD")
    assert record.canonical.version == second


@pytest.mark.parametrize(
    ("headline", "marker", "shown"),
    [
        ("Refinery Fire story", "corrected", "Gates open, agency says"),
        ("Obit-Quist stories", "corrected", "Gates open, agency says"),
        ("Refinery Fire story", "update", "Refinery Fire story"),
        ("Four gates open on the Varda", "corrected", "Four gates open on the Varda"),
    ],
)
def test_a_correction_that_only_names_its_story_renames_no_dispatch(store, desk, headline, marker, shown):
    desk.found("d", "Gates open, agency says", publisher="AP")
    desk.joined("d", "Gates opened", publisher="Post")
    corrected = desk.joined("d", headline, "It was four, not five.", publisher="AP", markers=[marker])
    desk.revised("d", canonical_id=corrected)
    record = record_of(store)
    assert (record.headline, record.canonical.version) == (shown, corrected)
    assert record.body == "It was four, not five."


def test_versions_of_one_story_are_one_member(store, desk):
    desk.found("d", "One", url="https://a.example/1")
    desk.joined("d", "Two", url="https://a.example/1", relation="version")
    desk.joined("d", "Three", url="https://a.example/1", relation="version")
    member = record_of(store).members[0]
    assert (member.headline, member.relation) == ("Three", "original")
    assert [version.number for version in member.versions] == [1, 2, 3]
    assert member.first_seen < member.last_seen


def test_a_story_whose_later_version_speaks_is_the_original(store, desk):
    desk.found("d", url="https://a.example/1")
    later = desk.joined("d", "Two", url="https://a.example/1", relation="original")
    desk.revised("d", canonical_id=later)
    with store.write() as connection:
        connection.execute(
            memberships.update().where(memberships.c.version_id != later).values(relation="version")
        )
    assert [member.relation for member in record_of(store).members] == ["original"]


def test_publishers_and_families_are_counted_once(store, desk):
    desk.found("d", publisher="Post", family="House")
    desk.joined("d", publisher="Post", family="House")
    desk.joined("d", publisher="Line", family="House")
    desk.joined("d", publisher="Alone")
    record = record_of(store)
    assert (record.publisher_count, record.family_count, record.version_count) == (3, 2, 4)


def test_times_come_from_the_copy_and_never_lie_ahead(store, desk):
    desk.found("d", published_at=datetime(2099, 1, 1, tzinfo=UTC), seen_at=NOON)
    assert record_of(store).published_at is None
    desk.joined(
        "d", publisher="Other", published_at=NOON - timedelta(hours=2), seen_at=NOON + timedelta(hours=1)
    )
    record = record_of(store)
    assert record.published_at == NOON - timedelta(hours=2)
    assert record.last_changed == NOON + timedelta(hours=1)


def test_members_are_in_the_order_of_publication_not_of_our_crawl(store, desk):
    hour = timedelta(hours=1)
    desk.found("d", publisher="Late", published_at=NOON, seen_at=NOON + hour)
    desk.joined("d", publisher="Silent", published_at=None, seen_at=NOON - 3 * hour)
    desk.joined("d", publisher="Ahead", published_at=NOON + 9 * hour, seen_at=NOON)
    desk.joined("d", publisher="Reuters", agency="Reuters", published_at=NOON - hour, seen_at=NOON + 2 * hour)
    desk.joined("d", publisher="Quick", published_at=NOON - hour, seen_at=NOON - hour)
    record = record_of(store)
    assert [member.publisher for member in record.members] == ["Reuters", "Quick", "Late", "Silent", "Ahead"]
    assert [member.published_at for member in record.members[2:]] == [NOON, None, None]
    assert (record.published_at, record.second_published_at) == (NOON - hour, NOON - hour)


def test_a_later_version_moves_no_story_back(store, desk):
    desk.found("d", publisher="First", url="https://a.example/1", published_at=NOON)
    desk.joined("d", publisher="Second", published_at=NOON + timedelta(minutes=1))
    desk.joined("d", publisher="First", url="https://a.example/1", published_at=NOON + timedelta(minutes=2))
    assert [member.publisher for member in record_of(store).members] == ["First", "Second"]
    assert record_of(store).members[0].published_at == NOON


def test_a_step_without_a_time_of_its_own_says_that_it_was_seen_then(store, desk):
    desk.found("d", publisher="Reuters", agency="Reuters", published_at=None, seen_at=NOON)
    (step,) = record_of(store).chain
    assert (step.at, step.at_is_seen) == (NOON, True)


def test_a_revision_without_new_copy_does_not_resurface(store, desk):
    desk.found("d", seen_at=NOON)
    desk.revised("d", changed_at=NOON + timedelta(days=1))
    assert record_of(store).last_changed == NOON


def test_a_new_version_of_an_old_dispatch_does(store, desk):
    desk.found("d", url="https://a.example/1", seen_at=NOON)
    desk.joined("d", url="https://a.example/1", body="More water.", seen_at=NOON + timedelta(days=7))
    assert record_of(store).last_changed == NOON + timedelta(days=7)


def test_republished_corrections_count_once(store, desk):
    chain = [
        desk.found("d", publisher="Wire"),
        desk.joined("d", publisher="Wire", markers=["corrected"]),
        desk.joined("d", publisher="Wire", markers=["refile"]),
    ]
    for place, version in enumerate(chain):
        marked(store, version, place=place)
    for publisher in ("Post", "Line", "Herald"):
        desk.joined("d", publisher=publisher, markers=["corrected"])
    desk.joined("d", publisher="Other", markers=["update"])
    assert record_of(store).correction_count == 2


def test_a_step_outside_the_chain_is_its_publishers_claim(store, desk):
    marked(store, desk.found("d", publisher="Wire"), place=0)
    marked(store, desk.joined("d", publisher="Wire", markers=["corrected"]), place=1)
    for publisher, kind in (("Post", "corrected"), ("Line", "withdrawn"), ("Herald", "alert")):
        desk.joined("d", publisher=publisher, markers=[kind])
    record = record_of(store)
    assert [(claim.kind, claim.publisher) for claim in record.claims] == [("withdrawn", "Line")]
    assert record.withdrawn_at is None


def marked(store, version, **values):
    with store.write() as connection:
        connection.execute(memberships.update().where(memberships.c.version_id == version).values(**values))


def test_who_still_shows_the_uncorrected_text(store, desk):
    first = desk.found("d", publisher="Reuters", url="https://wire.example/1")
    copy = desk.joined("d", publisher="Post", url="https://post.example/1")
    fixed = desk.joined(
        "d", publisher="Reuters", url="https://wire.example/1", body="Corrected.", markers=["corrected"]
    )
    for place, version in enumerate((first, fixed)):
        marked(store, version, place=place)
    marked(store, copy, carries=first, outdated=True)
    record = record_of(store)
    assert record.has_uncorrected
    assert [(step.kind, step.own) for step in record.chain] == [("story", True), ("corrected", True)]
    assert [(member.carries, member.outdated) for member in record.members] == [(None, False), (first, True)]
    assert (record.corrected_at, record.withdrawn_at) == (record.chain[1].at, None)
    later = desk.joined("d", publisher="Post", url="https://post.example/1", body="Corrected.")
    marked(store, later, carries=fixed)
    assert not record_of(store).has_uncorrected


def test_one_version_of_the_agencys_own_is_a_chain(store, desk):
    desk.found("d", publisher="Reuters", markers=["withdrawn"])
    desk.found("e", publisher="Post")
    assert [step.kind for step in record_of(store).chain] == ["withdrawn"]
    assert record_of(store).withdrawn_at
    assert record_of(store, "e").chain == ()


def test_an_update_is_no_correction(store, desk):
    desk.found("d", publisher="Wire", url="https://wire.example/1")
    desk.joined("d", publisher="Post")
    desk.joined("d", publisher="Wire", url="https://wire.example/1", body="More.", markers=["update"])
    record = record_of(store)
    assert (record.correction_count, record.has_uncorrected) == (0, False)


def test_one_copy_that_names_the_agency_is_enough(store, desk):
    desk.found("d", publisher="Post")
    desk.joined("d", publisher="Line", agency="Reuters")
    record = record_of(store)
    assert record.agency == "Reuters"
    assert record.agency_confidence > 0.5


def test_a_merged_dispatch_keeps_its_id_and_no_members(store, desk):
    desk.found("old")
    desk.found("new", "Other headline", publisher="Other")
    desk.merged("old", into="new")
    assert record_of(store, "old").id == "new"
    with store.read() as connection:
        own = merge_rows(read_dispatches(connection, ["old"])["old"])
    assert (own.state, own.merged_into, own.members, own.canonical, own.headline) == (
        "merged",
        "new",
        (),
        None,
        "",
    )
