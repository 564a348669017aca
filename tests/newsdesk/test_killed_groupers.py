"""Groupers killed and frozen in the middle of their work, with another on standby: the same groups as in one calm run."""

import random
import signal
import sys
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bench.copy.stories import TOPICS, write_story
from copytaster.store.counts import count_ungrouped
from copytaster.store.engine import Store
from copytaster.store.installation import secret_seed, set_fact
from copytaster.store.intake import keep_story
from copytaster.store.tables import memberships
from copytaster.values import ParsedStory, RawPage
from dedup.grouping.grouper import Grouper
from newsdesk.operations.workers_report import read_workers
from settings import load_settings
from tests.newsdesk.test_service import PATIENCE_S, copytaster

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
STORIES_A_ROUND = 40
COPIES = 3  # of each dispatch
BATCH = 2  # versions a commit: so that faults fall between and within many of them
TAKE_OVER_S = 10.0


def keep(store, number):
    """One story more; every third begins a dispatch, the others are copies of it with a sentence of their own."""
    first = number // COPIES
    body = write_story(TOPICS[first % len(TOPICS)], f"story {first}", words=150)
    if number % COPIES:
        body = [*body, f"Desk {number} added a line of its own on the evening of day {number}."]
    url = f"https://outlet-{number % 7}.example/{number}"
    at = START + timedelta(minutes=number)
    text = "\n\n".join(body)
    story = ParsedStory(f"Headline {first}", text, f"Outlet {number % 7}", url, published_at=at)
    with store.write() as connection:
        keep_story(
            connection, page=RawPage(url, text.encode(), at), story=story, source="test", channel="feed"
        )


def read_groups(store):
    with store.read() as connection:
        rows = connection.execute(select(memberships.c.version_id, memberships.c.dispatch_id)).all()
    assert len(rows) == len({row.version_id for row in rows})
    return {row.version_id: row.dispatch_id for row in rows}


def count_waiting(store):
    with store.read() as connection:
        return count_ungrouped(connection)


def find_holder(store):
    with store.read() as connection:
        return next((one.pid for one in read_workers(connection) if "group" in one.holds), None)


def wait_for(condition, patience_s=PATIENCE_S):
    """Look again and again: each look is a question to the database."""
    deadline = time.monotonic() + patience_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "not in time"
    return found


@pytest.fixture
def urls(postgres_server):
    made = [postgres_server.make_database() for _ in range(2)]
    yield made
    for url in made:
        postgres_server.drop_database(url)


@pytest.fixture
def config(tmp_path, urls):
    path = tmp_path / "sources.toml"
    path.write_text(
        f"""
        [settings]
        database_url = "{urls[0]}"
        data_dir = "{tmp_path / "data"}"
        [settings.grouping]
        batch = {BATCH}
        """
    )
    return path


class Groupers:
    """Two real processes; the one that works is killed or frozen, and the other one is to follow."""

    def __init__(self, config, store, stack):
        self.config, self.store, self.stack = config, store, stack
        self.running = {}
        self.take_overs_s = []
        for _ in range(2):
            self.start()

    def start(self):
        process, wait = self.stack.enter_context(copytaster(self.config, "run", "--role", "group"))
        wait("service.ready")
        self.running[process.pid] = process

    def strike(self, number):
        """Send a signal to the holder, and wait until another one holds the lease; then the struck one comes back."""
        pid = wait_for(lambda: find_holder(self.store))
        struck = self.running[pid]
        struck.send_signal(number)
        begun = time.monotonic()
        wait_for(lambda: find_holder(self.store) not in {None, pid})
        self.take_overs_s.append(time.monotonic() - begun)
        if number == signal.SIGSTOP:
            struck.send_signal(signal.SIGCONT)
        else:
            struck.wait(PATIENCE_S)
            del self.running[pid]
            self.start()


def run_rounds(config, urls, strikes, *, seed):
    """Stories come in, a fault hits the holder while it groups them; returns how long each take-over took."""
    chance, number = random.Random(seed), 0
    with closing(Store(urls[0])) as store, closing(Store(urls[1])) as calm, ExitStack() as stack:
        groupers = Groupers(config, store, stack)
        for strike in strikes:
            for _ in range(STORIES_A_ROUND):
                keep(store, number)
                keep(calm, number)
                number += 1
            left = chance.randrange(STORIES_A_ROUND // 4, STORIES_A_ROUND)
            wait_for(lambda most=left: count_waiting(store) <= most)
            groupers.strike(strike)
        wait_for(lambda: not count_waiting(store))
        with store.read() as connection:
            seed_of_store = secret_seed(connection)
        with calm.write() as connection:
            set_fact(connection, "seed", str(seed_of_store))
        for _ in Grouper(calm, load_settings(config).grouping).group():
            pass
        groups = read_groups(store)
        assert len(groups) == number
        assert 1 < len(set(groups.values())) < number
        assert groups == read_groups(calm)
    sys.stdout.write(
        f"{len(strikes)} groupers struck over {number} versions: groups identical, 0 lost, 0 doubled, taken over within"
        f" {max(groupers.take_overs_s):.1f} s at most, {sorted(groupers.take_overs_s)[len(strikes) // 2]:.1f} s usually\n"
    )
    return groupers.take_overs_s


def test_a_killed_and_a_frozen_grouper_change_no_group(config, urls):
    assert len(run_rounds(config, urls, [signal.SIGSTOP, signal.SIGKILL], seed=1)) == 2


@pytest.mark.long
def test_groupers_struck_again_and_again_are_followed_within_ten_seconds(config, urls):
    chance = random.Random(2)
    strikes = [chance.choice([signal.SIGKILL, signal.SIGSTOP]) for _ in range(100)]
    assert max(run_rounds(config, urls, strikes, seed=3)) <= TAKE_OVER_S
