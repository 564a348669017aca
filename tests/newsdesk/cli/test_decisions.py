"""`copytaster dispatch split|merge|pin|unpin|undo|decisions`, `explain` and `regroup`, as processes on a real store."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from copytaster.store.engine import Store
from copytaster.store.relations import NewRelation, add_relations
from copytaster.store.tables import memberships
from tests.dedup import copydesk as copy
from tests.dedup.conftest import Desk

NEWS = 6


@pytest.fixture
def data(tmp_path):
    """A store of six dispatches of three copies each."""
    desk = Desk(f"sqlite:///{tmp_path}/store.sqlite")
    for seed in range(NEWS):
        story = copy.write_story(seed)
        for place, body in enumerate([story, copy.cut(story, 5), f"{story}\n\nMore later."]):
            desk.take(
                body,
                url=f"https://o{place}.example/{seed}",
                hours=seed / 10 + place * 1.5,
                headline=f"News {seed}",
            )
    desk.group()
    desk.store.close()
    return tmp_path


def start(data, *arguments):
    environment = os.environ | {"COPYTASTER_LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "newsdesk", *arguments, "--data-dir", str(data)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def call(data, *arguments, code=0):
    process = start(data, *arguments)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    return json.loads(out) if "--json" in arguments and not code else out + err


def groups(data):
    store = Store(f"sqlite:///{data / 'store.sqlite'}")
    try:
        with store.read() as connection:
            rows = connection.execute(select(memberships.c.version_id, memberships.c.dispatch_id))
            return {row.version_id: row.dispatch_id for row in rows}
    finally:
        store.close()


def test_a_split_is_printed_shown_listed_and_undone(data):
    whole = groups(data)[1]
    done = call(
        data,
        "dispatch",
        "split",
        whole,
        "https://o1.example/0",
        "--who",
        "Ada",
        "--why",
        "two\x1b[31m",
        "--json",
    )
    (ruled,) = done["items"]
    assert (ruled["changed"], ruled["others"]) == (True, [whole])
    assert ruled["dispatch"] == groups(data)[2] != whole
    text = call(data, "dispatch", "decisions", whole)
    assert "Ada took 2 out of" in text
    assert "\x1b" not in text
    (again,) = call(data, "dispatch", "split", whole, "2", "--json")["items"]
    assert (again["changed"], again["dispatch"]) == (False, ruled["dispatch"])
    assert "not in it" in call(data, "dispatch", "split", whole, "4", code=4)
    call(data, "dispatch", "undo", str(ruled["ruling"]), "--why", "one after all")
    assert groups(data)[2] == whole
    shown = call(data, "dispatch", "show", ruled["dispatch"], "--json")
    assert shown["id"] == whole
    (kept,) = call(data, "dispatch", "decisions", "--json")["items"]
    assert (kept["who"], kept["undone"]["why"]) == ("Ada", "one after all")
    call(data, "dispatch", "decisions", "--standing", code=4)


def test_merge_and_pin(data):
    one, other = groups(data)[1], groups(data)[4]
    assert one in call(data, "dispatch", "merge", other, one)
    assert set(list(groups(data).values())[:6]) == {one}
    assert call(data, "dispatch", "show", other, "--json")["id"] == one
    assert "no change" in call(data, "dispatch", "merge", other, one)
    assert "pinned in" in call(data, "dispatch", "pin", "4")
    assert "no longer pinned" in call(data, "dispatch", "unpin", "4")
    assert "not pinned" in call(data, "dispatch", "unpin", "4", code=4)
    assert "name is empty" in call(data, "dispatch", "pin", "4", "--who", " ", code=2)


def test_explain_reads_for_people_and_programs(data):
    text = call(data, "explain", "1", "2")
    assert text.startswith("TOGETHER")
    for heading in ("What the rules compared", "passage", "Agency", "How the candidate index connects them"):
        assert heading in text
    assert max(map(len, text.splitlines())) <= 100
    found = call(data, "explain", "2", "--json")
    assert found["because"]["one"]["version"] == 1
    apart = call(data, "explain", "1", "https://o0.example/3", "--json")
    assert (apart["together"], apart["path"]["found"]) == (False, False)
    assert "no story 99" in call(data, "explain", "99", code=4)
    assert "one story or two" in call(data, "explain", "1", "2", "3", code=2)


def test_regroup_says_what_would_change_and_does_it(data):
    before = groups(data)
    found = call(data, "regroup", "--dry-run", "--set", "window_hours=1", "--json")
    assert (found["splits"], found["joins"], found["dry_run"]) == (NEWS, 0, True)
    assert found["items"][0]["after"][0]["headline"] == "News 0"
    assert groups(data) == before
    text = call(data, "regroup", "--set", "window_hours=1", "--limit", "1")
    assert f"Of {NEWS} dispatches {NEWS} split" in text
    assert len(set(groups(data).values())) > NEWS
    assert f"{NEWS} merged" in call(data, "regroup")
    assert groups(data) == before
    assert "did you mean 'window_hours'" in call(data, "regroup", "--set", "window_hour=1", code=2)
    assert "greater than 0" in call(data, "regroup", "--set", "window_hours=0", code=2)


def test_a_killed_regroup_resumes(data):
    chance = random.Random("kill")
    kills = 0
    for _ in range(4):
        process = start(data, "regroup", "--set", "window_hours=1")
        time_left = chance.uniform(0.8, 2.0)
        end = time.monotonic() + time_left
        while process.poll() is None and time.monotonic() < end:
            try:
                process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
        if process.poll() is None:
            process.kill()
            kills += 1
        process.communicate()
    call(data, "regroup", "--set", "window_hours=1")
    assert kills
    assert call(data, "regroup", "--dry-run", "--set", "window_hours=1", "--json")["moved"] == 0
    assert not list(data.glob("regroup-*"))


def test_relations_are_confirmed_rejected_and_undone(data):
    ids = sorted(set(groups(data).values()))
    store = Store(f"sqlite:///{data / 'store.sqlite'}")
    places = {dispatch: version for version, dispatch in groups(data).items()}
    one, other = places[ids[0]], places[ids[1]]
    evidence = {
        "nearness": {"of_later": 0.81, "of_earlier": 0.79},
        "numbers": ["1,417"],
        "names": [["Varnholt", "Варнхольт"]],
        "quotes": [["We lost all but one of them", "all but one of them"]],
        "sentences": [{"earlier": "Boats sank.", "later": "Ships went down.", "nearness": 0.77}],
    }
    found = NewRelation(
        max(one, other), min(one, other), "retold", 0.8, evidence, "an encoder", "1", datetime.now(UTC)
    )
    with store.write() as connection:
        add_relations(connection, [found])
    store.close()
    (confirmed,) = call(data, "dispatch", "confirm", ids[0], ids[1], "--who", "Ada", "--json")["items"]
    assert (confirmed["kind"], confirmed["changed"], confirmed["others"]) == ("confirm", True, [ids[1]])
    assert "confirmed  " in call(data, "dispatch", "show", ids[0])
    explained = call(data, "explain", f"v{one}", f"v{other}")
    for said in (
        "retells the news of", "confirmed by Ada", "Numbers in both: 1,417",
        "Names in both: Varnholt / Варнхольт", "Quotations in both: “all but one of them”",
        "0.77  Ships went down.",
    ):  # fmt: skip
        assert said in explained
    assert "rejected" in call(
        data, "dispatch", "reject", ids[0], ids[1], "--who", "Ben", "--why", "own reporter"
    )
    listed = call(data, "dispatch", "decisions", ids[0])
    assert f"Ben rejected that {' and '.join(ids[:2])} report the same news: own reporter" in listed
    number = call(data, "dispatch", "decisions", "--json")["items"][-1]["decision"]
    assert "related as before" in call(data, "dispatch", "undo", str(number), "--who", "Eve")
    assert "no relation was found" in call(data, "dispatch", "fold", ids[0], ids[2], code=4)
    assert "folded into" in call(data, "dispatch", "fold", ids[0], ids[1], "--who", "Ada")
