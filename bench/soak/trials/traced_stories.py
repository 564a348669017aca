"""Addresses whose stories came to every end of the road, and what `trace` says of each."""

from __future__ import annotations

import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from sqlalchemy import func, select

from bench.soak.cases import count_cases
from bench.soak.newsroom import Newsroom
from bench.soak.trial import Outcome, Trial
from copytaster.errors import CopytasterError
from copytaster.store import outbox
from copytaster.store.intake import refuse
from copytaster.store.tables import dispatches
from newsdesk.operations.retention.takedown import take_down
from newsdesk.operations.tracing import trace as tracing

REASONS = ("http-404", "no-body", "robots", "took-too-long", "wall")
PAIR = 2  # stories of one text, which come to one end
# In the order in which they are brought about: what comes later leaves the earlier ones as they are.
ENDS = (
    "searchable",
    "taken down",
    "not in the index",
    "quarantined",
    "dropped",
    "waits for the index",
    "waits for grouping",
)


def run(size: int, seed: int) -> Outcome:
    """`size` pairs of stories, each end at least once if there are seven."""
    chance = random.Random(seed)
    drawn = [*ENDS, *(chance.choice(ENDS) for _ in range(size - len(ENDS)))][:size]
    with tempfile.TemporaryDirectory() as folder, Newsroom(Path(folder), f"trace {seed}") as room:
        cases = [case for end in ENDS for case in _bring_about(room, end, drawn.count(end), chance)]
        return count_cases((end, _is_said(room, url, end, reason)) for url, end, reason in cases)


def control(size: int, seed: int) -> Outcome:
    """The same where the index is not asked, as if what was written to it stayed there."""
    with mock.patch.object(tracing, "list_index_steps", return_value=()):
        return run(size, seed)


def _bring_about(room: Newsroom, end: str, pairs: int, chance: random.Random) -> list[tuple[str, str, str]]:
    """(address, end, reason) of the stories of so many pairs."""
    first = room.count
    if end == "dropped":
        return [_drop(room, f"{end} {number}", chance.choice(REASONS)) for number in range(PAIR * pairs)]
    room.bring(PAIR * pairs)
    urls = [room.address_of(number) for number in range(first, room.count)]
    if end == "waits for the index":
        room.group()
    elif end != "waits for grouping":
        room.work()
    reasons = {url: _harm(room, end, url) for url in urls}
    return [(url, end, reason) for url, reason in reasons.items()]


def _harm(room: Newsroom, end: str, url: str) -> str:
    """Do to an indexed story what brings it to this end; returns what the trace must say of it."""
    if end == "taken down":
        take_down(room.store, url, who="Ada", why=f"court order {len(url)}")
        return f"court order {len(url)}"
    if end == "not in the index":
        room.index.remove({_find_dispatch(room, url): 1 << 60})
    elif end == "quarantined":
        now, name = datetime.now(UTC), _find_dispatch(room, url)
        with room.store.write() as connection:
            outbox.enqueue_many(
                connection, [(name, connection.scalar(select(func.max(dispatches.c.change))) or 1)], at=now
            )
            for row in outbox.take_due(connection, now=now + timedelta(days=1), limit=100):
                outbox.set_aside(connection, row, reason="the mapping is another", at=now)
        return "the mapping is another"
    return ""


def _drop(room: Newsroom, name: str, reason: str) -> tuple[str, str, str]:
    url = f"https://early.example/{name}".replace(" ", "-")
    with room.store.write() as connection:
        refuse(connection, source="early", url=url, reason=reason)
    return url, "dropped", reason


def _find_dispatch(room: Newsroom, url: str) -> str:
    with room.store.read() as connection:
        return tracing.trace_story(connection, url, room.index, ()).dispatches[0]


def _is_said(room: Newsroom, url: str, end: str, reason: str) -> bool:
    """Whether the trace of an address, spelled as a reader pastes it, names its end and the reason."""
    try:
        with room.store.read() as connection:
            found = tracing.trace_story(connection, f"{url}?utm_source=letter", room.index, ())
    except CopytasterError:
        return False
    return found.end == end and reason in found.detail


TRIAL = Trial(
    name="traced-stories",
    promise="`trace` names the end of every address, and why",
    run=run,
    control=control,
    short=9,
    long=300,
)
