"""What people decide holds: through later copies in any order, through undoing, and the ids lead on."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from copytaster.errors import NotFoundError, UsageError
from copytaster.store.decisions import list_decisions_about, read_decisions
from copytaster.store.dispatches import read_dispatch, read_dispatches, resolve_id
from copytaster.store.tables import dispatches, memberships, outbox, stories, versions
from dedup.desk.decisions import merge, pin, split, undo, unpin
from tests.dedup import copydesk as copy
from tests.dedup.conftest import Desk, on_both

BY = {"who": "Ada", "why": "two events"}


def v(version):
    return f"v{version}"


def state_of(desk):
    """Everything a reader sees of dispatches, without revisions and change numbers."""
    with desk.store.read() as connection:
        members = {
            row.version_id: (row.dispatch_id, row.relation, row.evidence)
            for row in connection.execute(select(memberships))
        }
        rows = {
            row.id: (row.state, row.merged_into, row.founder_id, row.canonical_id, row.first_seen_at)
            for row in connection.execute(select(dispatches))
            if row.state != "merged"
        }
    return members, rows


def place_of(desk, version):
    return desk.groups()[version]


def resolve(desk, dispatch):
    with desk.store.read() as connection:
        return resolve_id(connection, dispatch)


@pytest.fixture
def ferry(desk):
    """A dispatch of four copies: two whole, two cut."""
    bodies = [copy.FERRY, copy.in_house_style(copy.FERRY), copy.cut(copy.FERRY), copy.cut(copy.FERRY, 5)]
    taken = [desk.take(body, hours=place / 10) for place, body in enumerate(bodies)]
    desk.group()
    assert len(set(desk.groups().values())) == 1
    return desk, taken


def test_a_split_takes_stories_out_and_the_rest_keeps_the_id(ferry):
    desk, (a, b, c, d) = ferry
    before = place_of(desk, a)
    done = split(desk.store, [v(c), v(d)], **BY)
    assert done.changed
    assert (done.dispatch, done.others) == (place_of(desk, c), (before,))
    assert desk.groups() == {a: before, b: before, c: done.dispatch, d: done.dispatch}
    with desk.store.read() as connection:
        (told,) = list_decisions_about(connection, [before])
    assert (told.kind, told.who, told.why) == ("split", "Ada", "two events")


def test_every_dispatch_that_changed_waits_for_the_index_with_a_new_change(ferry):
    desk, (a, _, c, _) = ferry
    changes = {row.id: row.change for row in desk.rows(dispatches)}
    with desk.store.write() as connection:
        connection.execute(outbox.delete())
    done = split(desk.store, [v(c)], **BY)
    waiting = {row.dispatch_id: row.change for row in desk.rows(outbox)}
    assert waiting.keys() == {done.dispatch, place_of(desk, a)}
    assert min(waiting.values()) > max(changes.values())
    other = merge(desk.store, [done.dispatch, place_of(desk, a)], **BY)
    waiting_now = {row.dispatch_id: row.change for row in desk.rows(outbox)}
    assert waiting_now.keys() == waiting.keys()
    assert min(waiting_now.values()) > max(waiting.values())
    assert other.dispatch == place_of(desk, a)


def test_the_rest_keeps_the_id_even_where_the_first_story_is_taken(ferry):
    desk, (a, b, c, d) = ferry
    before = place_of(desk, a)
    done = split(desk.store, [v(a)], **BY)
    assert desk.groups() == {a: done.dispatch, b: before, c: before, d: before}
    assert done.dispatch != before
    rows = {row.id: row for row in desk.rows(dispatches)}
    assert (rows[before].founder_id, rows[done.dispatch].founder_id) == (b, a)


@on_both
def test_later_copies_go_with_the_part_they_are_like(desk):
    other = copy.write_story(7)
    a = desk.take(copy.FERRY)
    b = desk.take(copy.FERRY + "\n\n" + other, hours=0.1)
    desk.group()
    assert place_of(desk, a) == place_of(desk, b)
    split(desk.store, [v(b)], **BY)
    with_b = desk.take(copy.FERRY + "\n\n" + other + "\n\nMore soon.", hours=0.2)
    with_a = desk.take(copy.cut(copy.FERRY, 8), hours=0.3)
    desk.group()
    groups = desk.groups()
    assert (groups[with_a], groups[with_b]) == (groups[a], groups[b])


def test_a_later_version_of_a_story_that_was_taken_out_does_not_come_back(desk):
    a = desk.take(copy.FERRY, url="https://a.example/1")
    b = desk.take(copy.FERRY, url="https://b.example/1", hours=0.1)
    desk.group()
    split(desk.store, ["https://b.example/1"], **BY)
    # nothing like its own last version, word for word like the others
    away = desk.take(copy.write_story(1), url="https://b.example/1", hours=0.2)
    desk.group()
    back = desk.take(copy.FERRY, url="https://b.example/1", hours=0.3)
    desk.group()
    groups = desk.groups()
    assert groups[a] not in {groups[b], groups[away], groups[back]}


def test_a_merge_keeps_the_older_id_and_copies_of_either_text_join(desk):
    one, other = copy.FERRY, copy.RESCUE_BY_ANOTHER_AGENCY
    a, b = desk.take(one), desk.take(other, hours=0.1)
    desk.group()
    old, gone = place_of(desk, a), place_of(desk, b)
    done = merge(desk.store, [gone, old], **BY)
    assert (done.dispatch, resolve(desk, gone)) == (old, old)
    copies = [desk.take(copy.cut(other, 4), hours=0.2), desk.take(copy.cut(one, 5), hours=0.3)]
    copies += [desk.take(f"{copy.cut(other, 4)}\n\nMore later {place}.", hours=0.4) for place in range(9)]
    desk.group()
    assert set(desk.groups().values()) == {old}
    with desk.store.read() as connection:
        assert len(read_dispatch(connection, gone).members) == 2 + len(copies)
        row = read_dispatches(connection, [gone])[gone]
    assert (row.state, row.merged_into, row.members) == ("merged", old, ())


def test_the_same_decision_again_changes_nothing(ferry):
    desk, (a, _, c, d) = ferry
    desk.take(copy.write_story(3))
    desk.group()
    kept = place_of(desk, a)
    first = split(desk.store, [v(c), v(d)], **BY)
    before = desk.rows(dispatches), desk.groups()
    again = split(desk.store, [v(c), v(d)], **BY)
    assert (again.decision, again.changed, again.dispatch) == (first.decision, False, first.dispatch)
    assert (desk.rows(dispatches), desk.groups()) == before
    joined = merge(desk.store, [first.dispatch, kept], **BY)
    before = desk.rows(dispatches), desk.groups()
    repeated = merge(desk.store, [kept, first.dispatch], **BY)
    assert (repeated.decision, repeated.changed) == (joined.decision, False)
    held = pin(desk.store, [v(a)], **BY)[0]
    assert pin(desk.store, [v(a)], **BY)[0] == type(held)(held.decision, "pin", changed=False, dispatch=kept)
    assert (desk.rows(dispatches), desk.groups()) == before


@on_both
@pytest.mark.parametrize("what", ["split", "split the first", "merge", "split into"])
def test_undo_restores(ferry, what):
    desk, (a, _, c, d) = ferry
    other = desk.take(copy.write_story(3))
    desk.group()
    before = state_of(desk)
    groups = desk.groups()
    done = {
        "split": lambda: split(desk.store, [v(c), v(d)], **BY),
        "split the first": lambda: split(desk.store, [v(a)], **BY),
        "merge": lambda: merge(desk.store, [groups[a], groups[other]], **BY),
        "split into": lambda: split(desk.store, [v(c)], into=groups[other], **BY),
    }[what]()
    assert state_of(desk) != before
    undone = undo(desk.store, done.decision, who="Bo", why="no")
    assert undone.changed
    assert state_of(desk) == before
    assert resolve(desk, done.dispatch) in before[1]
    assert not undo(desk.store, done.decision, who="Bo", why="no").changed
    with desk.store.read() as connection:
        (row,) = read_decisions(connection)
    assert (row.undone_by, row.undone_why, row.in_force) == ("Bo", "no", False)


def test_undo_brings_the_copies_back_that_came_because_of_it(desk):
    other = copy.write_story(7)
    a = desk.take(copy.FERRY)
    b = desk.take(copy.FERRY + "\n\n" + other, hours=0.1)
    desk.group()
    whole = place_of(desk, a)
    done = split(desk.store, [v(b)], **BY)
    late = desk.take(copy.FERRY + "\n\n" + other + "\n\nMore soon.", hours=0.2)
    desk.group()
    assert place_of(desk, late) == done.dispatch
    undo(desk.store, done.decision, **BY)
    assert set(desk.groups().values()) == {whole}
    assert resolve(desk, done.dispatch) == whole


def test_a_pinned_story_keeps_its_place_whatever_its_next_version_says(desk):
    url = "https://b.example/1"
    a, b = desk.take(copy.FERRY), desk.take(copy.FERRY, url=url, hours=0.1)
    desk.group()
    (held,) = pin(desk.store, [url], **BY)
    later = desk.take(copy.write_story(9), url=url, hours=0.2)
    desk.group()
    assert place_of(desk, later) == place_of(desk, a) == place_of(desk, b)
    assert desk.members()[later].evidence["rule"] == "desk"
    (freed,) = unpin(desk.store, [url], **BY)
    assert freed.decision == held.decision
    free = desk.take(copy.write_story(10), url=url, hours=0.3)
    desk.group()
    assert place_of(desk, free) != place_of(desk, a)
    with pytest.raises(NotFoundError, match="not pinned"):
        unpin(desk.store, [url], **BY)


def test_the_newest_of_two_rulings_wins(ferry):
    desk, (a, b, c, d) = ferry
    kept = place_of(desk, a)
    first = split(desk.store, [v(c), v(d)], **BY)
    merged = merge(desk.store, [kept, first.dispatch], **BY)
    assert set(desk.groups().values()) == {kept}
    late = desk.take(copy.cut(copy.FERRY, 4), hours=0.5)
    desk.group()
    assert place_of(desk, late) == kept
    undo(desk.store, merged.decision, **BY)
    groups = desk.groups()
    assert groups[a] == groups[b] != groups[c] == groups[d]
    assert groups[late] in {groups[a], groups[c]}


def test_what_a_later_decision_rests_on_cannot_be_undone_first(ferry):
    desk, (a, _, c, d) = ferry
    other = desk.take(copy.write_story(3))
    desk.group()
    first = split(desk.store, [v(c), v(d)], **BY)
    split(desk.store, [v(d)], **BY)
    held = merge(desk.store, [place_of(desk, d), place_of(desk, other)], **BY)
    before = state_of(desk)
    undo(desk.store, first.decision, **BY)  # d has gone its own way and stays there
    groups = desk.groups()
    assert groups[c] == groups[a]
    assert groups[d] == groups[other] != groups[a]
    assert held.dispatch == groups[d]
    assert state_of(desk) != before


@on_both
def test_ids_lead_on_for_ever(ferry):
    desk, (a, b, c, d) = ferry
    chance = random.Random("ids")
    desk.take(copy.write_story(3))
    desk.group()
    ever = {row.id for row in desk.rows(dispatches)}
    for _ in range(25):
        live = sorted(set(desk.groups().values()))
        if len(live) > 2 and chance.random() < 0.5:
            merge(desk.store, chance.sample(live, 2), **BY)
        else:
            version = chance.choice([a, b, c, d])
            if sum(place == place_of(desk, version) for place in desk.groups().values()) > 1:
                split(desk.store, [v(version)], **BY)
        rows = desk.rows(dispatches)
        ever |= {row.id for row in rows}
        groups = desk.groups()
        assert {resolve(desk, name) for name in ever} == set(groups.values())
        assert {row.founder_id for row in rows if row.state != "merged"} == {
            min(one for one, place in groups.items() if place == name) for name in set(groups.values())
        }


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (
            lambda desk, ids: split(desk.store, [v(one) for one in ids[:4]], **BY),
            UsageError,
            "nothing would be left",
        ),
        (lambda desk, ids: split(desk.store, [v(ids[0]), v(ids[4])], **BY), UsageError, "2 dispatches"),
        (lambda desk, ids: split(desk.store, ["v999"], **BY), NotFoundError, "no story v999"),
        (lambda desk, ids: split(desk.store, ["nonsense"], **BY), UsageError, "neither a story"),
        (lambda desk, ids: merge(desk.store, [desk.groups()[ids[0]]], **BY), UsageError, "cannot be merged"),
        (
            lambda desk, ids: merge(desk.store, [desk.groups()[ids[0]], "dnone"], **BY),
            NotFoundError,
            "no such",
        ),
        (lambda desk, ids: undo(desk.store, 99, **BY), NotFoundError, "no decision 99"),
        (
            lambda desk, ids: split(desk.store, [v(ids[0])], into=desk.groups()[ids[1]], **BY),
            UsageError,
            "they are in it",
        ),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_no_trace(ferry, wrong, error, says):
    desk, ids = ferry
    ids = [*ids, desk.take(copy.write_story(3))]
    desk.group()
    before = desk.rows(dispatches), desk.groups()
    with pytest.raises(error, match=says):
        wrong(desk, ids)
    assert (desk.rows(dispatches), desk.groups()) == before
    with desk.store.read() as connection:
        assert read_decisions(connection) == []


# --- laws --------------------------------------------------------------------------------------------------

PIECES = [
    copy.FERRY,
    copy.in_house_style(copy.FERRY),
    copy.cut(copy.FERRY),
    copy.cut(copy.FERRY, 3),
    copy.with_local_paragraphs(copy.FERRY),
    copy.RESCUE_BY_ANOTHER_AGENCY,
    copy.cut(copy.RESCUE_BY_ANOTHER_AGENCY, 4),
    copy.FOLLOW_UP,
]
later = st.lists(
    st.tuples(st.integers(0, len(PIECES) - 1), st.one_of(st.none(), st.integers(0, 5))),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(
    taken=st.sets(st.integers(0, 4), min_size=1, max_size=4),
    joined=st.booleans(),
    held=st.integers(0, 4),
    later=later,
    batch=st.sampled_from([1, 3, 64]),
)
def test_decisions_hold_whatever_comes_later_and_after_a_pass_over_everything(
    tmp_path_factory, taken, joined, held, later, batch
):
    desk = Desk(f"sqlite:///{tmp_path_factory.mktemp('law')}/store.sqlite", batch=batch)
    first = [desk.take(body, url=f"https://o{n}.example/", hours=n / 10) for n, body in enumerate(PIECES[:6])]
    desk.group()
    split(desk.store, [v(first[n]) for n in sorted(taken)], **BY)
    if joined:
        merge(desk.store, [desk.groups()[first[5]], desk.groups()[first[min(taken)]]], **BY)
    pin(desk.store, [v(first[held])], **BY)
    wanted = {version: desk.groups()[version] for version in first}
    for place, (piece, story) in enumerate(later):
        url = None if story is None else f"https://o{story}.example/"
        body = PIECES[piece] + ("" if story is None else f"\n\nVersion {place}.")
        desk.take(body, url=url, hours=1 + place / 10)
        desk.group()
    groups = desk.groups()
    assert {version: groups[version] for version in first} == wanted
    apart = (
        {groups[first[n]] for n in range(5) if n in taken},
        {groups[first[n]] for n in range(5) if n not in taken},
    )
    assert not apart[0] & apart[1]
    story_of = dict(desk.rows_of(versions.c.id, versions.c.story_id))
    pinned = [version for version, story in story_of.items() if story == story_of[first[held]]]
    assert {groups[version] for version in pinned} == {wanted[first[held]]}
    taken_stories = {story_of[first[n]] for n in taken}
    rest_stories = {story_of[first[n]] for n in range(5)} - taken_stories
    assert not {groups[one] for one, story in story_of.items() if story in taken_stories} & {
        groups[first[n]] for n in range(5) if n not in taken
    }
    assert not {groups[one] for one, story in story_of.items() if story in rest_stories} & {
        groups[first[n]] for n in taken
    }
    desk.store.close()


def test_stories_are_found_by_id_version_and_address(ferry):
    desk, (a, _, c, _) = ferry
    story = desk.rows(versions, versions.c.id == c)[0].story_id
    url = desk.rows(stories, stories.c.id == story)[0].url
    done = split(desk.store, [str(story)], **BY)
    for reference in (f"{story}/1", url, f"{url}?utm_source=x", f"V{c}"):
        assert split(desk.store, [reference], **BY) == type(done)(
            done.decision, "split", changed=False, dispatch=done.dispatch, others=(place_of(desk, a),)
        )
