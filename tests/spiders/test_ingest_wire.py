"""A folder of wire files: each item is a story, the same file twice is one, an embargoed one is held."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from copytaster.store.embargoes import list_embargoes, read_held
from copytaster.store.engine import Store
from copytaster.store.intake import release_story
from copytaster.store.tables import refusals, stories, versions
from settings import Settings
from spiders.ingest import ingest_paths
from tests.copytaster.wire.formats import samples

LATER = "2999-03-02T18:00:00+01:00"


@pytest.fixture
def store(tmp_path):
    opened = Store(f"sqlite:///{tmp_path}/store.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def drop(store, tmp_path):
    """Drop files with these contents into a folder and take it in; returns the report."""
    folder = tmp_path / "drop"
    folder.mkdir()
    settings = Settings(data_dir=tmp_path / "data")

    def run(*bodies, names=None):
        for number, body in enumerate(bodies):
            name = names[number] if names else f"item{number}.{'txt' if number % 2 else 'dat'}"
            (folder / name).write_bytes(body if isinstance(body, bytes) else body.encode())
        return ingest_paths([folder], store=store, settings=settings)

    return run


def rows(store, *columns):
    with store.read() as connection:
        return connection.execute(select(*columns)).all()


def test_items_of_mixed_files_become_stories_by_their_ids(store, drop):
    other = (
        samples.g2(until="").replace(samples.GUID, "urn:x:2").replace(samples.HEADLINE, "Mayor opens pier")
    )
    message = samples.g2_message(samples.g2(until=""), other)
    again = samples.dpa(embargoed=None)  # the same guid as JSON, with the same text
    report = drop(message, again, samples.anpa(), samples.g2(item_class="ninat:picture"))
    assert (report.found, report.stored, report.unchanged) == (5, 3, 1)
    assert report.dropped == {"kind-picture": 1}
    assert sorted(row.headline for row in rows(store, versions.c.headline)) == [
        samples.HEADLINE, samples.HEADLINE, "Mayor opens pier",
    ]  # fmt: skip
    assert drop().unchanged == 4


def test_a_later_version_is_a_version_and_a_cancel_takes_the_story_down(store, drop, tmp_path):
    drop(samples.g2(until=""))
    (tmp_path / "drop" / "item0.dat").unlink()
    drop(samples.g2(until="", version="4").replace("eight months", "nine months"), names=["later"])
    (tmp_path / "drop" / "later").unlink()
    drop(samples.g2(until="", version="5", status="stat:canceled"), names=["last"])
    assert len(rows(store, stories.c.id)) == 1
    kept = rows(store, versions.c.number, versions.c.markers)
    assert [row.number for row in kept] == [1, 2, 3]
    drop(samples.g2(until=""), names=["first again"])
    assert len(rows(store, versions.c.id)) == 3
    assert [marker["kind"] for marker in kept[-1].markers] == ["kill"]


@pytest.mark.parametrize(
    "body",
    [samples.g2(until=LATER), samples.g2(until="", status="stat:withheld"), samples.ninjs(embargoed="soon")],
)
def test_embargoed_copy_is_held_and_no_version(store, drop, body):
    report = drop(body)
    assert report.dropped == {"embargoed": 1}
    assert report.refusals[0].error.startswith("embargoed")
    assert rows(store, versions.c.id) == rows(store, refusals.c.id) == []
    with store.read() as connection:
        (kept,) = list_embargoes(connection)
        assert read_held(connection, kept.id).page.body.decode() == body
    with store.write() as connection:
        assert release_story(connection, kept.id).outcome == "stored"
