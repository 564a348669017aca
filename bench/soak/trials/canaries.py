"""Canaries in every place where a secret comes in, looked for in everything that goes out."""

from __future__ import annotations

import io
import logging
import os
import random
import subprocess
import sys
import tempfile
from contextlib import ExitStack, closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch
from urllib.parse import quote, unquote

import structlog
from starlette.testclient import TestClient

from bench.soak.trial import Outcome, Trial
from copytaster.logs import set_up
from copytaster.masking.addresses import public_address
from copytaster.masking.known import KNOWN
from copytaster.masking.text import mask_secrets
from copytaster.masking.values import mask_value
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story, refuse
from copytaster.store.ledger import DueTime, Result, close_run, open_runs
from copytaster.store.source_cursor import Cursor, keep_cursor
from copytaster.store.sources import pause
from copytaster.values import ParsedStory, RawPage
from dedup.grouping.grouper import group_waiting
from indexer.drain import drain, prepare_index
from indexer.factory import open_index
from newsdesk.cli import run_command
from newsdesk.web.app import create_app
from settings import load_settings
from spiders.sources.config import read_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# How a secret is written: its name and form. `{}` is the value. Each is put into every kind of place.
FORMS = (
    "?api_key={}&page=2", "?apikey={}", "?apiKey={}&n=1", "?token={}", "?access_token={}&id=7", "?pwd={}", "?passwd={}",
    "?password={}", "?sid={}&code=US", "?jwt={}", "?code={}", "?bearer={}", "?session={}&id=7", "?sig={}", "?auth={}",
    "?X-Amz-Signature={}&X-Amz-Date=20260302", "?X-Amz-Credential={}%2Feu", "?key={}", "?client_secret={}", "?hdnea={}",
    "?otp={}", "?user%5Bpassword%5D={}", "?api%5Fkey={}", "?%74oken={}", ";jsessionid={}?id=7", ";sid={};v=1",
    "?phpsessid={}", "#access_token={}", "?next=%2Ffeed%3Ftoken%3D{}%26n%3D1", "?u=a%253Fsid%253D{}%2526b", "?ticket={}",
    "?credential={}", "?signature={}", "?id_token={}", "?refresh_token={}", "?feedkey={}", "?pass={}", "?nonce={}",
    "?data=%7B%22secret%22%3A%22{}%22%7D", "?x;token={}",
)  # fmt: skip
# Texts in which a secret comes: errors of servers and libraries, header lines, JSON, values of Python.
TEXTS = (
    "could not fetch https://wire.example/feed{form}: refused",
    "the server answered 403 to Authorization: Bearer {value}",
    "the server wants Cookie: a=1; sid={value}",
    'sent {{"password": "{value}", "page": 2}}',
    "headers [('x-api-key', '{value}'), ('authorization', b'Basic {value}')]",
    "connect https://user:{value}@wire.example/feed",
    "postgresql://desk:{value}@db.example/desk does not answer",
    "location: https%3A%2F%2Fuser%3A{value}%40wire.example%2F",
)
COMMANDS = (
    ("status",), ("runs",), ("doctor",), ("quarantine", "list"), ("quarantine", "show", "1"), ("config", "show"), ("source", "list"),
    ("source", "show", "source-0"), ("source", "pause", "source-0"), ("source", "resume", "source-0"), ("search", "quay"),
    ("dispatch", "list"), ("source", "probe", "source-0"), ("index",), ("group",),
)  # fmt: skip
PAGES = ("/", "/sources", "/api", "/api/v1/dispatches", "/readyz", "/metrics", "/version", "/none?token={}")
SMALL = 100  # canaries; with more, crawls run too
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BODY = (
    "The harbour board voted on Monday to rebuild quay {n} after surveyors found that {n} of its piers had sunk since the "
    "autumn storms. Ships longer than {n} metres will berth at the coal terminal until the work ends, the board said."
)


@dataclass(frozen=True)
class Canary:
    """One secret value and the form in which it is written."""

    value: str
    form: str

    @property
    def written(self) -> str:
        """The form with the value, to be put behind an address."""
        return self.form.format(self.value)

    def text(self, number: int) -> str:
        """A text that quotes the secret."""
        return TEXTS[number % len(TEXTS)].format(form=self.written, value=self.value)


def run(size: int, seed: int) -> Outcome:
    """`size` canaries through every output of the service as it is."""
    return _try(size, seed)


def control(size: int, seed: int) -> Outcome:
    """The same with the masks off."""
    with _unmasked():
        return _try(size, seed)


