"""The demo's sites with a clock that tests set, and a plain HTTP client."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from newsdesk.demo.scenario import SPAN_S
from newsdesk.demo.server import DemoSites, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BASE = datetime(2026, 3, 12, 14, 0, tzinfo=UTC)


@dataclass
class ManualClock:
    """Seconds into the scenario, as the test sets them."""

    elapsed: float = SPAN_S

    def __call__(self) -> float:
        return self.elapsed


@dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(url: str, method: str = "GET", **headers: str) -> Answer:
    """Send one request; underscores in header names become hyphens."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=10)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(
            method, target, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        response = connection.getresponse()
        return Answer(
            response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        )
    finally:
        connection.close()


@pytest.fixture(scope="module")
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="module")
def running(clock: ManualClock) -> Iterator[DemoSites]:
    with serve(base=BASE, clock=clock) as room:
        yield room


@pytest.fixture
def room(running: DemoSites, clock: ManualClock) -> DemoSites:
    """The sites at the end of the scenario; set `clock.elapsed` for another moment."""
    clock.elapsed = SPAN_S
    return running


@pytest.fixture(name="ask")
def give_client() -> Callable[..., Answer]:
    """`ask(url, method="GET", **headers)`."""
    return ask
