"""Lineage at the store: the chain, what is carried, who prints old text, links; the same whatever comes first."""

from __future__ import annotations

import random
from datetime import timedelta
from importlib import import_module
from itertools import permutations

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations

from copytaster.chain import read_markers
from copytaster.store.dispatches import list_dispatches
from copytaster.store.intake import keep_story
from copytaster.store.tables import memberships, outbox
from copytaster.values import Marker, ParsedStory, RawPage
from dedup.cache.version_cache import VersionCache
from dedup.desk.decisions import pin, split
from dedup.lineage.backfill import trace_earlier
from indexer.merge import merge_rows
from tests.dedup import copydesk as copy
from tests.dedup.conftest import NOON, on_both

AGENCY = "Reuters"
LATER = NOON + timedelta(days=1)
FIRST = copy.FERRY
SECOND = copy.with_local_paragraphs(FIRST)
MORE = "Owners of three other ferries said they would look at their engines before the weekend."
FIXED = SECOND.replace("214", "241")
THIRD = FIXED + "\n\n" + MORE


def wire(
    name, body, *, hours, kinds=(), number=None, publisher=AGENCY, headline="Ferry passengers safe", slug=None
):
    return {
        "name": name,
        "body": body,
        "hours": hours,
        "kinds": kinds,
        "number": number,
        "publisher": publisher,
        "headline": headline,
        "slug": slug,
    }


def take(desk, story):
    """A story arrives; the wire says when it was sent."""
    parsed = ParsedStory(
        headline=story["headline"],
        body=story["body"],
        publisher=story["publisher"],
        url=f"https://{story['name'].replace(' ', '-')}.example/story",
        markers=tuple(
            Marker(
                "version",
                kind,
                story["number"] if place == len(story["kinds"]) - 1 else None,
                f"{kind.upper()}-",
            )
            for place, kind in enumerate(story["kinds"])
        ),
        published_at=NOON + timedelta(hours=story["hours"]),
        slug=story["slug"],
    )
    page = RawPage(parsed.url, parsed.body.encode(), LATER)
    with desk.store.write() as connection:
        keep_story(
            connection,
            page=page,
            story=parsed,
            source="test",
            channel="feed",
            family=story.get("family"),
        )


def name_of(url):
    return url.removeprefix("https://").removesuffix(".example/story").replace("-", " ")


def outcome(desk):
    """(state, chain, what each copy carries, who prints old text) of every dispatch, by names."""
    found = []
    with desk.store.read() as connection:
        for rows in list_dispatches(connection):
            names = {
                one.version_id: name_of(member.url) for member in rows.members for one in member.versions
            }
            placed = [one for member in rows.members for one in member.versions]
            chain = sorted((one for one in placed if one.place is not None), key=lambda one: one.place)
            found.append(
                (
                    rows.state,
                    names[rows.canonical_id],
                    [names[one.version_id] for one in chain],
                    {names[one.version_id]: names[one.carries] for one in placed if one.carries},
                    {names[one.version_id] for one in placed if one.outdated},
                )
            )
    return sorted(found, key=str)


def run(desk, stories, *, together=True):
    for story in stories:
        take(desk, story)
        if not together:
            desk.group()
    desk.group()
    return outcome(desk)


CHAIN = [
    wire("first", FIRST, hours=0),
    wire("update 1", SECOND, hours=1, kinds=("update",), number=1),
    wire("corrected", FIXED, hours=2, kinds=("corrected", "update"), number=1),
    wire("update 2", THIRD, hours=3, kinds=("update",), number=2),
]
COPIES = [
    wire("early", FIRST, hours=0.5, publisher="Early Post"),
    wire("cut", copy.cut(FIRST, 4), hours=0.6, publisher="Short Post"),
    wire("full", copy.in_house_style(SECOND), hours=1.5, publisher="Full Post"),
    wire("good", FIXED, hours=2.5, publisher="Good Post"),
    wire("late but old", SECOND, hours=5, publisher="Late Post"),
    wire("newest", copy.in_house_style(THIRD), hours=5, publisher="New Post"),
]
EXPECTED = [
    (
        "live",
        "update 2",
        ["first", "update 1", "corrected", "update 2"],
        {
            "early": "first",
            "cut": "first",
            "full": "update 1",
            "good": "corrected",
            "late but old": "update 1",
            "newest": "update 2",
        },
        {"early", "cut", "full", "late but old"},
    )
]


