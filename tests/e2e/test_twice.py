"""A second pass over a thousand known stories changes nothing."""

import random

from copytaster.store.engine import Store
from dedup.grouping.grouper import group_waiting
from indexer.drain import drain, prepare_index
from indexer.factory import open_index
from settings import load_settings
from spiders.ingest import ingest_paths

STORIES = 1000
WORDS = [
    "harbour",
    "council",
    "bridge",
    "engineer",
    "storm",
    "market",
    "barley",
    "tunnel",
    "judge",
    "orchard",
    "ferry",
    "museum",
    "clinic",
    "glacier",
    "printer",
    "violin",
    "census",
    "quarry",
    "lantern",
    "meadow",
    "turbine",
    "archive",
    "bakery",
    "compass",
    "drought",
    "embassy",
    "foundry",
    "granary",
    "hostel",
    "inquiry",
    "jubilee",
    "kiosk",
    "library",
    "monastery",
    "nursery",
    "observatory",
    "parade",
    "quilt",
    "regatta",
    "sawmill",
    "tribunal",
    "university",
    "viaduct",
    "workshop",
    "yard",
    "zoo",
    "almond",
    "beacon",
    "canal",
    "depot",
    "estuary",
    "fiddle",
    "gallery",
    "hangar",
    "island",
    "jetty",
]


def write_stories(folder):
    chance = random.Random(7)
    for number in range(STORIES):
        sentences = [" ".join(chance.choices(WORDS, k=14)).capitalize() + "." for _ in range(6)]
        text = "\n\n".join([f"Report {number} from the {chance.choice(WORDS)}", *sentences])
        (folder / f"{number:04}.txt").write_text(text, encoding="utf-8")


def read_all(store, query):
    with store.read() as connection:
        return connection.exec_driver_sql(query).all()


def test_the_second_time_nothing_changes(tmp_path):
    folder = tmp_path / "copy"
    folder.mkdir()
    write_stories(folder)
    settings = load_settings(data_dir=tmp_path / "data")
    store, index = Store(settings.store_url), open_index(settings)
    prepare_index(store, index)

    def take_in():
        report = ingest_paths([folder], store=store, settings=settings)
        grouped = sum(1 for _ in group_waiting(store, settings.grouping))
        return report, grouped, drain(store, index)

    try:
        first, grouped, drained = take_in()
        assert (first.found, first.stored, grouped) == (STORIES, STORIES, STORIES)
        assert drained.written == index.count() > 0
        versions = read_all(store, "SELECT * FROM versions ORDER BY id")
        documents = {name: index.get(name) for (name,) in read_all(store, "SELECT id FROM dispatches")}

        second, grouped, drained = take_in()
        assert (second.unchanged, second.stored, grouped, drained.written) == (STORIES, 0, 0, 0)
        assert read_all(store, "SELECT * FROM versions ORDER BY id") == versions
        assert {name: index.get(name) for name in documents} == documents
        assert read_all(store, "SELECT count(*) FROM raw_pages") == [(STORIES,)]
    finally:
        index.close()
        store.close()
