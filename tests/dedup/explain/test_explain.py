"""An explanation gives the reasons of the live rules, in the words that were printed."""

from __future__ import annotations

import pytest

from copytaster.errors import NotFoundError, UsageError
from dedup.decision.decide import FOUNDER_AGREEMENT, MEAN_AGREEMENT
from dedup.desk.decisions import split
from dedup.explain.explain import explain_pair, explain_place
from dedup.explain.values import OnlyIn
from tests.dedup import copydesk as copy


def explain(desk, one, other):
    with desk.store.read() as connection:
        return explain_pair(connection, f"v{one}", f"v{other}", desk.settings)


def place(desk, version):
    with desk.store.read() as connection:
        return explain_place(connection, f"v{version}", desk.settings)


@pytest.fixture
def grouped(desk):
    """A dispatch of two, a look-alike, and a piece that shares half of it."""
    half = "\n\n".join([*copy.write_story(6, 80).split("\n\n"), *copy.PARAGRAPHS[2:5]])
    bodies = {
        "first": copy.FERRY,
        "rewrite": copy.with_local_paragraphs(copy.in_house_style(copy.FERRY)),
        "form": copy.change_facts(copy.FERRY, "numbers"),
        "half": half,
        "other": copy.RESCUE_BY_ANOTHER_AGENCY,
    }
    taken = {name: desk.take(body, hours=n / 10) for n, (name, body) in enumerate(bodies.items())}
    desk.group()
    return desk, taken


def test_a_joined_pair(grouped):
    desk, ids = grouped
    found = explain(desk, ids["rewrite"], ids["first"])
    assert found.together
    assert (found.one.version, found.other.version) == (ids["first"], ids["rewrite"])
    assert found.rule == found.pair_rule == found.other.evidence["rule"]
    assert found.score.share == pytest.approx(found.other.evidence["score"], abs=1e-4)
    assert sum(passage.words for passage in found.passages) == found.score.matched_words
    assert ("on", "") in {(change.one, change.other) for change in found.changes}
    assert found.agreement.joins
    assert (found.agreement.needed, found.agreement.founder_needed) == (MEAN_AGREEMENT, FOUNDER_AGREEMENT)
    assert found.path.found
    assert found.path.bands > 0
    for phrase in found.path.shown:
        assert phrase in " ".join(copy.FERRY.split())


def test_passages_are_quoted_as_each_printed_them(grouped):
    desk, ids = grouped
    found = explain(desk, ids["first"], ids["rewrite"])
    bodies = [
        " ".join(body.split())
        for body in (copy.FERRY, copy.with_local_paragraphs(copy.in_house_style(copy.FERRY)))
    ]
    for passage in found.passages:
        assert passage.one in bodies[0]
        assert passage.other in bodies[1]


def test_a_look_alike(grouped):
    desk, ids = grouped
    found = explain(desk, ids["first"], ids["form"])
    assert not found.together
    assert found.pair_rule is None
    assert any("form" in sentence for sentence in found.why)
    assert any(change.numbers for change in found.changes)
    assert {"214", "1994"} <= set(found.numbers.one)
    assert "214" not in found.numbers.other


def test_a_passage_weighs_at_most_its_words(grouped):
    desk, ids = grouped
    found = explain(desk, ids["first"], ids["rewrite"])
    assert found.passages
    assert all(0 < one.weight <= one.words for one in found.passages)
    assert sum(one.weight for one in found.passages) == pytest.approx(found.score.weight, abs=1)


def test_the_agreement_shown_is_the_one_that_decides(grouped):
    desk, ids = grouped
    found = explain(desk, ids["first"], ids["rewrite"])
    assert found.agreement.joins
    assert found.agreement.mean == pytest.approx(found.other.evidence["agreement"], abs=1e-4)


def test_reports_that_begin_otherwise_are_told_apart_by_their_leads(grouped):
    desk, ids = grouped
    found = explain(desk, ids["first"], ids["half"])
    assert not found.together
    assert found.why[0].startswith("Each begins with news of its own")


def test_a_look_alike_of_one_publisher_names_the_stricter_bound(desk):
    own = "\n\n".join(copy.write_story(6, 80).split("\n\n"))
    one = desk.take(copy.FERRY, publisher="Post", url="https://post.example/1")
    cut = "\n\n".join([*copy.PARAGRAPHS[:6], own])
    other = desk.take(cut, publisher="Post", url="https://post.example/2", hours=0.1)
    desk.group()
    found = explain(desk, one, other)
    assert not found.together
    assert found.why[0].startswith("Both are of one publisher")


def test_facts_that_a_form_changed_are_counted(grouped):
    desk, ids = grouped
    found = explain(desk, ids["first"], ids["form"])
    assert not found.together
    assert any("shorter text's facts" in sentence and "numbers" in sentence for sentence in found.why)


def test_two_reports_of_one_event_share_no_passage(grouped):
    desk, ids = grouped
    found = explain(desk, ids["first"], ids["other"])
    assert (found.together, found.passages) == (False, ())
    assert "No run of" in found.why[0]
    assert not found.path.found


def test_background_that_is_printed_again_is_called_so(desk):
    """The next day's report on the same event ends with two paragraphs of the first one."""
    follow_up = "\n\n".join([*copy.write_story(6, 110).split("\n\n"), *copy.PARAGRAPHS[4:6]])
    first, later = desk.take(copy.FERRY), desk.take(follow_up, hours=20)
    desk.group()
    found = explain(desk, first, later)
    assert not found.together
    assert found.path.found
    assert found.why[0].startswith("Too little is shared")
    assert "background" in found.why[1]


def test_boilerplate_is_shown_as_left_out(desk):
    """What a publisher printed twice before counts for nothing the third time, and is quoted."""
    standing = (
        "Sailings may change at short notice, and travellers are asked to look at the board by the quay."
    )
    taken = [
        desk.take(f"{copy.write_story(seed)}\n\n{standing}", publisher="Post", hours=seed)
        for seed in (1, 2, 3)
    ]
    desk.group()
    found = explain(desk, taken[0], taken[2])
    assert (found.boilerplate.one, found.boilerplate.other) == ((), (standing,))
    assert "except boilerplate" in found.why[0]
    assert explain(desk, taken[0], taken[1]).boilerplate == OnlyIn((), ())


def test_a_decision_is_named_before_everything_else(grouped):
    desk, ids = grouped
    done = split(desk.store, [f"v{ids['rewrite']}"], who="Ada", why="two ferries")
    found = explain(desk, ids["first"], ids["rewrite"])
    assert not found.together
    assert found.why[0].startswith(f"Decision {done.decision}: Ada took one of them away")
    assert "two ferries" in found.why[0]
    assert "people decided" in found.why[1]
    assert [row.id for row in found.decisions] == [done.decision]


def test_why_a_story_is_where_it_is(grouped):
    desk, ids = grouped
    joined = place(desk, ids["rewrite"])
    assert joined.because is not None
    assert (joined.because.one.version, joined.members) == (ids["first"], 2)
    founder = place(desk, ids["first"])
    assert (founder.because, founder.side.evidence["rule"]) == (None, "founded")


def test_what_cannot_be_explained_is_an_error(grouped):
    desk, _ = grouped
    waiting = desk.take(copy.write_story(9))
    with pytest.raises(NotFoundError, match="waits for grouping"):
        explain(desk, 1, waiting)
    with pytest.raises(NotFoundError, match="no story v999"):
        explain(desk, 1, 999)
    with desk.store.read() as connection, pytest.raises(UsageError):
        explain_pair(connection, "1", "x", desk.settings)
