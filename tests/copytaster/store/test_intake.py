from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from copytaster.errors import NotFoundError
from copytaster.identity import address_identity
from copytaster.store.engine import Store
from copytaster.store.entries import EntrySeen, forget_entries, note_entry, read_entries, touch_entries
from copytaster.store.intake import keep_story, refuse
from copytaster.store.raw_pages import keep_raw_page, read_raw_page
from copytaster.store.tables import entries, raw_pages, refusals, stories, versions
from copytaster.values import Caption, Credit, Dateline, Evidence, Marker, ParsedStory, RawPage, WireRecord

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
URL = "https://gazette.example/basin"


def story(body="The board met and agreed.", **fields):
    return ParsedStory("Basin widened", body, "The Gazette", URL, **fields)


def page(body=b"<html>1", url=URL):
    return RawPage(url, body, NOW, 200, (("Content-Type", "text/html"),))


def keep(store, kept_story=None, kept_page=None, **named):
    with store.write() as connection:
        return keep_story(
            connection,
            page=kept_page or page(),
            story=kept_story or story(),
            **({"source": "gazette", "channel": "feed"} | named),
        )


def rows(store, *columns):
    with store.read() as connection:
        return connection.execute(select(*columns)).all()


def test_every_field_of_a_story_is_kept(store):
    full = story(
        markers=(Marker("version", "update", 2, "UPDATE 2-"),),
        change_note="(Adds quote)",
        dateline=Dateline("PORT MERRIT, Nov 22", ("Port Merrit",), None, "2026-11-22", "Reuters"),
        credit=Credit("Reuters", 0.9, (Evidence("dateline", "(Reuters)", 0.9, "Reuters"),)),
        byline=("Ana Reed",),
        signoff="(Reporting by Ana Reed)",
        captions=(Caption("The basin", "A. Reed"),),
        language="en",
        published_at=NOW,
        published_zone="+00:00",
        updated_at=NOW,
        slug="BASIN/",
        extractor="json-ld",
        warnings=("no-date",),
        kind="update",
        usage_terms="Not for resale",
        editors_note="Eds: photos follow",
        wire=WireRecord("ninjs 1.3", guid="urn:x:1", urgency=2),
    )
    kept = keep(store, full)
    assert (kept.outcome, kept.number) == ("stored", 1)
    [row] = rows(store, versions)
    assert row.markers == [{"class": "version", "kind": "update", "number": 2, "text": "UPDATE 2-"}]
    assert row.dateline["places"] == ["Port Merrit"]
    assert (row.agency, row.agency_confidence) == ("Reuters", 0.9)
    assert row.agency_evidence[0]["kind"] == "dateline"
    assert (row.published_at, row.published_zone, row.updated_at) == (NOW, "+00:00", NOW)
    assert row.captions == [{"text": "The basin", "credit": "A. Reed"}]
    assert (row.byline, row.signoff, row.change_note) == (
        ["Ana Reed"],
        "(Reporting by Ana Reed)",
        "(Adds quote)",
    )
    assert (row.kind, row.usage_terms, row.editors_note) == ("update", "Not for resale", "Eds: photos follow")
    assert row.wire == {"format": "ninjs 1.3", "guid": "urn:x:1", "pubstatus": "usable", "urgency": 2}
    assert (row.extractor, row.warnings, row.language, row.grouped) == ("json-ld", ["no-date"], "en", False)
    assert [tuple(row) for row in rows(store, stories.c.slug, stories.c.version_count)] == [("BASIN/", 1)]


@settings(max_examples=20, deadline=None)
@given(bodies=st.lists(st.sampled_from(["one", "two", "three"]), min_size=1, max_size=8))
def test_a_version_a_change_and_none_for_the_same_again(tmp_path_factory, bodies):
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('s')}/store.sqlite")
    kept = [keep(store, story(body), page(body.encode())) for body in bodies]
    changes = [body for place, body in enumerate(bodies) if place == 0 or bodies[place - 1] != body]
    found = rows(store, versions.c.number, versions.c.body)
    store.close()
    assert [tuple(row) for row in found] == list(enumerate(changes, 1))
    assert [one.outcome for one in kept].count("stored") == len(changes)
    assert len({one.story_id for one in kept}) == 1


