"""Refused items of one file: its bytes are kept once, and each replays as the item it is."""

from __future__ import annotations

from contextlib import closing

from sqlalchemy import select

from copytaster.store.engine import Store
from copytaster.store.tables import raw_pages, refusals
from newsdesk.operations.quarantine import list_items
from newsdesk.operations.replay import replay_items
from settings import Settings
from spiders.ingest import ingest_paths
from tests.copytaster.wire.formats import samples

FILM = samples.g2(item_class="ninat:video").replace(samples.GUID, "urn:x:film")
MESSAGE = samples.g2_message(samples.g2(item_class="ninat:picture"), FILM)


def test_a_file_of_refused_items_is_kept_once_and_each_replays_as_itself(tmp_path):
    (tmp_path / "message.xml").write_text(MESSAGE)
    settings = Settings(data_dir=tmp_path / "data")
    with closing(Store(f"sqlite:///{tmp_path}/store.sqlite")) as store:
        ingest_paths([tmp_path / "message.xml"], store=store, settings=settings)
        with store.read() as connection:
            assert len(connection.execute(select(raw_pages.c.id)).all()) == 1
            addresses = connection.scalars(select(refusals.c.url).order_by(refusals.c.id)).all()
            items = list_items(connection)
        replayed = replay_items(store, settings, [], items)
    assert [address.rpartition("/")[2] for address in addresses] == [
        "message.xml#item=1",
        "message.xml#item=2",
    ]
    assert {result.outcome for result in replayed} == {"kind-picture", "kind-video"}