def test_who_carries_what_and_who_prints_old_text(desk):
    assert run(desk, CHAIN + COPIES) == EXPECTED


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_arrival_changes_nothing(desk, seed):
    stories = CHAIN + COPIES
    random.Random(seed).shuffle(stories)
    assert run(desk, stories, together=seed % 2 == 0) == EXPECTED


def test_a_copy_without_the_wrong_passage_is_not_blamed(desk):
    without = "\n\n".join(one for one in FIRST.split("\n\n") if "214" not in one)
    (found,) = run(desk, [*CHAIN, wire("spared", without, hours=0.7, publisher="Spared Post")])
    assert found[4] == set()


NOTICE = "The story on the ferry is wrong and is withdrawn. There will be no substitute story."
PULLED = [
    wire("first", FIRST, hours=0, slug="FERRY/"),
    wire("notice", NOTICE, hours=2, kinds=("withdrawn",), slug="FERRY/"),
    wire("before", FIRST, hours=1, publisher="Early Post"),
    wire("after", copy.cut(FIRST, 5), hours=4, publisher="Late Post"),
]


@pytest.mark.parametrize("order", list(permutations(range(4)))[::2])
@pytest.mark.parametrize("together", [True, False])
def test_a_withdrawal_ends_the_same_whenever_it_comes(desk, order, together):
    expected = [
        (
            "withdrawn",
            "first",
            ["first", "notice"],
            {"before": "first", "after": "first"},
            {"before", "after"},
        )
    ]
    assert run(desk, [PULLED[place] for place in order], together=together) == expected


def test_a_kill_is_a_withdrawal_and_a_substitute_ends_it(desk):
    killed = [PULLED[0], {**PULLED[1], "kinds": ("kill",)}, PULLED[2]]
    (found,) = run(desk, killed)
    assert (found[0], found[4]) == ("withdrawn", {"before"})
    (found,) = run(desk, [wire("substitute", FIXED, hours=6, kinds=("update",), number=1)])
    assert (found[0], found[1], found[4]) == ("live", "substitute", {"before"})


def test_a_refile_and_a_repeat_blame_nobody_and_speak_for_nobody(desk):
    stories = [
        CHAIN[0],
        wire("refile", FIRST.replace("214", "215"), hours=1, kinds=("refile",)),
        wire("repeat", FIRST.replace("214", "215"), hours=2, kinds=("repeat",)),
        COPIES[0],
    ]
    (found,) = run(desk, stories)
    assert found[1:] == ("refile", ["first", "refile", "repeat"], {"early": "first"}, set())


ALERT = wire(
    "alert", "Ferry passengers are all safe, coast guard says", hours=-0.2, kinds=("alert",), slug="FERRY/"
)


def links(desk):
    with desk.store.read() as connection:
        return sorted(
            (link.kind, name_of(rows.members[0].url), link.headline)
            for rows in list_dispatches(connection)
            for link in rows.links
        )


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_alert_is_linked_to_its_story_by_slug_and_time(desk, order):
    stories = [
        ALERT | {"headline": "All safe"},
        wire("first", FIRST, hours=0, slug="FERRY/"),
        wire("another day", copy.write_story(4), hours=20, slug="FERRY/", headline="Another day"),
    ]
    run(desk, [stories[place] for place in order], together=False)
    assert links(desk) == [
        ("superseded-by", "alert", "Ferry passengers safe"),
        ("supersedes", "first", "All safe"),
    ]
    with desk.store.read() as connection:
        assert {rows.rev for rows in list_dispatches(connection) if rows.links} <= {1, 2}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_wrapup_is_linked_to_its_parents(desk, order):
    one, two = copy.FERRY, copy.FOLLOW_UP
    joined = "\n\n".join(
        [copy.write_story(9, 120), one.split("\n\n")[1], two.split("\n\n")[1], copy.write_story(8, 60)]
    )
    stories = [
        wire("one", one, hours=0, headline="One"),
        wire("two", two, hours=1, headline="Two"),
        wire("wrap", joined, hours=2, kinds=("wrapup",), number=1, headline="Both"),
    ]
    found = run(desk, [stories[place] for place in order], together=False)
    assert len(found) == 3
    assert links(desk) == [
        ("in-wrapup", "one", "Both"),
        ("in-wrapup", "two", "Both"),
        ("wrapup-of", "wrap", "One"),
        ("wrapup-of", "wrap", "Two"),
    ]