def test_the_first_to_bring_a_story_stays_its_source(store):
    keep(store, source="gazette", family="House")
    [before] = rows(store, stories)
    keep(store, replace(story("Another text."), publisher="The Copier"), source="copier", family="Other")
    [after] = rows(store, stories)
    assert (after.publisher, after.source, after.family) == ("The Gazette", "gazette", "House")
    assert after.first_seen_at == before.first_seen_at
    assert after.version_count == 2


def test_the_same_bytes_are_kept_once_an_address(store):
    with store.write() as connection:
        first = keep_raw_page(connection, page())
        assert keep_raw_page(connection, page()) == first
        other = keep_raw_page(connection, page(url=URL + "?page=2"))
        changed = keep_raw_page(connection, page(b"<html>2"))
    assert len({first, other, changed}) == 3


@settings(max_examples=20, deadline=None)
@given(body=st.binary(max_size=3000))
def test_raw_bytes_come_back_exactly(tmp_path_factory, body):
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('s')}/store.sqlite")
    with store.write() as connection:
        found = read_raw_page(connection, keep_raw_page(connection, page(body)))
    store.close()
    assert found == page(body)


def test_damage_to_raw_bytes_is_noticed(store):
    with store.write() as connection:
        kept = keep_raw_page(connection, page())
        connection.execute(update(raw_pages).values(sha256="0" * 64))
        with pytest.raises(NotFoundError):
            read_raw_page(connection, kept)
        with pytest.raises(NotFoundError):
            read_raw_page(connection, kept + 1)


def test_a_refusal_keeps_page_reason_and_entry_and_is_kept_once(store):
    entry = EntrySeen("k", URL, "d")
    for _ in range(2):
        with store.write() as connection:
            refuse(
                connection,
                source="gazette",
                url=URL,
                reason="no-body",
                detail="x" * 900,
                page=page(),
                entry=entry,
            )
    [row] = rows(store, refusals)
    assert (row.reason, len(row.detail), row.raw_page_id) == ("no-body", 500, 1)
    assert [tuple(row) for row in rows(store, entries.c.outcome, entries.c.url)] == [("no-body", URL)]
    assert rows(store, versions.c.id) == []


def test_a_transaction_that_fails_leaves_nothing_behind(store):
    class PowerCutError(Exception):
        pass

    with pytest.raises(PowerCutError), store.write() as connection:
        keep_story(
            connection, page=page(), story=story(), source="s", channel="feed", entry=EntrySeen("k", URL, "d")
        )
        raise PowerCutError
    for table in (stories, versions, raw_pages, entries):
        assert rows(store, select(func.count()).select_from(table).scalar_subquery()) == [(0,)]


def test_the_seen_memory(store):
    later = NOW.replace(hour=12)
    with store.write() as connection:
        note_entry(connection, "s", EntrySeen("k", URL, "d1", '"e"', "Mon"), "stored", now=NOW, fetched=True)
        note_entry(connection, "s", EntrySeen("k", URL, "d2"), "timeout", now=later, fetched=False)
        found = read_entries(connection, "s", ["k", "unknown", *map(str, range(1200))])
        assert list(found) == ["k"]
        memory = found["k"]
        assert (memory.digest, memory.outcome, memory.etag, memory.first_seen_at) == (
            "d2",
            "timeout",
            None,
            NOW,
        )
        assert read_entries(connection, "another", ["k"]) == {}
        touch_entries(connection, "s", ["k"], now=later.replace(hour=13))
        assert forget_entries(connection, "s", before=later) == 0
        assert forget_entries(connection, "s", before=later.replace(hour=14)) == 1
    assert rows(store, entries.c.entry) == []


def test_a_wire_id_identifies_on_an_agencys_own_addresses_only(store):
    wire_id = "idUSKBN1"
    own = replace(
        story(wire_id=wire_id), publisher="Reuters", url="https://www.reuters.com/article/a-idUSKBN1"
    )
    moved = replace(own, url="https://uk.reuters.com/article/b-idUSKBN1")
    forged = replace(own, publisher="evil.example", url="https://evil.example/reuters.com/x-idUSKBN1")
    first = keep(store, own)
    assert keep(store, moved).story_id == first.story_id
    assert keep(store, forged).story_id != first.story_id
    assert keep(store, replace(forged, url="https://evil.example/y-idUSKBN1")).number == 1


