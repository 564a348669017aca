"""What a look keeps of the hour changes no answer: a process that looks on and one that has just begun agree."""

from __future__ import annotations

import random
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from copytaster.store.engine import Store
from copytaster.store.habits import learn_hours
from copytaster.store.ledger import Result
from copytaster.store.silences import read_silences
from copytaster.store.source_health import note_result
from copytaster.store.tables import source_hours

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
LEARNED = 15 * 24  # hours that are learned before the first look
LOOKED = 16
SHARE = 0.7  # of the hours, in which a source brought something
SOURCES = [f"source-{number}" for number in range(4)]


def learn_weeks(store, chance):
    """Hours in which every source was asked and most brought something, learned."""
    rows = [
        {"hour": MONDAY + timedelta(hours=hour), "source": name, "news": int(chance.random() < SHARE)}
        for hour in range(LEARNED)
        for name in SOURCES
    ]
    with store.write() as connection:
        connection.execute(source_hours.insert(), rows)
    now = MONDAY + timedelta(hours=LEARNED)
    learn(store, now)
    return now


def crawl(store, names, now, *, new):
    with store.write() as connection:
        for name in names:
            note_result(connection, name, Result("ran", found=2, usable=2), new=new, now=now)


def learn(store, now):
    with store.write() as connection:
        learn_hours(connection, {}, now=now)


def look(store, now):
    with store.read() as connection:
        return read_silences(connection, now)


def look_for_the_first_time(store, now):
    with closing(Store(store.url)) as begun:
        return look(begun, now)


@pytest.mark.parametrize("seed", range(2))
def test_who_looks_on_sees_what_who_begins_sees(store, seed):
    chance, rang = random.Random(seed), set[str]()
    now = learn_weeks(store, chance)
    for _ in range(LOOKED):
        for minutes in sorted(chance.sample(range(60), 2)):
            moment = now + timedelta(minutes=minutes)
            found = look(store, moment)
            assert found == look_for_the_first_time(store, moment)
            rang |= {name for name, silence in found.items() if silence.rings}
            crawl(store, SOURCES[:1], moment, new=0)
            crawl(store, chance.sample(SOURCES[1:], 2), moment, new=1)
        now += timedelta(hours=1)
        if chance.random() < 0.8:  # the watch may come late
            learn(store, now)
    assert "source-0" in rang


def test_a_second_look_reads_no_habits(store):
    now, read = learn_weeks(store, random.Random(1)), list[str]()
    event.listen(store.engine, "before_cursor_execute", lambda *seen: read.append(seen[2]))
    look(store, now)
    assert any("source_habits.habits" in statement for statement in read)
    read.clear()
    assert look(store, now + timedelta(minutes=30))
    assert read
    assert not any("source_habits.habits" in statement for statement in read)