TRIAL = Trial(
    name="canaries",
    promise="No secret of an address, header, password or error reaches any output",
    run=run,
    control=control,
    short=40,
    long=400,
)


def _try(size: int, seed: int) -> Outcome:
    chance = random.Random(seed)
    canaries = [
        Canary(f"cnry{number}x{chance.getrandbits(40):010x}", FORMS[number % len(FORMS)])
        for number in range(size)
    ]
    with tempfile.TemporaryDirectory() as folder:
        shown = _collect(Path(folder), canaries)
    decoded = {place: text + unquote(unquote(text)) for place, text in shown.items()}
    found = {
        canary.value: [place for place, text in decoded.items() if canary.value in text]
        for canary in canaries
    }
    leaked = {value: places for value, places in found.items() if places}
    places = sorted({place for places in leaked.values() for place in places})
    detail = f"{len(leaked)} of {size} found in {len(shown)} outputs" + (
        f": {', '.join(places[:8])}" if places else ""
    )
    return Outcome(injected=size, held=size - len(leaked), detail=detail, figures={"outputs": len(shown)})


def _collect(folder: Path, canaries: Sequence[Canary]) -> dict[str, str]:
    """Everything the service puts out about a store full of canaries, by place."""
    config, data = folder / "sources.toml", folder / "data"
    config.write_text(_write_sources(canaries), encoding="utf-8")
    settings = load_settings(config, data_dir=data)
    shown: dict[str, str] = {}
    with closing(Store(settings.store_url)) as store, closing(open_index(settings)) as index:
        prepare_index(store, index)
        _fill(store, canaries)
        for _ in group_waiting(store, settings.grouping):
            pass
        drain(store, index)
        index.refresh()
        shown["index files"] = "".join(
            path.read_bytes().decode("latin-1") for path in data.glob("index*.sqlite*")
        )
        with closing(
            TestClient(create_app(store, index, settings, read_sources(config)), base_url="http://127.0.0.1")
        ) as browser:
            shown |= _browse(browser, canaries)
    options = ["--config", str(config), "--data-dir", str(data)]
    for command in COMMANDS:
        for as_json in ([], ["--json"]):
            shown[" ".join([*command, *as_json])] = _call([*command, *options, *as_json])
    shown |= _show_faults(options, canaries)
    if len(canaries) > SMALL:
        shown |= _crawl(folder, options)
    return shown | _log(canaries)


def _write_sources(canaries: Sequence[Canary]) -> str:
    """Sources with a canary in their address, and with keys in their paths."""
    addresses = [f"http://127.0.0.1:9/feed{canary.written}" for canary in canaries]
    addresses += [f"http://127.0.0.1:9/feeds/{canary.value}/rss.xml?v={canary.value}" for canary in canaries]
    return "".join(
        f'[[source]]\nname = "source-{number}"\npublisher = "Harbour Wire"\nurl = "{url}"\ninterval = "1h"\n'
        for number, url in enumerate(addresses)
    )


def _fill(store: Store, canaries: Sequence[Canary]) -> None:
    """Stories, refusals, runs, cursors, pauses and a refused document, each with a canary."""
    with store.write() as connection:
        names = [f"source-{number}" for number in range(len(canaries))]
        runs = open_runs(
            connection, [DueTime(name, NOW, "schedule") for name in names], holder="h:1:1", now=NOW
        )
        for number, (name, canary) in enumerate(zip(names, canaries, strict=True)):
            url, text = f"https://harbour.example/quay-{number}{canary.written}", canary.text(number)
            page = RawPage(url, b"<html>" + str(number).encode(), NOW, 200, (("set-cookie", canary.value),))
            story = ParsedStory(
                f"Quay {number} to be rebuilt", BODY.format(n=number + 40), "Harbour Post", url
            )
            keep_story(connection, page=page, story=story, source=name, channel="feed")
            refuse(
                connection,
                source=name,
                url=url,
                reason="http-403",
                detail=text,
                page=replace(page, body=b"x"),
            )
            failed = Result("failed", text, errors={"http-403": 1})
            close_run(connection, runs[name], failed, now=NOW)
            keep_cursor(connection, name, Cursor(last_error=text, moved_to=url, failures=1), now=NOW)
            if number % 4 == 0:
                pause(connection, name, at=NOW, why=text)


def _browse(browser: TestClient, canaries: Sequence[Canary]) -> dict[str, str]:
    pages = [page.format(canaries[0].value) for page in PAGES]
    found = browser.get("/api/v1/dispatches", params={"limit": 100}).json()["items"]
    for item in found[:10]:
        pages += [f"/dispatches/{item['dispatch_id']}", f"/api/v1/dispatches/{item['dispatch_id']}"]
    shown = {page.replace(canaries[0].value, ""): browser.get(page).text for page in pages}
    return shown | {"every dispatch of the API": str(found)}