def test_a_claim_is_kept_beside_the_publisher(store):
    keep(store, story(claimed_publisher="Reuters" + "s" * 300))
    [row] = rows(store, stories.c.publisher, stories.c.claimed_publisher)
    assert row.publisher == "The Gazette"
    assert row.claimed_publisher == ("Reuters" + "s" * 300)[:255]


def test_a_page_whose_session_changes_is_one_story(store):
    first = keep(store, replace(story(), url=f"{URL}-2026?sid=9f86d081"))
    again = keep(store, replace(story(), url=f"{URL}-2026?sid=7c4a8d09"))
    assert (again.outcome, again.story_id) == ("unchanged", first.story_id)


def test_a_story_of_an_earlier_release_keeps_its_id(store):
    address = f"{URL}-2026?sid=9f86d081"
    first = keep(store, replace(story(), url=address))
    with store.write() as connection:
        connection.execute(update(stories).values(identity=address_identity(address)))
    assert keep(store, replace(story(), url=address)).story_id == first.story_id


def test_no_secret_is_kept_in_the_reason_of_a_refusal(store):
    with store.write() as connection:
        refuse(
            connection,
            source="gazette",
            url=URL,
            reason="http-403",
            detail=f"{URL}?token=canary-5f1c answers 403",
        )
    assert rows(store, refusals.c.detail) == [(f"{URL}?token=*** answers 403",)]


TEXTS = {
    "weir": "The gate of the upper weir jammed on Friday night and the river rose by a metre within three hours, the water"
    " office said. Crews with a crane worked until dawn to lift it. Two cellars in Mill Lane were flooded, nobody was hurt."
    " All four gates are to be replaced before next winter.",
    "tram": "Line nine gets longer cars in March, the company told passengers on Tuesday. Each holds sixty people more than"
    " those of today, which come from a works that has closed. The first three are being tested at night between the depot"
    " and the fair. Tickets will not cost more, it promised.",
    "loom": "A museum shows the looms on which the town once wove sailcloth, among them one that a fire left black. Visitors"
    " may try it under the eyes of a retired weaver. Schools have booked every morning until Easter, and the director wants"
    " a second room for the dyes, whose recipes were found in an attic.",
}
SITE = "https://gazette.example"


def arrive(store, name, address, claimed=None, key=None, **fields):
    """A story whose page is at one address and claims another."""
    told = ParsedStory(f"{name.title()} {name}", TEXTS[name], "The Gazette", claimed or address, **fields)
    entry = None if key is None else EntrySeen(key, address, f"{key} {address}")
    return keep(store, told, page(name.encode(), address), entry=entry)


def test_one_canonical_link_on_every_page_makes_no_versions(store):
    pages = {name: f"{SITE}/s/{name}-1.html" for name in TEXTS}
    for _ in range(2):
        kept = [arrive(store, name, pages[name], f"{SITE}/s/article") for name in TEXTS]
        assert [one.number for one in kept] == [1, 1, 1]
        assert len({one.story_id for one in kept}) == 3
    assert {row.url for row in rows(store, stories.c.url)} == set(pages.values())


def test_an_address_that_shows_another_story_each_day(store):
    first = [arrive(store, name, f"{SITE}/latest") for name in TEXTS]
    assert len({one.story_id for one in first}) == 3
    again = [arrive(store, name, f"{SITE}/latest") for name in TEXTS]
    assert [one.outcome for one in again] == ["unchanged"] * 3
    assert [one.story_id for one in again] == [one.story_id for one in first]


def test_a_changed_text_stays_a_version(store):
    arrive(store, "weir", f"{SITE}/weir-1")
    later = ParsedStory(
        "Gate lifted", TEXTS["weir"].replace("jammed", "stuck"), "The Gazette", f"{SITE}/weir-1"
    )
    assert keep(store, later, page(b"2", f"{SITE}/weir-1")).number == 2


