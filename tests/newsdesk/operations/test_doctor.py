"""The checks of the doctor, where a command line test cannot reach them."""

from __future__ import annotations

from contextlib import closing

import pytest

from copytaster.store.engine import Store
from indexer.elastic import ElasticIndex
from newsdesk.operations.check_result import list_some
from newsdesk.operations.doctor import examine
from settings import Settings


@pytest.mark.parametrize(
    ("found", "text"), [([], "none"), ([1, 2], "1, 2"), (list(range(7)), "0, 1, 2, 3, 4 and 2 more")]
)
def test_a_long_list_is_shortened(found, text):
    assert list_some(found) == text


def test_a_server_that_is_down_is_one_fault_and_hides_no_other_check(tmp_path, monkeypatch):
    monkeypatch.setenv("COPYTASTER_ELASTICSEARCH__URL", "http://127.0.0.1:9")
    settings = Settings(data_dir=tmp_path)
    with closing(Store(settings.store_url)) as store, closing(ElasticIndex(settings.elasticsearch)) as index:
        results = list(examine(store, index, settings, tmp_path / "sources.toml"))
    faults = [result for result in results if result.level == "fault"]
    assert len(faults) == 1
    assert "127.0.0.1:9" in faults[0].detail
    assert [result.level for result in results if result.check == "stories"] == ["ok"]
