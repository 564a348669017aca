"""Copies with one altered number, name or negation beside honest copies: each altered one is named, no honest one is."""

from __future__ import annotations

import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from bench.copy.altering import alter
from bench.copy.house import STYLES
from bench.copy.stories import TOPICS, write_story
from bench.soak.trial import Outcome, Trial
from copytaster.store.dispatches import list_dispatches
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story
from copytaster.values import ParsedStory, RawPage
from dedup.grouping.grouper import Grouper
from indexer.merge import merge_rows
from indexer.record import ALTERED
from settings import GroupingSettings

if TYPE_CHECKING:
    from bench.copy.altering import Altered, Kind
    from indexer.record import DispatchRecord

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
AGENCY, HONEST, ALTERING = "Reuters", "Honest Post", "Altering Post"
KINDS: tuple[Kind, ...] = ("number", "name", "negation")


def run(size: int, seed: int) -> Outcome:
    """`size` dispatches, each with the agency's text, a copy in house style, and a copy with one altered fact."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder)}/store.sqlite")
        try:
            made = [_write_dispatch(store, number, seed) for number in range(size)]
            for _ in Grouper(store, GroupingSettings()).group():
                pass
            return _judge(store, made)
        finally:
            store.close()


def control(size: int, seed: int) -> Outcome:
    """The same copies where nothing compares their facts."""
    with patch("dedup.lineage.revision.find_alterations", lambda *_: {}):
        return run(size, seed)


TRIAL = Trial(
    name="altered-facts",
    promise="A copy with an altered number, name or negation is called altered, with both readings; no other is",
    run=run,
    control=control,
    short=12,
    long=600,
)


def _write_dispatch(store: Store, number: int, seed: int) -> Altered:
    chance = random.Random(f"{seed} {number}")
    body = "\n\n".join(write_story(TOPICS[number % len(TOPICS)], f"{seed} {number}", words=200))
    made = None
    for kind in (*KINDS[number % len(KINDS) :], *KINDS):
        made = made or alter(body, kind, chance)
    assert made is not None
    _keep(store, AGENCY, number, body, hours=0)
    _keep(store, HONEST, number, _dress(body, chance), hours=1)
    _keep(store, ALTERING, number, made.text, hours=2)
    return made


def _dress(body: str, chance: random.Random) -> str:
    for style in chance.sample(STYLES, 2):
        body = style(body, chance)
    return body


def _keep(store: Store, publisher: str, number: int, body: str, *, hours: int) -> None:
    url = f"https://{publisher.lower().replace(' ', '-')}.example/{number}"
    at = START + timedelta(hours=hours)
    story = ParsedStory(f"The news of number {number}", body, publisher, url, published_at=at)
    with store.write() as connection:
        keep_story(
            connection, page=RawPage(url, body.encode(), at), story=story, source="soak", channel="feed"
        )


def _judge(store: Store, made: list[Altered]) -> Outcome:
    with store.read() as connection:
        records = [merge_rows(rows) for rows in list_dispatches(connection, limit=10 * len(made))]
    by_number = {int(record.members[0].url.rpartition("/")[2]): record for record in records}
    held = sum(_is_named(by_number.get(number), one) for number, one in enumerate(made))
    accused = sum(
        member.relation == ALTERED
        for record in records
        for member in record.members
        if member.publisher != ALTERING
    )
    kinds: dict[str, float] = {kind: sum(one.kind == kind for one in made) for kind in KINDS}
    detail = f"{accused} honest copies called altered"
    return Outcome(len(made), held if not accused else min(held, len(made) - 1), detail, kinds)


def _is_named(record: DispatchRecord | None, made: Altered) -> bool:
    """Whether the altered copy is called so, with the reading that was put in."""
    for member in record.members if record else ():
        if member.publisher == ALTERING:
            readings = [fact for fact in member.altered_facts if fact["kind"] == made.kind]
            return member.relation == ALTERED and any(made.copy in fact["copy"] for fact in readings)
    return False