def test_a_notice_stays_a_version(store):
    arrive(store, "weir", f"{SITE}/weir-1")
    notice = ParsedStory(
        "Withdrawn", "This story was wrong and is withdrawn.", "The Gazette", f"{SITE}/weir-1"
    )
    assert keep(store, notice, page(b"2", f"{SITE}/weir-1")).number == 2


def test_variants_of_an_address_are_one_story_if_they_share_the_text(store):
    first = arrive(store, "weir", f"{SITE}/weir-1?source=rss")
    assert arrive(store, "weir", f"{SITE}/amp/weir-1").story_id == first.story_id
    assert arrive(store, "tram", f"{SITE}/weir-1?source=tram").story_id != first.story_id


def test_a_story_stored_under_a_variant_keeps_its_id(store):
    address = f"{SITE}/weir-1?source=rss"
    first = arrive(store, "weir", address)
    with store.write() as connection:
        connection.execute(update(stories).values(identity=address_identity(address)))
    assert arrive(store, "weir", address).story_id == first.story_id


def test_a_stable_id_joins_changing_links(store):
    kept = [
        arrive(store, "weir", f"{SITE}/{path}", key="guid 7")
        for path in ("weir?af=1", "weir?af=2", "gate-lifted")
    ]
    assert [one.outcome for one in kept] == ["stored", "unchanged", "unchanged"]


def test_a_reused_id_joins_nothing(store):
    first, second = (arrive(store, name, f"{SITE}/{name}-1", key="guid 7") for name in ("weir", "tram"))
    assert first.story_id != second.story_id


def report(store, day, figure, address, claimed=None, key=None):
    """A report of one mould: most of its words are those of the day before."""
    body = (
        f"Eel at the Saltern quay cost {figure} crowns on {day}. {TEXTS[{'Monday': 'weir', 'Tuesday': 'tram'}[day]]} "
        "Prices are those of the morning sale and hold until noon, when the hall closes."
    )
    told = ParsedStory(f"Fish prices of {day}", body, "The Gazette", claimed or address)
    entry = None if key is None else EntrySeen(key, address, f"{key} {address}")
    return keep(store, told, page(f"{day} {figure}".encode(), address), entry=entry)


def test_reports_of_one_mould_whose_pages_claim_one_address_stay_apart(store):
    kept = [
        report(store, day, figure, f"{SITE}/fish-{figure}", f"{SITE}/fish/report-of-the-day")
        for day, figure in (("Monday", 31), ("Tuesday", 44))
    ]
    assert len({one.story_id for one in kept}) == 2
    assert {row.url for row in rows(store, stories.c.url)} == {f"{SITE}/fish-31", f"{SITE}/fish-44"}


@pytest.mark.parametrize(("keys", "number"), [(("mon", "tue"), 1), (("one", "one"), 2), ((None, None), 2)])
def test_a_new_entry_at_a_known_address_is_another_story_unless_the_texts_agree(store, keys, number):
    report(store, "Monday", 31, f"{SITE}/latest", key=keys[0])
    assert report(store, "Tuesday", 44, f"{SITE}/latest", key=keys[1]).number == number


def test_a_new_id_of_the_same_text_stays_a_version(store):
    report(store, "Monday", 31, f"{SITE}/fish-31", key="mon")
    assert report(store, "Monday", 32, f"{SITE}/fish-31", key="mon, refreshed").number == 2


def test_an_entry_whose_link_leads_elsewhere_now_stays_one_story(store):
    first = arrive(store, "weir", f"{SITE}/weir-1", key="guid 7")
    told = ParsedStory("Weir weir", TEXTS["weir"], "The Gazette", f"{SITE}/new/gate-jammed-1")
    moved = keep(
        store, told, page(b"weir", told.url), entry=EntrySeen("guid 7", f"{SITE}/weir-1", "said otherwise")
    )
    assert (moved.story_id, moved.outcome) == (first.story_id, "unchanged")


@pytest.mark.parametrize("ending", ["/", "/index.html", "/?ref=front"])
def test_a_last_slash_is_no_other_page(store, ending):
    first = arrive(store, "weir", f"{SITE}/gate-of-the-weir")
    assert arrive(store, "weir", f"{SITE}/gate-of-the-weir{ending}").story_id == first.story_id
    assert arrive(store, "tram", f"{SITE}/gate-of-the-weir{ending}").story_id != first.story_id
