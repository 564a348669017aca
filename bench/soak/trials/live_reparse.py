"""Pages read again while copy comes in, by calls that are cut off: every misread story is mended, every new one searchable."""

from __future__ import annotations

import random
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from bench.copy.stories import TOPICS, write_story
from bench.soak.cases import count_cases
from bench.soak.newsroom import Newsroom
from bench.soak.trial import Outcome, Trial
from copytaster.store.intake import keep_story
from copytaster.store.readings import list_readings
from copytaster.values import ParsedStory, RawPage
from newsdesk.operations.reparse import reader
from newsdesk.operations.reparse import run as reparsing
from newsdesk.operations.reparse.run import Scope, reparse
from newsdesk.operations.tracing.trace import trace_story
from spiders.page_context import note_claims
from spiders.parsing.context import ParseContext
from spiders.sandbox.pool import ParsingPool
from spiders.sources.config import Source

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from newsdesk.operations.reparse.report import Reparse

SOURCE = Source(name="old", publisher_name="Old Courier", kind="feed", url="https://old.example/feed")
CHUNK = 2  # versions a transaction of the trial
MISREAD = "Menu | Home | Sport"
WORDS = 120


class CutOffError(BaseException):
    """The call ends here."""


class LastingPool(ParsingPool):
    """Parsing processes that several calls share."""

    def close(self) -> None:
        """They end with the trial."""


def run(size: int, seed: int) -> Outcome:
    """`size` misread pages; every call but the last is cut off after a transaction or two."""
    return _try(size, seed)


def control(size: int, seed: int) -> Outcome:
    """The same where no call notes how far it came."""
    with mock.patch.object(reparsing, "set_fact"):
        return _try(size, seed)


def _try(size: int, seed: int) -> Outcome:
    chance, pool = random.Random(seed), LastingPool(1)
    try:
        with (
            _lasting(pool),
            mock.patch.object(reparsing, "CHUNK", CHUNK),
            tempfile.TemporaryDirectory() as folder,
            Newsroom(Path(folder), f"live {seed}") as room,
        ):
            misread = [_misread(room, f"{seed} {number}") for number in range(size)]
            room.work()
            report, cuts = _read_again(room, size, chance)
            room.work()
            mended = [("misread", _read_headline(room, version) == title) for version, title in misread]
            live = [("came in meanwhile", _is_searchable(room, number)) for number in range(room.count)]
            faults = room.find_faults()
    finally:
        ParsingPool.close(pool)
    ended = [
        ("call cut off", report is not None and report.resumed and report.versions >= size)
        for _ in range(cuts)
    ]
    return count_cases([*mended, *live, *ended, ("doctor", not faults)], {"calls": cuts + 1})


def _lasting(pool: ParsingPool) -> AbstractContextManager[object]:
    return mock.patch.object(reader, "make_parsers", return_value=pool)


def _misread(room: Newsroom, name: str) -> tuple[int, str]:
    """A page in the store whose headline a release before read wrongly: its version, and the right headline."""
    title = f"The council of {name} votes on the ferry"
    paragraphs = write_story(TOPICS[0], name, words=WORDS)
    text = "".join(f"<p>{line}</p>" for line in paragraphs)
    html = f"<!doctype html><html lang=en><head><title>{title}</title></head><body><article><h1>{title}</h1>{text}</article>"
    url = f"https://old.example/misread/{name}".replace(" ", "-")
    now = datetime.now(UTC)
    page = note_claims(
        RawPage(url, html.encode(), now), ParseContext(publisher=SOURCE.publisher_name, published_at=now)
    )
    story = ParsedStory(MISREAD, "\n\n".join(paragraphs), SOURCE.publisher_name, url, published_at=now)
    with room.store.write() as connection:
        kept = keep_story(connection, page=page, story=story, source=SOURCE.name, channel="feed")
    return kept.version_id, title


def _read_again(room: Newsroom, size: int, chance: random.Random) -> tuple[Reparse | None, int]:
    """Call until one ends, or each transaction should have had its call; the report, and how many were cut off."""
    for cuts in range(size):
        left = chance.randint(1, 2)

        def go_on(step: str, _done: int, _of: int) -> None:
            nonlocal left
            room.bring(1)
            room.work()
            left -= step == "reading"
            if left < 0:
                raise CutOffError

        try:
            scope = Scope(source=SOURCE.name)
            return reparse(room.store, room.settings, [SOURCE], scope, apply=True, on_progress=go_on)[0], cuts
        except CutOffError:
            continue
    return None, size


def _read_headline(room: Newsroom, version: int) -> str:
    with room.store.read() as connection:
        found = list_readings(
            connection, after=version - 1, limit=1, before=None, source=None, publisher=None
        )
        return str(found[0].values["headline"])


def _is_searchable(room: Newsroom, number: int) -> bool:
    with room.store.read() as connection:
        return trace_story(connection, room.address_of(number), room.index, ()).end == "searchable"


TRIAL = Trial(
    name="live-reparse",
    promise="pages are read again in any number of calls while copy comes in, and nothing is lost or left",
    run=run,
    control=control,
    short=8,
    long=200,
)