def _call(arguments: Sequence[str]) -> str:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        run_command(list(arguments))
    return out.getvalue() + err.getvalue()


def _crawl(folder: Path, options: Sequence[str]) -> dict[str, str]:
    """What crawls of servers that do not answer print, with their child processes: our own and Scrapy's command."""
    rest = {
        "COPYTASTER_CRAWL__ALLOW_ADDRESSES": '["127.0.0.0/8"]',
        "COPYTASTER_DATA_DIR": str(folder / "data"),
    }
    config = {"COPYTASTER_CONFIG": str(folder / "sources.toml")}
    commands = {
        "crawl": ["newsdesk", "crawl", *options],
        "crawl --json": ["newsdesk", "crawl", *options, "--json"],
        "scrapy crawl": ["scrapy", "crawl", "feed", "-a", "source=source-0", "-s", "LOG_LEVEL=DEBUG"],
    }
    shown = {}
    for place, command in commands.items():
        ran = subprocess.run(
            [sys.executable, "-m", *command],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | rest | (config if place == "scrapy crawl" else {}),
        )
        shown[place] = ran.stdout + ran.stderr
    return shown


def _show_faults(options: Sequence[str], canaries: Sequence[Canary]) -> dict[str, str]:
    """What commands say where store and search server do not answer, and about arguments that are wrong."""
    password = quote(canaries[0].value)
    faults = {
        "store down": (
            "COPYTASTER_DATABASE_URL",
            f"postgresql+psycopg://desk:{password}@127.0.0.1:9/x",
            "status",
        ),
        "no store": ("COPYTASTER_DATABASE_URL", f"nothing://desk:{password}@127.0.0.1:9/x", "status"),
        "server down": ("COPYTASTER_ELASTICSEARCH__URL", f"http://desk:{password}@127.0.0.1:9", "search"),
        "no server": ("COPYTASTER_ELASTICSEARCH__URL", f"ftp://desk:{password}@127.0.0.1:9", "search"),
    }
    shown = {}
    for place, (name, value, command) in faults.items():
        with patch.dict(os.environ, {name: value}):
            for as_json in ([], ["--json"]):
                arguments = [command, *(["x"] if command == "search" else []), *options, *as_json]
                shown[" ".join([place, *as_json])] = _call(arguments)
            shown[f"{place}: settings"] = _call(["config", "show", *options, "--json"])
    for number, canary in enumerate(canaries):
        shown[f"probe {number % 40}"] = shown.get(f"probe {number % 40}", "") + _call(
            ["source", "probe", f"http://127.0.0.1:9/{canary.written}", *options]
        )
        shown["wrong argument"] = shown.get("wrong argument", "") + _call([f"statu{canary.written}"])
    return shown


def _log(canaries: Sequence[Canary]) -> dict[str, str]:
    shown = {}
    for form in ("text", "json"):
        err = io.StringIO()
        with redirect_stderr(err):
            set_up("DEBUG", form)
            log = structlog.get_logger("trial")
            for number, canary in enumerate(canaries):
                text = canary.text(number)
                log.info(
                    "event",
                    url=f"https://a.example/{canary.written}",
                    said=[text],
                    headers={"cookie": canary.value},
                )
                logging.getLogger("library").error("failed: %s", text)
                try:
                    raise ValueError(text)  # noqa: TRY301
                except ValueError:
                    log.exception("part.failed", password=canary.value)
        shown[f"log {form}"] = err.getvalue()
    set_up("CRITICAL", "text")
    return shown


@contextmanager
def _unmasked() -> Iterator[None]:
    """Take the masks off wherever a module uses them."""
    off: dict[Callable[..., object], Callable[..., object]] = {
        mask_secrets: lambda text: text,
        mask_value: lambda value: value,
        public_address: lambda url: url,
    }
    with ExitStack() as stack:
        stack.enter_context(patch.object(KNOWN, "mask", lambda text: text))
        for module in [module for name, module in sys.modules.items() if name.split(".")[0] in _ROOMS]:
            for name, used in list(vars(module).items()):
                if callable(used) and getattr(used, "__hash__", None) and used in off:
                    stack.enter_context(patch.object(module, name, off[used]))
        yield


_ROOMS = {"copytaster", "spiders", "dedup", "indexer", "newsdesk"}
