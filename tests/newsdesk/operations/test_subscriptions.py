"""Subscriptions over a real store and index: told once for each reason, by a real mail server and webhook, across restarts."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from datetime import UTC, datetime, timedelta

import pytest

from copytaster.errors import UsageError
from copytaster.store.intake import keep_story
from copytaster.store.subscription_facts import list_told
from copytaster.store.subscriptions import (
    add_subscription,
    list_subscriptions,
    read_subscription,
    resume_subscription,
)
from copytaster.store.tables import dispatches, outbox, subscription_facts, subscriptions, versions
from copytaster.store.views import add_view, change_view
from copytaster.values import Credit, Marker, ParsedStory, RawPage
from newsdesk.operations.delivery import sign
from newsdesk.operations.marks import mark_dispatches
from newsdesk.operations.retention.takedown import take_down
from newsdesk.operations.subscriptions.judge import find_due
from newsdesk.operations.subscriptions.messages import read_facts
from newsdesk.operations.subscriptions.plan import make_plan
from newsdesk.operations.subscriptions.watch import SubscriptionWatch
from tests.mail_server import running_mail_server
from tests.newsdesk.web.conftest import WebDesk
from tests.web_hook import running_hook

BODY = (
    "The harbour board voted on {day} to rebuild quay {number} after surveyors found that two of its nine piers had "
    "sunk by eleven centimetres since the storms of {number} autumns ago.\n\nShips longer than {number} metres will "
    "berth at terminal {day} until the work ends, harbour master number {number} said, adding that pilots had "
    "rehearsed turn {number} with a borrowed tug called {day} {number}."
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@pytest.fixture
def hook():
    with running_hook() as server:
        yield server


@pytest.fixture
def mail():
    with running_mail_server() as server:
        yield server


class Told:
    """A store with an index, subscriptions over it, and a watch that a test may start again."""

    def __init__(self, folder, mail, hook):
        self.desk = WebDesk(folder)
        alerts = {
            "mail_from": "copytaster@desk.example",
            "smtp_host": "127.0.0.1",
            "smtp_port": mail.port,
            "url": "https://desk.example",
        }
        self.settings = self.desk.settings.model_copy(
            update={"alerts": self.desk.settings.alerts.model_copy(update=alerts)}
        )
        self.store = self.desk.store
        self.mail, self.hook = mail, hook
        self.restart()

    def restart(self):
        self.watch = SubscriptionWatch(self.store, self.desk.index, self.settings)

    def subscribe(self, channel="webhook", **changed):
        target = {
            "webhook": f"http://127.0.0.1:{self.hook.server_port}/hook?key=hush",
            "mail": "ada@desk.example, bo@desk.example",
            "feed": "",
        }[channel]
        plan = {"name": "Quays", "view_id": None, "search": {}, "reasons": ["new"], "target": target}
        with self.store.write() as connection:
            made = add_subscription(
                connection, make_plan(channel=channel, **plan | changed), who="ada", at=datetime.now(UTC)
            )
        return made.id

    def bring(self, number=1, publisher="Harbour Post", *, text="", headline=None, markers=(), **fields):
        day = DAYS[number % 7]
        body = BODY.format(number=number, day=day) + (f"\n\n{text}" if text else "")
        url = f"https://{publisher.split()[0].lower()}.example/{number}"
        story = ParsedStory(
            headline or f"Quay {number} to be rebuilt",
            body,
            publisher,
            url,
            markers=tuple(Marker("version", kind, None, f"{kind.upper()}-") for kind in markers),
            **fields,
        )
        page = RawPage(url, body.encode(), datetime.now(UTC))
        with self.store.write() as connection:
            keep_story(
                connection, page=page, story=story, source="harbour-post", channel="feed", family=publisher
            )

    def settle(self):
        self.desk.settle()
        return self.run()

    def run(self):
        return self.watch.run_slice(lambda: False)

    @property
    def posted(self):
        """(reason, headline) of everything that the webhook took, in order."""
        return [
            (item["reason"], item["headline"])
            for _, data in self.hook.posts
            for item in json.loads(data)["items"]
        ]

    def read(self, number=1):
        with self.store.read() as connection:
            return read_subscription(connection, number)


@pytest.fixture
def told(tmp_path, mail, hook):
    found = Told(tmp_path / "desk", mail, hook)
    yield found
    found.desk.close()


def test_a_match_is_told_once_whatever_arrives_and_restarts(told):
    told.bring(1)
    told.desk.settle()  # was there before: not told
    told.subscribe(search={"words": "rebuilt"})
    told.bring(2)
    told.bring(3, headline="Ferry cancelled")
    assert told.settle() == 1
    assert told.posted == [("new", "Quay 2 to be rebuilt")]
    told.bring(2, publisher="Gulf Ledger")  # a reprint
    told.bring(1, publisher="Gulf Ledger")
    assert told.settle() == 0
    told.restart()
    assert told.run() == 0
    assert len(told.posted) == 1


def test_a_subscription_follows_marks_and_times(told):
    told.bring(1)
    told.bring(2)
    told.desk.settle()
    (first,) = [item["dispatch_id"] for item in told.desk.find() if "Quay 1" in item["headline"]]
    mark_dispatches(told.store, [first], "used", who="ada")
    told.subscribe(search={"marks": ["used"]}, reasons=["owners"], owners=2)
    told.subscribe(search={"without_marks": ["used:anyone"]}, reasons=["owners"], owners=2)
    told.subscribe(search={"until": "7d"}, reasons=["owners"], owners=2)
    told.subscribe(search={"since": "7d", "marks": ["used:bo"]}, reasons=["owners"], owners=2)
    told.bring(1, publisher="Gulf Ledger")
    told.bring(2, publisher="Gulf Ledger")
    told.settle()
    assert sorted(told.posted) == [("owners", "Quay 1 to be rebuilt"), ("owners", "Quay 2 to be rebuilt")]
    assert len(told.hook.posts) == 2


def test_each_reason_is_told_once(told):
    told.subscribe(reasons=["new", "version", "corrected", "killed", "owners"], owners=3)
    told.bring(2)
    told.settle()
    told.bring(2, publisher="Gulf Ledger")
    told.bring(2, publisher="Vale Courier")
    told.bring(2, publisher="Upland Post")
    told.settle()
    assert [reason for reason, _ in told.posted] == ["new", "owners"]


def test_the_agencys_own_steps_are_told(told):
    told.subscribe(reasons=["new", "version", "corrected", "killed"], search={"words": "rebuilt"})
    agency = {"publisher": "Reuters", "credit": Credit("Reuters", 0.95)}
    told.bring(2, **agency)
    told.settle()
    told.bring(
        2, text="A third ship waits.", headline="UPDATE 1-Quay 2 to be rebuilt", markers=["update"], **agency
    )
    told.settle()
    corrected = {"headline": "CORRECTED-Quay two of the harbour", "markers": ["corrected"]}
    told.bring(2, text="Corrects the number of piers.", **corrected, **agency)
    told.settle()
    told.restart()
    told.settle()
    assert [reason for reason, _ in told.posted] == ["new", "version", "corrected"]


def test_a_message_is_signed_and_named(told):
    number = told.subscribe()
    told.bring(2)
    told.settle()
    ((headers, data),) = told.hook.posts
    secret = told.read(number).secret
    at = int(headers["Copytaster-Signature"].partition(",")[0].removeprefix("t="))
    digest = hmac.new(secret.encode(), f"{at}.".encode() + data, hashlib.sha256).hexdigest()
    assert headers["Copytaster-Signature"] == f"t={at},v1={digest}" == sign(data, secret, at)
    body = json.loads(data)
    assert headers["Idempotency-Key"] == f"copytaster-subscription-{number}-{body['items'][0]['id']}"
    assert body["items"][0]["address"].startswith("https://desk.example/dispatches/d")
    assert abs(at - datetime.now(UTC).timestamp()) < 600


def test_mail_names_what_happened_and_how_to_end_it(told):
    told.subscribe("mail", name="Harbour desk")
    told.bring(2)
    told.bring(3)
    assert told.settle() == 1
    (sent,) = told.mail.mails
    assert sent["Subject"] == "Harbour desk: Quay 2 to be rebuilt and 1 more"
    assert sent["To"] == "ada@desk.example, bo@desk.example"
    text = sent.get_content()
    assert "Quay 3 to be rebuilt" in text
    assert "https://desk.example/subscriptions" in text


def test_what_is_not_taken_waits_and_is_named_alike_when_it_is_sent_again(told):
    number = told.subscribe()
    told.hook.status = 503
    told.bring(2)
    assert told.settle() == 0
    failed = told.read(number)
    assert (failed.failures, "503" in failed.error, failed.not_before > datetime.now(UTC)) == (1, True, True)
    told.bring(3)
    assert told.settle() == 0
    assert len(told.hook.posts) == 1  # it waits
    told.hook.status = 204
    let_due(told)
    told.restart()
    assert told.run() == 2
    keys = [headers["Idempotency-Key"] for headers, _ in told.hook.posts]
    assert keys[0] == keys[1] != keys[2]
    assert told.posted[1:] == [("new", "Quay 2 to be rebuilt"), ("new", "Quay 3 to be rebuilt")]
    assert (told.read(number).failures, told.read(number).error) == (0, None)


def test_a_receiver_that_never_answers_pauses_its_subscription_and_nothing_is_lost(told):
    number = told.subscribe()
    told.hook.status = 500
    told.bring(2)
    told.settle()
    for _ in range(40):
        let_due(told)
        told.run()
    assert "30 messages in a row" in told.read(number).paused_why
    assert len(told.hook.posts) == 30
    told.bring(3)
    told.settle()
    told.hook.status = 204
    with told.store.write() as connection:
        resume_subscription(connection, number, who="ada")
    told.run()
    assert sorted(set(told.posted)) == [("new", "Quay 2 to be rebuilt"), ("new", "Quay 3 to be rebuilt")]


def test_a_search_that_cannot_be_read_pauses_alone_and_goes_on_where_it_was(told):
    with told.store.write() as connection:
        view = add_view(connection, "V", {}, is_shared=False, who="ada", at=datetime.now(UTC))
    number = told.subscribe(view_id=view.id)
    told.subscribe(search={"words": "rebuilt"}, name="Other")
    with told.store.write() as connection:
        change_view(
            connection,
            view.id,
            "V",
            {"words": "kind:nonsense"},
            is_shared=False,
            who="ada",
            at=datetime.now(UTC),
        )
    told.bring(2)
    told.settle()
    assert "nonsense" in told.read(number).paused_why
    assert len(told.posted) == 1
    with told.store.write() as connection:
        change_view(connection, view.id, "V", {}, is_shared=False, who="ada", at=datetime.now(UTC))
        resume_subscription(connection, number, who="ada")
    told.run()
    assert told.posted == [("new", "Quay 2 to be rebuilt")] * 2


def test_what_the_index_refused_is_judged_when_it_has_it(told):
    from indexer.drain import drain

    number = told.subscribe()
    told.bring(2)
    told.bring(3)
    told.desk.group()
    refused = told.desk.index
    with told.store.write() as connection:
        (first, *_) = connection.execute(outbox.select().order_by(outbox.c.change)).all()
        chosen = outbox.update().where(outbox.c.dispatch_id == first.dispatch_id)
        connection.execute(chosen.values(quarantined_at=datetime.now(UTC), attempts=3))
    drain(told.store, refused)
    told.run()
    assert len(told.posted) == 1
    assert told.read(number).owed == (first.dispatch_id,)
    told.restart()
    with told.store.write() as connection:
        connection.execute(chosen.values(quarantined_at=None, attempts=0, not_before=None))
    told.run()
    assert len(told.posted) == 1  # queued, and not there yet
    drain(told.store, refused)
    told.run()
    assert sorted(told.posted) == [("new", "Quay 2 to be rebuilt"), ("new", "Quay 3 to be rebuilt")]
    assert told.read(number).owed == ()


def test_a_crash_between_judging_and_sending_loses_and_repeats_nothing(told):
    told.subscribe()
    told.bring(2)
    told.desk.settle()
    told.watch.judge(lambda: False)
    told.restart()  # killed before it was sent
    told.run()
    told.restart()
    told.run()
    assert told.posted == [("new", "Quay 2 to be rebuilt")]


def test_two_processes_judge_and_only_one_keeps(told):
    told.subscribe("feed")
    told.bring(2)
    told.desk.settle()
    for watch in (told.watch, SubscriptionWatch(told.store, told.desk.index, told.settings)):
        watch.judge(lambda: False)
    with told.store.read() as connection:
        assert [fact.reason for fact in list_told(connection, 1, limit=10)] == ["new"]


def test_copy_taken_down_before_it_is_sent_is_in_no_message(told):
    number = told.subscribe(digest_minutes=60)
    told.bring(2)
    told.bring(3)
    assert told.settle() == 0  # the digest is not due
    take_down(told.store, "https://harbour.example/2", who="ops", why="court order")
    told.desk.settle()
    let_due(told)
    told.run()
    assert told.posted == [("new", "Quay 3 to be rebuilt")]
    assert told.run() == 0
    with told.store.read() as connection:
        facts = list_told(connection, number, limit=10)
        found = read_facts(connection, facts, told.read(number), now=datetime.now(UTC))
    assert [one.headline for one in found.told] == ["Quay 3 to be rebuilt"]


def test_copy_under_embargo_is_in_no_message_before_its_hour(told):
    number = told.subscribe(digest_minutes=0)
    told.bring(2)
    hour = datetime.now(UTC) + timedelta(hours=1)
    with told.store.write() as connection:
        connection.execute(versions.update().values(embargoed_until=hour))
    told.settle()
    assert told.posted == []
    with told.store.read() as connection:
        facts = list_told(connection, number, limit=10)
        assert read_facts(connection, facts, told.read(number), now=datetime.now(UTC)).told == ()
    with told.store.write() as connection:
        connection.execute(versions.update().values(embargoed_until=datetime.now(UTC) - timedelta(hours=1)))
    let_due(told)
    told.run()
    assert told.posted == [("new", "Quay 2 to be rebuilt")]


def test_copy_that_waits_for_its_hour_is_not_judged(told):
    told.subscribe()
    told.bring(2, embargoed_until=datetime.now(UTC) + timedelta(hours=1))
    told.settle()
    assert (told.posted, told.hook.posts) == ([], [])


def test_a_view_that_a_subscription_follows_cannot_be_removed(told):
    from copytaster.store.views import remove_view

    with told.store.write() as connection:
        view = add_view(connection, "V", {}, is_shared=False, who="ada", at=datetime.now(UTC))
    told.subscribe(view_id=view.id)
    with pytest.raises(UsageError, match="follows it"), told.store.write() as connection:
        remove_view(connection, view.id, who="ada")


@pytest.mark.parametrize(
    ("minutes", "due"),
    [(0, "12:07:30"), (15, "12:15:00"), (60, "13:00:00"), (240, "16:00:00"), (1440, "00:00:00")],
)
def test_digests_are_due_at_full_periods(minutes, due):
    now = datetime(2026, 3, 4, 12, 7, 30, tzinfo=UTC)
    assert f"{find_due(now, minutes):%H:%M:%S}" == due
    assert find_due(now, minutes) >= now


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": " "}, "needs a name"),
        ({"reasons": []}, "no reason"),
        ({"reasons": ["often"]}, "often"),
        ({"channel": "pigeon"}, "pigeon"),
        ({"channel": "mail", "target": "ada"}, "ada"),
        ({"channel": "mail", "target": "ada@desk.example\nBcc: x@y.example"}, "mail address"),
        ({"channel": "mail", "target": ""}, "no mail address"),
        ({"channel": "mail", "target": "=?utf-8?q?=0ABcc=3A_x?=@desk.example"}, "mail address"),
        ({"channel": "webhook", "target": "file:///etc/passwd"}, "no address"),
        ({"owners": 0}, "owners"),
        ({"digest_minutes": 7}, "digest"),
        ({"search": {"words": "kind:nonsense"}}, "nonsense"),
    ],
)
def test_what_cannot_be_told_is_refused(changed, said):
    plan = {"name": "x", "view_id": None, "search": {}, "reasons": ["new"]}
    with pytest.raises(UsageError, match=said):
        make_plan(**plan | changed)


def let_due(told):
    """As if the time to wait were over."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    with told.store.write() as connection:
        connection.execute(subscriptions.update().values(not_before=None))
        connection.execute(subscription_facts.update().values(due_at=past))


