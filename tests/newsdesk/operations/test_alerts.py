"""Alerts are raised once, told once on each channel by a real mail server and webhook, and never again after a restart."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from copytaster.errors import ConfigurationError, StoreError, UnreachableError
from copytaster.store import alerts
from copytaster.store.engine import Store
from copytaster.store.ledger import Result
from copytaster.store.service_health import ServicePart
from copytaster.store.source_health import note_result
from newsdesk.cli import run_command
from newsdesk.operations.alerts.channels import open_channels
from newsdesk.operations.alerts.countries import name_countries
from newsdesk.operations.alerts.watch import AlertWatch
from settings import AlertSettings, load_settings
from spiders.sources.config import parse_sources
from tests.mail_server import running_mail_server
from tests.web_hook import running_hook

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SOURCES = """
[[source]]
name = "harbour"
publisher = "Harbour Wire"
kind = "feed"
url = "https://wire.example/feed.xml"
interval = "15m"
"""


@pytest.fixture
def hook():
    with running_hook() as server:
        yield server


@pytest.fixture
def mail():
    with running_mail_server() as server:
        yield server


class Watched:
    """A store, its settings, and a watch that a test may start again."""

    def __init__(self, folder, mail, hook):
        self.settings = load_settings(
            data_dir=folder,
            alerts={
                "mail_to": ["ops@desk.example"],
                "mail_from": "copytaster@desk.example",
                "smtp_host": "127.0.0.1",
                "smtp_port": mail.port,
                "webhook_url": f"http://127.0.0.1:{hook.server_port}/hook?token=hush-9f2c",
                "url": "https://desk.example",
            },
        )
        self.parts = []
        self.store = Store(self.settings.store_url)
        self.restart()

    def restart(self):
        self.store.close()
        self.store = Store(self.settings.store_url)
        self.watch = AlertWatch(self.store, self.settings, parse_sources(SOURCES), lambda: self.parts)

    def look(self, minutes):
        """Look and send at so many minutes after noon."""
        now = NOW + timedelta(minutes=minutes)
        self.watch.look(now)
        self.watch.send(now)

    def fail_part(self):
        self.parts = [ServicePart("index", failures=3, last_error="UnreachableError: server is away")]

    def list(self, *, ended=False):
        with self.store.read() as connection:
            return alerts.list_alerts(connection, ended=ended)


@pytest.fixture
def watched(tmp_path, mail, hook):
    found = Watched(tmp_path / "data", mail, hook)
    yield found
    found.store.close()


def test_a_part_that_fails_for_five_minutes_is_told_once_and_its_end_once(watched, mail, hook):
    watched.fail_part()
    watched.look(0)
    assert not mail.mails
    watched.look(5)
    (told,) = mail.mails
    assert told["Subject"] == "Copytaster: 1 alert (index)"
    assert told["Auto-Submitted"] == "auto-generated"
    text = told.get_content()
    assert "server is away" in text
    assert "copytaster alert ack 1" in text
    assert "https://desk.example/sources?failing=1" in text
    watched.look(6)
    watched.restart()
    watched.fail_part()
    watched.look(20)
    watched.look(26)
    assert len(mail.mails) == len(hook.posts) == 1
    headers, data = hook.posts[0]
    key, body = headers["Idempotency-Key"], json.loads(data)
    assert key
    assert body["alerts"][0]["event"] == "raised"
    watched.parts = []
    watched.look(30)
    assert len(mail.mails) == 1, "what comes back within a quarter of an hour is the same alert"
    watched.look(45)
    watched.restart()
    watched.look(60)
    assert [one["Subject"] for one in mail.mails[1:]] == ["Copytaster: 1 ended (index)"]
    assert json.loads(hook.posts[1][1])["alerts"][0]["event"] == "ended"
    assert len(hook.posts) == 2
    assert not watched.list()
    assert [alert.state for alert in watched.list(ended=True)] == ["ended"]


def test_an_alert_that_flaps_is_one(watched, mail):
    for minutes in range(0, 120, 10):
        if minutes % 20:
            watched.parts = []
        else:
            watched.parts = [ServicePart("index", failures=1, last_error="away", last_error_at=NOW)]
        watched.look(minutes)
        watched.look(minutes + 6)
    assert [one["Subject"] for one in mail.mails] == ["Copytaster: 1 alert (index)"]


def test_people_are_reminded_until_one_acknowledges(watched, mail):
    watched.fail_part()
    for minutes in (0, 5, 60, 24 * 60 + 6):
        watched.look(minutes)
    assert len(mail.mails) == 2
    with watched.store.write() as connection:
        assert alerts.acknowledge(connection, 1, who="ida", why="disk is ordered", at=NOW)
    watched.look(72 * 60)
    assert len(mail.mails) == 2
    assert [alert.state for alert in watched.list()] == ["acknowledged"]


def test_a_message_that_is_not_taken_is_tried_again_and_the_other_channel_does_not_wait(watched, mail, hook):
    mail.refuses = True
    watched.fail_part()
    watched.watch.look(NOW)
    with pytest.raises(UnreachableError, match="mail server"):
        watched.look(5)
    assert len(hook.posts) == 1
    mail.refuses = False
    watched.restart()
    watched.fail_part()
    watched.look(5)
    assert not mail.mails, "not before its pause is over"
    watched.look(7)
    assert len(mail.mails) == len(hook.posts) == 1


def test_the_end_of_an_outage_is_said_to_those_who_heard_of_it(watched, hook):
    watched.watch.look_if_due(NOW)
    away = watched.settings.store_url.removeprefix("sqlite:///")
    for minutes in (1, 4, 7, 8):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(watched.watch, "look", lambda _now: _fail(away))
            with pytest.raises(StoreError):
                watched.watch.look_if_due(NOW + timedelta(minutes=minutes))
    watched.watch.look_if_due(NOW + timedelta(minutes=9))
    watched.watch.look_if_due(NOW + timedelta(minutes=10))
    said = [json.loads(data)["text"] for _, data in hook.posts]
    assert [text.partition(" UTC")[0] for text in said] == [
        "the store cannot be read or written since 12:01",
        "the store can be read and written again since 12:09",
    ]


def _fail(path):
    raise StoreError("its disk is full", resource=path)


def test_many_alerts_are_one_message(watched, mail):
    watched.parts = [
        ServicePart(name, failures=2, last_error="x") for name in ("group", "index", "relate", "web")
    ]
    watched.look(0)
    watched.look(5)
    assert [one["Subject"] for one in mail.mails] == [
        "Copytaster: 4 alerts (group, index, relate and 1 more)"
    ]


def test_a_source_that_never_brought_anything_rings(watched, mail):
    with watched.store.write() as connection:
        note_result(connection, "harbour", Result("ran", found=3, unchanged=3), new=0, now=datetime.now(UTC))
    watched.watch.look(datetime.now(UTC))
    assert not watched.list()
    with watched.store.write() as connection:
        connection.exec_driver_sql("UPDATE source_health SET first_run_at = '2026-03-02 00:00:00.000000'")
    now = datetime.now(UTC)
    watched.watch.look(now)
    watched.watch.send(now)
    assert "it never brought one" in mail.mails[0].get_content()


def test_no_secret_is_told(watched, mail, hook, capsys):
    watched.parts = [
        ServicePart("index", failures=2, last_error="GET https://x.example/?token=canary-5521 failed")
    ]
    watched.look(0)
    watched.look(5)
    assert "canary-5521" not in mail.mails[0].get_content() + "".join(data.decode() for _, data in hook.posts)
    hook.status = 500
    watched.parts.append(ServicePart("group", failures=2, last_error="x"))
    watched.look(6)
    with pytest.raises(UnreachableError) as refused:
        watched.look(12)
    assert "hush-9f2c" not in str(refused.value)


def test_mail_without_a_server_is_a_wrong_setting():
    with pytest.raises(ConfigurationError, match="smtp_host"):
        open_channels(AlertSettings(mail_to=("ops@desk.example",)))


@pytest.mark.parametrize(
    ("url", "language", "country"),
    [
        ("https://zeitung.example.de/feed", None, "de"),
        ("https://wire.example.com/feed", "pt-BR", "pt-br"),
        ("https://wire.example.com/feed", "en", None),
        ("https://sold.example.io/feed", None, None),
    ],
)
def test_the_country_of_a_source(url, language, country):
    text = SOURCES.replace("https://wire.example/feed.xml", url)
    text += f'language = "{language}"\n' if language else ""
    assert name_countries(parse_sources(text)).get("harbour") == country


def run_alert(capsys, folder, *words, lines=""):
    config = folder / "sources.toml"
    config.write_text(f'[settings]\ndata_dir = "{folder / "data"}"\n{lines}')
    code = run_command(["alert", *words, "--config", str(config)])
    return code, capsys.readouterr()


def test_the_commands_list_acknowledge_and_test(watched, tmp_path, mail, hook, capsys):
    assert run_alert(capsys, tmp_path, "list")[0] == 4
    watched.fail_part()
    watched.look(0)
    watched.look(5)
    code, said = run_alert(capsys, tmp_path, "list")
    assert (code, "server is away" in said.out) == (0, True)
    assert run_alert(capsys, tmp_path, "ack", "1", "--who", "ida", "--why", "known")[0] == 0
    code, said = run_alert(capsys, tmp_path, "list", "--json")
    assert [one["state"] for one in json.loads(said.out)] == ["acknowledged"]
    assert run_alert(capsys, tmp_path, "ack", "7")[0] == 4
    assert run_alert(capsys, tmp_path, "test")[0] == 4
    lines = (
        '[settings.alerts]\nmail_to = ["ops@desk.example"]\nmail_from = "c@desk.example"\n'
        f'smtp_host = "127.0.0.1"\nsmtp_port = {mail.port}\nwebhook_url = "http://127.0.0.1:{hook.server_port}/"\n'
    )
    code, said = run_alert(capsys, tmp_path, "test", lines=lines)
    assert (code, said.out) == (0, "mail: taken\nwebhook: taken\n")
    hook.status = 500
    assert run_alert(capsys, tmp_path, "test", lines=lines)[0] == 3
    mail.refuses = True
    assert run_alert(capsys, tmp_path, "test", lines=lines)[0] == 1