def by(publisher, name, body, *, hours, family=None, **more):
    return wire(name, body, hours=hours, publisher=publisher, **more) | {"family": family}


SEEN_BY_TWO = [
    by("Early Post", "early", SECOND, hours=1),
    by("Full Post", "full", SECOND, hours=1.5),
    by("Good Post", "good", FIXED, hours=3, kinds=("corrected",)),
    by("Fine Post", "fine", copy.in_house_style(FIXED), hours=4, kinds=("corrected",)),
]


@pytest.mark.parametrize("order", list(permutations(range(4)))[::3])
def test_without_the_agencys_copy_two_families_confirm_its_correction(desk, order):
    (found,) = run(desk, [SEEN_BY_TWO[place] for place in order])
    assert found[2] == ["early", "good"]
    assert found[4] == {"full"}


def test_a_correction_that_one_publisher_prints_is_its_claim(desk):
    (found,) = run(desk, SEEN_BY_TWO[:3])
    assert found[2:] == ([], {}, set())
    assert list_claims(desk) == [("corrected", "Good Post")]


def test_two_publishers_of_one_family_confirm_nothing(desk):
    (found,) = run(desk, SEEN_BY_TWO[:2] + [one | {"family": "Quay Media"} for one in SEEN_BY_TWO[2:]])
    assert found[4] == set()
    assert list_claims(desk) == [("corrected", "Good Post"), ("corrected", "Fine Post")]


def test_two_corrections_with_other_texts_confirm_nothing(desk):
    other = by(
        "Fine Post",
        "fine",
        copy.cut(FIXED, 3) + "\n\n" + copy.write_story(5, 200),
        hours=4,
        kinds=("corrected",),
    )
    found = run(desk, [*SEEN_BY_TWO[:3], other])
    assert all(one[4] == set() for one in found)


@pytest.mark.parametrize(
    ("kinds", "number", "claims"),
    [
        (("corrected",), None, []),  # the agency corrected it too
        (("update",), 9, [("update", "Forged Post")]),
        (("withdrawn",), None, [("withdrawn", "Forged Post")]),
    ],
)
def test_a_forged_step_beside_the_agencys_chain_changes_nothing(desk, kinds, number, claims):
    forged = by("Forged Post", "forged", FIXED.replace("241", "999"), hours=4, kinds=kinds, number=number)
    honest = run(desk, [*CHAIN, *COPIES])
    found = run(desk, [forged])
    assert [one[:3] for one in found] == [one[:3] for one in honest]
    assert [one[4] - {"forged"} for one in found] == [one[4] for one in honest]
    assert list_claims(desk) == claims


def test_a_step_of_the_agency_that_outlets_print_is_no_claim(desk):
    run(desk, [*CHAIN, by("Good Post", "good", FIXED, hours=4, kinds=("corrected",))])
    assert list_claims(desk) == []


def test_a_notice_of_an_outlet_alone_withdraws_nothing(desk):
    (found,) = run(desk, [by("One Post", "notice", NOTICE, hours=0, kinds=("withdrawn",))])
    assert found[0] == "live"
    assert list_claims(desk) == [("withdrawn", "One Post")]


def test_a_notice_of_the_agency_alone_withdraws(desk):
    (found,) = run(desk, [wire("notice", NOTICE, hours=0, kinds=("withdrawn",))])
    assert found[0] == "withdrawn"
    assert list_claims(desk) == []


def list_claims(desk):
    with desk.store.read() as connection:
        records = [merge_rows(rows) for rows in list_dispatches(connection)]
    return [(claim.kind, claim.publisher) for record in records for claim in record.claims]


def test_copies_of_which_no_marker_tells_have_no_chain(desk):
    (found,) = run(desk, [COPIES[0], COPIES[2]])
    assert found[2:] == ([], {}, set())