def test_everything_is_told_of_many_matches_at_once(told):
    number = told.subscribe("feed")
    for story in range(130):
        told.bring(story + 2)
    told.settle()
    with told.store.read() as connection:
        facts = list_told(connection, number, limit=1000)
        assert [one.id for one in list_subscriptions(connection)] == [number]
    with told.store.read() as connection:
        stored = connection.execute(dispatches.select()).all()
    assert {fact.dispatch_id for fact in facts} == {row.id for row in stored}
    assert len(facts) == len(stored) > 100


@pytest.mark.long
def test_five_thousand_matches_in_one_interval_are_all_sent(told, hook):
    count, syllables = 5_000, random.Random(3)
    number = told.subscribe("webhook")
    for part in range(0, count, 500):
        with told.store.write() as connection:
            for story in range(part, part + 500):
                body = " ".join(f"{syllables.getrandbits(24):x}" for _ in range(60)) + f" number {story}."
                url = f"https://harbour.example/{story}"
                kept = ParsedStory(f"Brief {story}", body, "Harbour Post", url)
                page = RawPage(url, body.encode(), datetime.now(UTC))
                keep_story(
                    connection, page=page, story=kept, source="harbour-post", channel="feed", family=None
                )
    told.settle()
    assert sorted(told.posted) == sorted(("new", f"Brief {story}") for story in range(count))
    assert told.read(number).failures == 0
