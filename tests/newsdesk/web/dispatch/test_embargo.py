"""Copy under embargo: its text leaves by no door before its hour, joins the dispatches then, also over a restart."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import zstandard
from pydantic import SecretStr
from sqlalchemy import select

from copytaster.store.embargoes import hold_story, list_embargoes, read_held
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story, release_due, release_story
from copytaster.store.tables import metadata, versions
from copytaster.values import UNREADABLE_EMBARGO, ParsedStory, RawPage, WireRecord
from newsdesk.cli import run_command
from newsdesk.pipeline import GroupingStage, IndexingStage
from newsdesk.web.dispatch.embargoes import knows
from tests.newsdesk.web.conftest import NOON, PARAGRAPHS

CANARIES = ("zanzibarium", "quoxelberg", "vrilltop", "dromphane", "ostrifax", "plimmerton", "wexbury")
HOUR = datetime(2999, 3, 2, 17, tzinfo=UTC)


def embargoed(**fields):
    head, body, slug, note, terms, keyword, place = CANARIES
    return replace(
        ParsedStory(
            headline=f"Minister resigns over {head}",
            body="\n\n".join([f"The {body} minister resigned on Monday.", *PARAGRAPHS[1:]]),
            publisher="Harbour Post",
            url=f"https://harbour.example/{place}-resigns",
            slug=slug,
            editors_note=f"EMBARGOED: {note}",
            usage_terms=f"Not for {terms}",
            language="en",
            kind="update",
            published_at=NOON,
            embargoed_until=HOUR,
            wire=WireRecord("ninjs 1.3", guid="urn:x:9", keywords=(keyword,)),
        ),
        **fields,
    )


def keep(store, story, **options):
    page = RawPage(story.url, story.body.encode(), datetime.now(UTC))
    with store.write() as connection:
        return keep_story(
            connection, page=page, story=story, source="harbour-post", channel="feed", **options
        )


def leaks(text):
    return [word for word in CANARIES if re.search(word, text, re.IGNORECASE)]


def on_disk(folder):
    """Every text in the files of the index, packed or not."""
    for path in folder.glob("index*"):
        data = path.read_bytes()
        yield data.decode("latin-1")
        if path.suffix != ".sqlite":  # the companions of a file that is open
            continue
        with closing(sqlite3.connect(path)) as file:
            for (source,) in file.execute("SELECT source FROM sources"):
                yield (source if isinstance(source, str) else unpack(source))


def unpack(packed):
    for read in (zlib.decompress, zstandard.ZstdDecompressor().decompress):
        try:
            return read(packed).decode()
        except Exception:  # noqa: BLE001 - the other one packed it
            continue
    return packed.decode("latin-1")


def every_table(store):
    """The rows of every table but the one that holds copy under embargo."""
    with store.read() as connection:
        for table in metadata.sorted_tables:
            if table.name not in {"embargoes", "seals"}:
                for row in connection.execute(select(table)).all():
                    yield " ".join(str(unpack(cell) if isinstance(cell, bytes) else cell) for cell in row)


DOORS = [
    "/", "/?q=minister", "/?q=harbour", "/embargoes", "/embargoes/1", "/embargoes/1/text", "/sources", "/metrics",
    "/api/v1/dispatches", "/api/v1/dispatches?q=minister", "/api/v1/embargoes", "/api/v1/sources", "/readyz",
    "/trace?of=urn:x:9", "/trace?of=https://harbour.example/", "/api/v1/trace?of=urn:x:9",
]  # fmt: skip


def test_no_door_lets_the_text_out_before_the_hour(desk, capsys):
    desk.keep()
    assert keep(desk.store, embargoed()).outcome == "embargoed"
    desk.settle()
    for door in DOORS:
        answer = desk.browser.get(door)
        assert leaks(answer.text) == [], door
    for word in (*CANARIES, "minister"):
        assert desk.browser.get(f"/api/v1/dispatches?q={word}").json()["items"] == []
    folder = str(desk.settings.data_dir)
    calls = (
        "search",
        "search harbour",
        "dispatch list",
        "quarantine list",
        "status",
        "embargo list",
        "embargo show 1",
        "trace urn:x:9",
        "runs",
        "doctor",
    )
    for call in calls:
        for form in ([], ["--json"]):
            run_command([*call.split(), "--data-dir", folder, *form])
            said = capsys.readouterr()
            assert leaks(said.out + said.err) == [], call
    found = [word for text in on_disk(desk.settings.data_dir) for word in leaks(text)]
    found += [word for text in every_table(desk.store) for word in leaks(text)]
    assert found == []


def test_the_desk_sees_that_copy_waits(desk, capsys):
    keep(desk.store, embargoed())
    desk.settle()
    assert "1</b> story under embargo" in desk.browser.get("/").text
    assert "2999" in desk.browser.get("/embargoes/1").text
    (item,) = desk.browser.get("/api/v1/embargoes").json()["items"]
    assert (item["publisher"], item["kind"], item["until"]) == (
        "Harbour Post",
        "update",
        "2999-03-02T17:00:00Z",
    )
    run_command(["search", "--data-dir", str(desk.settings.data_dir)])
    assert "under embargo until 2999-03-02 17:00 UTC, not searched" in capsys.readouterr().err


def test_who_has_the_password_reads_it(desk):
    keep(desk.store, embargoed())
    assert desk.browser.get("/embargoes/1/text").status_code == 403
    web = desk.settings.web.model_copy(update={"embargo_password": SecretStr("höhle")})
    desk.settings = desk.settings.model_copy(update={"web": web})
    desk.serve(desk.index)
    asked = desk.browser.get("/embargoes/1/text", auth=("desk", "wrong"))
    assert (asked.status_code, leaks(asked.text)) == (401, [])
    right = {"Authorization": "Basic " + base64.b64encode("desk:höhle".encode()).decode()}
    shown = desk.browser.get("/embargoes/1/text", headers=right)
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    assert {"zanzibarium", "quoxelberg", "dromphane"} <= set(leaks(shown.text))


@pytest.mark.parametrize(
    "header",
    [None, "", "Basic", "Basic ???", "Bearer c2VjcmV0", "Basic " + base64.b64encode(b"secret").decode()],
)
def test_what_is_no_password_opens_nothing(header):
    assert not knows(header, "secret")


def test_it_joins_the_dispatches_at_its_hour_over_a_restart(desk):
    late = embargoed(embargoed_until=datetime.now(UTC) - timedelta(minutes=1))
    with desk.store.write() as connection:
        hold_story(
            connection, identity="a" * 64, page=RawPage(late.url, b"page", NOON), story=late, source="harbour-post",
            channel="feed", family=None, publisher_by_host=False, now=NOON,
        )  # fmt: skip
    with closing(Store(desk.settings.store_url)) as again:  # the service that stopped before the hour starts
        for _ in GroupingStage(again, desk.settings.grouping).group_all():
            pass
        IndexingStage(again, desk.index).drain()
        with again.read() as connection:
            assert list_embargoes(connection) == []
    (item,) = desk.browser.get("/api/v1/dispatches?q=quoxelberg").json()["items"]
    assert item["editors_note"].startswith("EMBARGOED")
    assert item["embargoed_until"] is not None
    assert "under embargo" not in desk.browser.get("/").text


def test_only_what_is_due_is_released(desk):
    keep(desk.store, embargoed())
    keep(
        desk.store, embargoed(url="https://harbour.example/other", embargoed_until=HOUR + timedelta(hours=1))
    )
    with desk.store.write() as connection:
        assert release_due(connection, HOUR - timedelta(seconds=1)) == 0
        assert release_due(connection, HOUR) == 1
    with desk.store.read() as connection:
        assert [one.until for one in list_embargoes(connection)] == [HOUR + timedelta(hours=1)]
        (row,) = connection.execute(select(versions)).all()
    assert row.embargoed_until == HOUR
    assert row.wire["keywords"] == ["plimmerton"]


def test_an_hour_that_cannot_be_read_waits_for_somebody(desk):
    keep(desk.store, embargoed(embargoed_until=None, warnings=(UNREADABLE_EMBARGO,)))
    with desk.store.write() as connection:
        assert release_due(connection, HOUR + timedelta(days=9999)) == 0
        assert list_embargoes(connection)[0].until is None
    assert "hour cannot be read" in desk.browser.get("/embargoes/1").text
    with desk.store.write() as connection:
        assert release_story(connection, 1).outcome == "stored"
    with desk.store.read() as connection:
        assert connection.execute(select(versions.c.warnings)).scalar_one() == ["embargo-released"]


def test_a_newer_version_takes_the_place_of_the_one_that_waits(desk):
    keep(desk.store, embargoed())
    keep(desk.store, embargoed(headline="Second version"))
    with desk.store.read() as connection:
        (one,) = list_embargoes(connection)
        assert read_held(connection, one.id).story.headline == "Second version"
    assert keep(desk.store, embargoed(headline="Free now", embargoed_until=None)).outcome == "stored"
    with desk.store.read() as connection:
        assert list_embargoes(connection) == []


def test_the_text_comes_back_as_it_was_held(desk):
    keep(desk.store, embargoed())
    with desk.store.read() as connection:
        held = read_held(connection, 1)
    assert held.story == embargoed()
    assert held.page.body == embargoed().body.encode()
    assert json.dumps(held.page.headers) == "[]"
