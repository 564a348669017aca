"""Subscriptions across kills: each match is told once, none is lost, none leaks under embargo.

A process of its own judges and sends to a real webhook on loopback, which refuses one request in ten. It is killed at
moments drawn at random while copy comes in. A message may come twice, under the same name, where the kill fell between
the receiver's answer and its note in the store: the receiver goes by `Idempotency-Key`.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from sqlalchemy import func, select

from bench.copy.stories import TOPICS, write_story
from bench.soak.newsroom import Newsroom
from bench.soak.trial import Outcome, Trial
from copytaster.backoff import Backoff
from copytaster.errors import UnreachableError
from copytaster.logs import set_up
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story
from copytaster.store.subscriptions import add_subscription, list_subscriptions
from copytaster.store.tables import dispatches, memberships, subscription_facts, versions
from copytaster.values import ParsedStory, RawPage
from indexer.embedded import EmbeddedIndex
from newsdesk.operations.subscriptions import watch as watching
from newsdesk.operations.subscriptions.messages import read_facts
from newsdesk.operations.subscriptions.plan import make_plan
from settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

SUBSCRIPTIONS = 5  # each is told of every story
A_ROUND = 40  # stories; the process is killed once in each
WORDS = 60
SECRET = "under embargo"  # in the headline of copy that nobody may be told of
REFUSED_EVERY, EMBARGOED_EVERY = 10, 25
LONGEST_S = 0.8  # between the beginning of the process and its kill, where no request of it is awaited
A_MESSAGE = 8  # facts
AGES = timedelta(days=4000)


class _Receiver(ThreadingHTTPServer):
    """Counts (subscription, dispatch, reason) of each message once, by its name."""

    daemon_threads = True

    def __init__(self, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.chance = random.Random(seed)
        self.told: Counter[tuple[int, str, str]] = Counter()
        self.messages: set[str] = set()
        self.requests = self.leaked = self.doubled = 0
        self.lock = threading.Lock()
        self.victim: subprocess.Popen[str] | None = None
        self.kill_at = 0  # request at which the victim is killed before it gets its answer

    def take(self, name: str, body: dict[str, Any]) -> int:
        """Note a message; the status of the answer."""
        with self.lock:
            self.requests += 1
            kills = self.victim is not None and self.requests >= self.kill_at
            if kills and self.victim is not None:
                self.victim.kill()
            if self.chance.randrange(REFUSED_EVERY) == 0:
                return 503
            self.leaked += SECRET in json.dumps(body)
            self.doubled += name in self.messages
            if name not in self.messages:
                self.messages.add(name)
                number = body["subscription"]["id"]
                self.told.update((number, item["dispatch"], item["reason"]) for item in body["items"])
            return 204


class _Request(BaseHTTPRequestHandler):
    server: _Receiver

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = self.server.take(self.headers["Idempotency-Key"], body)
        with suppress(ConnectionError):  # of one that was killed
            self.send_response(status)
            self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


def run(size: int, seed: int) -> Outcome:
    """`size` matches: stories that are told to five subscriptions each; a kill every 40 stories."""
    return _try(size, seed, careless=False)


def control(size: int, seed: int) -> Outcome:
    """The same where a message that was not taken counts as sent, and nobody looks at the hour of an embargo."""
    return _try(size, seed, careless=True)


def _try(size: int, seed: int, *, careless: bool) -> Outcome:
    stories = size // SUBSCRIPTIONS
    rounds = max(2, stories // A_ROUND)
    with (
        tempfile.TemporaryDirectory() as folder,
        _receive(seed) as receiver,
        Newsroom(Path(folder), f"alerts {seed}") as room,
    ):
        _subscribe(room.store, receiver.server_port)
        chance = random.Random(seed)
        for number in range(rounds):
            start, end = stories * number // rounds, stories * (number + 1) // rounds
            _bring(room, range(start, end))
            _watch_until_killed(Path(folder), receiver, number, chance, careless=careless)
        _call(Path(folder), careless=careless).communicate()  # until nothing is left
        with room.store.read() as connection:
            names = _list_expected(connection)
    expected = [(one, name) for one in range(1, SUBSCRIPTIONS + 1) for name in names]
    repeated = sum(count - 1 for count in receiver.told.values())
    lost = sum((one, name, "new") not in receiver.told for one, name in expected)
    figures = {"repeated": repeated, "lost": lost, "leaked": receiver.leaked, "kills": rounds}
    detail = (
        f"{repeated} repeated, {lost} lost, {receiver.leaked} leaked; {rounds} kills, {receiver.requests} requests, "
        f"{receiver.doubled} messages twice under one name"
    )
    wrong = repeated + lost + receiver.leaked
    return Outcome(len(expected), max(0, len(expected) - wrong), detail, figures)


@contextmanager
def _receive(seed: int) -> Iterator[_Receiver]:
    with _Receiver(seed) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _subscribe(store: Store, port: int) -> None:
    plan = make_plan(
        name="Everything",
        view_id=None,
        search={},
        reasons=["new", "version", "corrected", "killed", "owners"],
        channel="webhook",
        target=f"http://127.0.0.1:{port}/",
    )
    with store.write() as connection:
        for _ in range(SUBSCRIPTIONS):
            add_subscription(connection, plan, who="desk", at=datetime.now(UTC))


def _bring(room: Newsroom, numbers: Sequence[int]) -> None:
    """Bring stories; one in 25 is under an embargo that ends in years, in its version if not in its hold."""
    with room.store.write() as connection:
        for number in numbers:
            _keep(connection, f"{room.seed} {number}", number)
        hidden = versions.update().where(versions.c.headline.startswith(SECRET))
        connection.execute(hidden.values(embargoed_until=datetime.now(UTC) + AGES))
    room.work()


def _keep(connection: Connection, seed: str, number: int) -> None:
    is_hidden, is_held = number % EMBARGOED_EVERY == 0, number % (2 * EMBARGOED_EVERY) == 0
    body = "\n\n".join(write_story(TOPICS[number % len(TOPICS)], seed, words=WORDS))
    url, now = f"https://early.example/{number}", datetime.now(UTC)
    headline = f"{SECRET if is_hidden else 'The news of'} number {number}"
    until = now + AGES if is_held else None
    story = ParsedStory(headline, body, "Early Post", url, embargoed_until=until)
    page = RawPage(url, body.encode(), now)
    keep_story(connection, page=page, story=story, source="early", channel="feed")


def _list_expected(connection: Connection) -> list[str]:
    """The dispatches that must be told: all that are live and under no embargo."""
    query = (
        select(dispatches.c.id, versions.c.headline)
        .join(memberships, memberships.c.dispatch_id == dispatches.c.id)
        .join(versions, versions.c.id == memberships.c.version_id)
        .where(dispatches.c.state == "live")
    )
    hidden: dict[str, bool] = {}
    for row in connection.execute(query):
        hidden[row.id] = hidden.get(row.id, False) or row.headline.startswith(SECRET)
    return [name for name, is_hidden in hidden.items() if not is_hidden]


def _watch_until_killed(
    folder: Path, receiver: _Receiver, number: int, chance: random.Random, *, careless: bool
) -> None:
    """Kill the process before one of its messages is answered, or, every other time, some time after it began."""
    process = _call(folder, careless=careless)
    assert process.stdout is not None
    with process.stdout:
        if number % 2 == 0:
            receiver.kill_at = receiver.requests + chance.randint(
                1, SUBSCRIPTIONS * A_ROUND // A_MESSAGE // 2
            )
            receiver.victim = process
            process.wait()
            receiver.victim = None
            return
        process.stdout.readline()  # it has begun
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0, LONGEST_S))
        process.kill()
        process.wait()


def _call(folder: Path, *, careless: bool) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", __name__, str(folder), *(["careless"] if careless else [])]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def watch_until_done(folder: Path) -> None:
    """Judge and send until nothing is left. Prints a line when it begins."""
    settings = Settings(data_dir=folder)
    with closing(Store(settings.store_url)) as store, closing(EmbeddedIndex(settings.index_path)) as index:
        watch = watching.SubscriptionWatch(store, index, settings)
        print("begun", flush=True)
        while True:
            watch.run_slice(lambda: False)
            with store.read() as connection:
                behind = min(one.position for one in list_subscriptions(connection))
                newest = connection.scalar(select(func.max(dispatches.c.change))) or 0
                due = _count_due(connection)
            if behind >= newest and not due:
                return


def _count_due(connection: Connection) -> int:
    """Facts that wait to be sent, but for those under embargo."""
    facts = subscription_facts.c
    waits = facts.is_told & facts.sent_at.is_(None) & (facts.due_at <= datetime.now(UTC))
    return connection.scalar(select(func.count()).select_from(subscription_facts).where(waits)) or 0


def _deliver_carelessly(watch: watching.SubscriptionWatch, *words: Any) -> None:
    with suppress(UnreachableError):
        _DELIVER(watch, *words)


def _read_carelessly(*words: Any, now: datetime) -> Any:
    return read_facts(*words, now=now + 2 * AGES)


_DELIVER = watching.SubscriptionWatch._deliver  # noqa: SLF001 - the control takes it apart

TRIAL = Trial(
    name="search-alerts",
    promise="A subscription tells each match once across kills, loses none, and tells nothing that is under embargo",
    run=run,
    control=control,
    short=150,
    long=10_000,
)

if __name__ == "__main__":
    set_up("CRITICAL", "text")
    watching.BACKOFF = Backoff(first_s=0.01, longest_s=0.05)
    watching.MOST_FAILURES, watching.FACTS_AT_ONCE = 10**6, A_MESSAGE
    if "careless" in sys.argv:
        with (
            mock.patch.object(watching.SubscriptionWatch, "_deliver", _deliver_carelessly),
            mock.patch.object(watching, "read_facts", _read_carelessly),
        ):
            watch_until_done(Path(sys.argv[1]))
    else:
        watch_until_done(Path(sys.argv[1]))
