"""Where a story is: each end of the road, on every database, with the time and reason of each step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from copytaster.errors import NotFoundError, UnreachableError
from copytaster.store import ledger, outbox
from copytaster.store.entries import EntrySeen, note_entry
from copytaster.store.intake import keep_story, refuse
from copytaster.store.tables import dispatches, entries
from copytaster.values import ParsedStory, RawPage, WireRecord
from dedup.desk.decisions import merge
from indexer.drain import drain
from newsdesk.operations.retention.sweep import Sweep
from newsdesk.operations.retention.takedown import take_down
from newsdesk.operations.tracing.trace import trace_story
from settings import RetentionSettings
from spiders.sources.config import parse_sources

SOURCES = parse_sources("""
[[source]]
name = "early"
publisher = "Early Post"
kind = "feed"
url = "https://www.early.example/feed"
interval = "5m"
""")
URL = "https://early.example/quay-rebuilt"
HOUR = datetime(2999, 3, 2, 17, tzinfo=UTC)
NOW = datetime.now(UTC)


def trace(desk, of, index=None):
    with desk.store.read() as connection:
        return trace_story(connection, of, index or desk.index, SOURCES)


def names(found):
    return [one.step for one in found.steps]


def entry_of(url, key="a"):
    return EntrySeen(key * 64, url, "d" * 64)


def keep(desk, story, *, entry=None, page_url=None):
    page = RawPage(page_url or story.url, story.body.encode(), datetime.now(UTC))
    with desk.store.write() as connection:
        return keep_story(connection, page=page, story=story, source="early", channel="feed", entry=entry)


def story_at(url=URL, **fields):
    return replace(
        ParsedStory("Quay", "The quay will be rebuilt, the board said. " * 9, "Early Post", url), **fields
    )


def refuse_one(desk, url, reason="http-404", *, page=None):
    with desk.store.write() as connection:
        refuse(
            connection,
            source="early",
            url=url,
            reason=reason,
            detail="as it said",
            page=page,
            entry=entry_of(url),
        )


def test_a_stored_story_has_every_step(desk):
    kept = keep(desk, story_at(), entry=entry_of(URL))
    assert trace(desk, URL).end == "waits for grouping"
    desk.work()
    found = trace(desk, URL)
    assert (found.end, found.stories, found.dispatches) == (
        "searchable", (kept.story_id,), (desk.find(kept.version_id),),
    )  # fmt: skip
    assert sorted(names(found)) == ["fetched", "grouped", "indexed", "named", "stored"]
    assert names(found)[-2:] == ["grouped", "indexed"]
    (grouped,) = (one for one in found.steps if one.step == "grouped")
    assert (grouped.reason, grouped.dispatch) == ("founded", desk.find(kept.version_id))
    assert all(one.at is not None for one in found.steps[:-1])
    assert "revision 1" in found.detail


@pytest.mark.parametrize(
    "spelling",
    [
        "http://EARLY.example/quay-rebuilt?utm_source=feed#top",
        "https://early.example/quay-rebuilt?PHPSESSID=8a4c19be7720fd31",
        "https://early.example/amp/quay-rebuilt",
        "{story}", "story-{story}", "{story}/1", "v{version}", "{dispatch}",
    ],
)  # fmt: skip
def test_every_name_of_a_story_gives_its_road(desk, spelling):
    kept = keep(desk, story_at(), entry=entry_of(URL))
    desk.bring("https://late.example/other", "other news")
    desk.work()
    of = spelling.format(story=kept.story_id, version=kept.version_id, dispatch=desk.find(kept.version_id))
    found = trace(desk, of)
    assert (found.end, found.stories) == ("searchable", (kept.story_id,))
    assert "named" in names(found)


def test_a_link_with_another_canonical_address_is_found(desk):
    link = "https://early.example/rss/item-9?utm_medium=rss"
    kept = keep(desk, story_at(), entry=entry_of(link), page_url=link)
    found = trace(desk, "https://early.example/rss/item-9")
    assert (found.stories, names(found)[0]) == ((kept.story_id,), "named")


def test_a_dispatch_of_many_copies_names_who_listed_each(desk):
    urls = [f"https://outlet{number}.example/quay-rebuilt" for number in range(8)]
    for key, url in zip("abcdef01", urls, strict=True):
        keep(desk, story_at(url, publisher=url[8:15]), entry=entry_of(url, key))
    desk.work()
    (dispatch,) = trace(desk, urls[0]).dispatches
    found = trace(desk, dispatch)
    assert (len(found.stories), names(found).count("named")) == (8, 8)


def test_the_same_content_again_is_unchanged(desk):
    keep(desk, story_at(), entry=entry_of(URL))
    desk.work()
    assert keep(desk, story_at(), entry=entry_of(URL)).outcome == "unchanged"
    found = trace(desk, URL)
    assert (found.end, "unchanged" in names(found)) == ("searchable", True)
    assert names(trace(desk, "1")).count("stored") == 1


def test_one_version_leaves_the_others_out(desk):
    keep(desk, story_at())
    second = keep(desk, story_at(body="The quay will not be rebuilt, the board said on Friday. " * 9))
    assert [one.number for one in trace(desk, "1").steps if one.step == "stored"] == [1, 2]
    assert {one.number for one in trace(desk, f"v{second.version_id}").steps} == {2}
    with pytest.raises(NotFoundError):
        trace(desk, "1/3")


def test_a_refused_page_says_why_and_how_to_replay_it(desk):
    refuse_one(desk, URL, "no-body", page=RawPage(URL, b"<p>", NOW))
    found = trace(desk, URL + "?utm_source=x")
    assert (found.end, found.detail, names(found)) == (
        "dropped", "no-body: as it said", ["named", "fetched", "refused"],
    )  # fmt: skip
    assert "copytaster quarantine replay 1" in found.steps[-1].detail
    assert (found.steps[-1].reason, found.steps[-1].source) == ("no-body", "early")


def test_a_dropped_entry_says_why(desk):
    with desk.store.write() as connection:
        note_entry(connection, "early", entry_of(URL), "robots", now=NOW, fetched=False)
    found = trace(desk, URL)
    assert (found.end, found.detail, names(found)) == ("dropped", "robots", ["named", "dropped"])
    assert found.steps[-1].reason == "robots"


@pytest.mark.parametrize("of", [URL, "urn:x:9"])
def test_copy_under_embargo_has_no_text(desk, of):
    story = story_at(
        headline="Zanzibarium", body="Quoxelberg. " * 40, extractor="wire-format", wire_id="urn:x:9",
        embargoed_until=HOUR, wire=WireRecord("ninjs 1.3", guid="urn:x:9"),
    )  # fmt: skip
    assert keep(desk, story, entry=entry_of(URL)).outcome == "embargoed"
    found = trace(desk, of)
    assert (found.end, found.steps[-1].step, found.steps[-1].until) == ("under embargo", "embargoed", HOUR)
    assert "zanzi" not in str(found).lower()
    assert "quoxel" not in str(found).lower()


def test_what_was_taken_down_names_who_and_why(desk):
    keep(desk, story_at(), entry=entry_of(URL))
    desk.work()
    dispatch = trace(desk, URL).dispatches[0]
    take_down(desk.store, URL, who="Ada", why="court order")
    drain(desk.store, desk.index)
    for of in (URL, "1", dispatch):
        found = trace(desk, of)
        assert found.end == "taken down", of
        assert "taken-down" in names(found), of
    assert trace(desk, dispatch).detail == "by Ada: court order"
    assert keep(desk, story_at(), entry=entry_of(URL)).outcome == "taken-down"
    assert trace(desk, URL).end == "taken down"


def test_what_left_by_retention_can_be_restored(desk):
    keep(desk, story_at(), entry=entry_of(URL))
    desk.work()
    dispatch = trace(desk, URL).dispatches[0]
    Sweep(desk.store, RetentionSettings(keep_days=30), now=NOW + timedelta(days=31)).apply()
    found = trace(desk, dispatch)
    assert (found.end, names(found)) == ("left by retention", ["left"])
    with desk.store.write() as connection:
        connection.execute(entries.delete())
        note_entry(connection, "early", entry_of(URL), "stored", now=NOW, fetched=True)
    assert trace(desk, URL).end == "stored elsewhere"


def test_a_merged_dispatch_resolves_to_its_new_one(desk):
    one = desk.bring("https://early.example/one", "first news")[1]
    other = desk.bring("https://late.example/two", "second news", publisher="Late Mail")[1]
    desk.work()
    kept, merged = desk.find(one), desk.find(other)
    merge(desk.store, [kept, merged], who="Ada", why="same news")
    desk.work()
    for of in (merged, "https://late.example/two"):
        found = trace(desk, of)
        assert found.end == "searchable", of
        assert "decided" in names(found)
    assert "merged" in names(trace(desk, merged))
    (decided,) = (step for step in trace(desk, merged).steps if step.step == "decided")
    assert "Ada: same news" in decided.detail


def queue(desk, name):
    with desk.store.write() as connection:
        change = connection.scalar(select(func.max(dispatches.c.change)))
        outbox.enqueue_many(connection, [(name, change)], at=NOW)
        return outbox.take_due(connection, now=NOW + timedelta(days=1), limit=1)[0]


def test_a_document_that_waits_says_since_when_and_why(desk):
    keep(desk, story_at())
    for _ in desk.grouper.group():
        pass
    assert trace(desk, URL).end == "waits for the index"
    drain(desk.store, desk.index)
    row = queue(desk, trace(desk, URL).dispatches[0])
    with desk.store.write() as connection:
        outbox.postpone(connection, row, reason="no room", until=HOUR)
    waits = next(one for one in trace(desk, URL).steps if one.step == "waits")
    assert (waits.at, waits.until, "no room" in waits.detail) == (NOW, HOUR, True)
    with desk.store.write() as connection:
        outbox.set_aside(connection, row, reason="too deep", at=NOW)
    found = trace(desk, URL)
    assert (found.end, "too deep" in found.detail) == ("quarantined", True)
    assert {"quarantined", "indexed"} <= set(names(found))


def test_a_document_that_is_lost_is_no_success(desk):
    keep(desk, story_at())
    desk.work()
    name = trace(desk, URL).dispatches[0]
    desk.index.remove({name: 1 << 60})
    assert trace(desk, URL).end == "not in the index"


class Silent:
    """An index whose server does not answer."""

    def read_many(self, _ids):
        raise UnreachableError("no answer", resource="search")


def test_an_index_that_does_not_answer_is_unknown(desk):
    keep(desk, story_at())
    desk.work()
    found = trace(desk, URL, Silent())
    assert (found.end, names(found)[-1]) == ("index unknown", "index-unknown")


def test_an_unknown_address_names_the_source_that_has_its_host(desk):
    with pytest.raises(
        NotFoundError, match="no source has named this address.*early has this host, and never ran"
    ):
        trace(desk, URL)
    with desk.store.write() as connection:
        due = ledger.open_runs(connection, [ledger.DueTime("early", NOW)], holder="x", now=NOW)
        ledger.close_run(connection, due["early"], ledger.Result("failed", "timeout", found=3), now=NOW)
    with pytest.raises(NotFoundError, match=r"its last run, due .* failed: timeout, found 3"):
        trace(desk, URL)
    with pytest.raises(NotFoundError, match=r"no configured source has the host nowhere\.example"):
        trace(desk, "https://nowhere.example/x")


@pytest.mark.parametrize(
    "of", ["12", "v12", "dnosuchdispatch", "urn:none", "12/2", "''", "%", "://", "https://["]
)
def test_nothing_is_guessed(desk, of):
    keep(desk, story_at())
    refuse_one(desk, "https://early.example/other")
    with pytest.raises(NotFoundError):
        trace(desk, of)


def test_secrets_of_an_address_are_masked(desk):
    url = "https://early.example/story-7?token=canary-77d0"
    refuse_one(desk, url)
    found = trace(desk, url)
    assert found.end == "dropped"
    assert "canary" not in str(found)
