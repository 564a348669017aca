"""Forged kills, corrections, updates and squatted addresses beside real dispatches: none changes a state or a text."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bench.copy.stories import TOPICS, write_story
from bench.soak.trial import Outcome, Trial
from copytaster.store.dispatches import list_dispatches
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story
from copytaster.values import Marker, ParsedStory, RawPage
from dedup.grouping.grouper import Grouper
from indexer.merge import merge_rows
from settings import GroupingSettings
from spiders.publishers import Publisher, Publishers
from spiders.sources.config import Source

if TYPE_CHECKING:
    from collections.abc import Callable

AGENCY = "Reuters"
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOTICE = "The story on this subject is wrong and is withdrawn. There will be no substitute story."
OUTLETS = [
    Source(
        name=name.lower(),
        publisher_name=f"{name} Post",
        kind="feed",
        url=f"https://{name.lower()}.example/rss",
    )
    for name in ("Early", "Late", "Forged")
]
FORGER = OUTLETS[-1]


@dataclass(frozen=True)
class Forgery:
    """One way to speak as the agency: the address and the claim of a page, its markers, and whether it has the text."""

    url: str
    claim: str | None
    markers: tuple[tuple[str, int | None], ...]
    is_notice: bool = False


FORGERIES = (
    Forgery("https://forged.example/{n}", AGENCY, (("withdrawn", None),), is_notice=True),
    Forgery("https://forged.example/{n}", AGENCY, (("kill", None),), is_notice=True),
    Forgery("https://elsewhere.example/{n}", AGENCY, (("update", 1),)),
    Forgery("https://forged.example/{n}", None, (("corrected", None),)),
    Forgery("https://forged.example/{n}", None, (("update", 9),)),
    Forgery("https://forged.example/reuters.com/article/x-idUSKBN{n:04}", AGENCY, (("corrected", None),)),
    Forgery("https://reuters.com.evil.example/article/x-idUSKBN{n:04}", AGENCY, (("update", 2),)),
)


def run(size: int, seed: int) -> Outcome:
    """`size` forgeries, each beside a dispatch of its own, with the publisher decided by configuration and host."""
    return _try(size, seed, Publishers(OUTLETS).of_page)


def control(size: int, seed: int) -> Outcome:
    """The same forgeries where the claim in the feed decides."""
    by_host = Publishers(OUTLETS).of_page

    def believe(url: str, source: Source, claim: str | None = None) -> Publisher:
        return Publisher(claim) if claim else by_host(url, source, claim)

    return _try(size, seed, believe)


TRIAL = Trial(
    name="forged-authority",
    promise="What an outlet forges in the agency's name changes no state, no text, and accuses nobody",
    run=run,
    control=control,
    short=14,
    long=700,
)


def _try(size: int, seed: int, decide: Callable[..., Publisher]) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder)}/store.sqlite")
        try:
            bodies = [_write_dispatch(store, decide, number, seed) for number in range(size)]
            _group(store)
            forged = [
                _forge(store, decide, FORGERIES[number % len(FORGERIES)], number, body)
                for number, body in enumerate(bodies)
            ]
            _group(store)
            held, claims = _count_held(store, bodies)
        finally:
            store.close()
    return Outcome(len(forged), held, f"{claims} shown as claims", {"dispatches": len(bodies)})


def _write_dispatch(store: Store, decide: Callable[..., Publisher], number: int, seed: int) -> str:
    """The agency's story and two honest copies; the body."""
    chance = random.Random(f"{seed} {number}")
    body = "\n\n".join(write_story(chance.choice(TOPICS), f"{seed} {number}", words=200))
    address = f"https://www.reuters.com/article/x-idUSKBN{number:04}"
    _keep(store, decide(address, FORGER, None), address, number, body=body, hours=0)
    for hours, outlet in enumerate(OUTLETS[:2], 1):
        address = outlet.url.replace("rss", str(number))
        _keep(store, decide(address, outlet, None), address, number, body=body, hours=hours)
    return body


def _forge(store: Store, decide: Callable[..., Publisher], forgery: Forgery, number: int, body: str) -> str:
    address = forgery.url.format(n=number)
    text = (
        NOTICE
        if forgery.is_notice
        else body + "\n\nNone of this was true, the forger adds here in plain words."
    )
    who = decide(address, FORGER, forgery.claim)
    _keep(store, who, address, number, body=text, hours=4, markers=forgery.markers)
    return address


def _keep(
    store: Store,
    who: Publisher,
    url: str,
    number: int,
    *,
    body: str,
    hours: int,
    markers: tuple[tuple[str, int | None], ...] = (),
) -> None:
    story = ParsedStory(
        headline=f"The news of number {number}",
        body=body,
        publisher=who.name,
        claimed_publisher=who.claimed,
        url=url,
        markers=tuple(Marker("version", kind, count, f"{kind.upper()}-") for kind, count in markers),
        published_at=START + timedelta(hours=hours),
        slug=f"NUMBER-{number}/",
        wire_id=f"USKBN{number:04}" if "-idUSKBN" in url else None,
    )
    page = RawPage(url, body.encode(), START + timedelta(hours=hours))
    with store.write() as connection:
        keep_story(
            connection,
            page=page,
            story=story,
            source=FORGER.name,
            channel="feed",
            family=who.family,
            publisher_by_host=who.by_host,
        )


def _group(store: Store) -> None:
    for _ in Grouper(store, GroupingSettings()).group():
        pass


def _count_held(store: Store, bodies: list[str]) -> tuple[int, int]:
    """How many of the dispatches are as the agency left them, and how many claims are shown beside them."""
    held = claims = 0
    wanted = set(bodies)
    with store.read() as connection:
        for rows in list_dispatches(connection):
            record = merge_rows(rows)
            claims += len(record.claims)
            agency = [member for member in rows.members if member.publisher == AGENCY]
            accused = any(version.outdated for member in rows.members for version in member.versions)
            if agency and rows.state == "live" and not accused and record.body in wanted:
                held += 1
    return held, claims