@pytest.mark.parametrize(
    ("markers", "expected"),
    [
        ([], ("story", None)),
        ([("update", 2)], ("update", 2)),
        ([("corrected", None), ("update", 1)], ("corrected", 1)),
        ([("repeat", None), ("update", 3)], ("repeat", 3)),
        ([("writethru", 1), ("lead", 1)], ("writethru", 1)),
        ([("kill", None)], ("kill", None)),
        ([("exclusive", None)], ("story", None)),
    ],
)
def test_markers_name_the_step(markers, expected):
    assert read_markers([{"kind": kind, "number": number} for kind, number in markers]) == expected


def forget_lineage(desk):
    """The store as it was before lineage was kept, brought up to date by the migration's own statement."""
    script = import_module("copytaster.store.migrations.versions.0005_hindsight")
    with desk.store.write() as connection:
        connection.execute(memberships.update().values(place=None, carries=None, outdated=False))
        connection.execute(outbox.delete())
        with Operations.context(MigrationContext.configure(connection)):
            script.upgrade()


@on_both
@pytest.mark.parametrize("limit", [1, 3, 128])
def test_what_was_grouped_before_lineage_was_kept_is_told_of_later(desk, limit):
    other = [wire("plain", copy.FOLLOW_UP, hours=0, publisher="One Post")]
    other += [wire("plain too", copy.FOLLOW_UP, hours=1, publisher="Two Post")]
    before = run(desk, CHAIN + COPIES + other)
    forget_lineage(desk)
    assert outcome(desk) != before
    steps = 0
    while trace_earlier(desk.store, VersionCache(), limit=limit):
        steps += 1
    assert outcome(desk) == before
    assert steps >= len(CHAIN + COPIES + other) / limit
    assert len(desk.rows(outbox)) == 1  # the other dispatch has nothing to tell
    assert trace_earlier(desk.store, VersionCache()) == 0


def test_a_new_store_has_nothing_to_tell_of(desk):
    assert trace_earlier(desk.store, VersionCache()) == 0
    run(desk, CHAIN)
    assert trace_earlier(desk.store, VersionCache()) == 0


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_of_several_stories_under_one_slug_the_nearest_is_the_alerts(desk, order):
    stories = [
        ALERT | {"headline": "All safe"},
        wire("near", FIRST, hours=0, slug="FERRY/", headline="Near"),
        wire("far", copy.write_story(4), hours=2, slug="FERRY/", headline="Far"),
        wire("earlier", copy.write_story(5), hours=-3, slug="FERRY/", headline="Earlier"),
    ]
    run(desk, [stories[place] for place in order], together=False)
    assert links(desk) == [("superseded-by", "alert", "Near"), ("supersedes", "near", "All safe")]


def place_of(desk, name):
    with desk.store.read() as connection:
        return next(
            rows.id
            for rows in list_dispatches(connection)
            if any(name_of(member.url) == name for member in rows.members)
        )


def test_whoever_is_linked_to_what_people_move_is_indexed_anew(desk):
    run(desk, [ALERT | {"headline": "All safe"}, wire("first", FIRST, hours=0, slug="FERRY/"), COPIES[0]])
    assert len(links(desk)) == 2
    with desk.store.write() as connection:
        connection.execute(outbox.delete())
    split(desk.store, ["https://first.example/story"], who="Ada", why="")
    assert {row.dispatch_id for row in desk.rows(outbox)} == {
        place_of(desk, name) for name in ("alert", "first", "early")
    }
    assert ("superseded-by", "alert", "Ferry passengers safe") in links(desk)


def test_a_notice_that_people_hold_does_not_go_to_its_story(desk):
    run(desk, [PULLED[1]])
    pin(desk.store, ["https://notice.example/story"], who="Ada", why="of another story")
    run(desk, [PULLED[0]])
    assert place_of(desk, "notice") != place_of(desk, "first")


def test_a_notice_taken_from_its_story_stays_away_when_the_story_comes_again(desk):
    run(desk, PULLED[:2])
    split(desk.store, ["https://notice.example/story"], who="Ada", why="of another story")
    run(desk, [wire("first", SECOND, hours=3, kinds=("update",), number=1, slug="FERRY/")])
    assert place_of(desk, "notice") != place_of(desk, "first")
