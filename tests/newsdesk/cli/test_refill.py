"""`copytaster refill` and `copytaster source recall` against a publisher on loopback."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from copytaster.store.engine import Store
from copytaster.store.holes import ROLLED_OVER, add_hole
from settings import load_settings
from tests.newsdesk.cli.conftest import run_json, run_plain
from tests.newsdesk.operations.test_refill import put_sitemap
from tests.spiders.conftest import Publisher

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def publisher():
    made = Publisher()
    yield made
    made.close()


@pytest.fixture
def town(tmp_path, publisher):
    """A configuration with one source that has a hole; the site lists what is missing in it, and more before it."""
    path = tmp_path / "sources.toml"
    path.write_text(
        f"""
        [settings]
        data_dir = "{tmp_path / "data"}"
        [settings.crawl]
        allow_addresses = ["127.0.0.1/32"]
        delay_s = 0
        [[source]]
        name = "town"
        publisher = "The Town"
        url = "{publisher.base}/feed"
        interval = "1h"
        archive = "{publisher.base}/sitemap.xml"
        """
    )
    publisher.put_page("/lost", "Lost", "lost")
    publisher.put_page("/new", "New", "new")
    publisher.put_feed("/feed", ["/new"])
    put_sitemap(publisher, {"/lost": NOW - timedelta(hours=3), "/old": NOW - timedelta(days=2), "/new": NOW})
    with closing(Store(load_settings(path).store_url)) as store, store.write() as connection:
        start, end = NOW - timedelta(hours=5), NOW - timedelta(hours=1)
        add_hole(connection, "town", start=start, end=end, why=ROLLED_OVER)
    return path


def test_refill_lists_closes_and_finds_nothing_afterwards(capsys, town):
    code, shown, _ = run_json(capsys, town, "refill")
    assert code == 0
    assert (shown["applied"], shown["closed"]) == (False, 0)
    assert {hole["why"] for hole in shown["holes"]} == {ROLLED_OVER, "not run yet"}
    code, printed = run_plain(capsys, town, "refill", "--source", "town")
    assert (code, "nothing was stored" in printed) == (0, True)
    code, shown, _ = run_json(capsys, town, "refill", "--apply")
    assert (code, shown["closed"], [hole["stored"] for hole in shown["holes"]]) == (0, 2, [1, 1])
    assert run_json(capsys, town, "refill", "--apply")[0] == 4


def test_refill_that_leaves_holes_open_says_so(capsys, town, publisher):
    publisher.put("/feed", b"no", status=500)
    publisher.put("/lost", b"no", status=500)
    code, shown, _ = run_json(capsys, town, "refill", "--apply")
    assert (code, shown["closed"]) == (3, 0)
    assert [hole["failed"] for hole in shown["holes"] if hole["id"]] == [{"http-500": 1}]


def test_refill_of_an_unknown_source_names_the_nearest(capsys, town):
    code, _, error = run_json(capsys, town, "refill", "--source", "twon")
    assert (code, "'town'" in error) == (4, True)


def test_recall_prints_the_share_and_what_was_missed(capsys, town, publisher):
    code, shown, _ = run_json(capsys, town, "source", "recall", "town")
    assert (code, shown["listed"], shown["share"]) == (0, 2, 0.0)
    code, printed = run_plain(capsys, town, "source", "recall", "town")
    assert code == 0
    assert "0.0% stored, 0 of 2 listed" in printed
    assert publisher.base + "/lost" in printed
    assert (
        run_json(capsys, town, "source", "recall", "town", "--since", "2020-01-01", "--until", "2020-01-02")[
            0
        ]
        == 4
    )
    code, _, error = run_json(
        capsys, town, "source", "recall", "town", "--sitemap", publisher.base + "/nothing.xml"
    )
    assert (code, "404" in error) == (1, True)
