"""`copytaster source template`: what was learned of a source's pages."""

import json
from datetime import UTC, datetime

import pytest

from copytaster.store.engine import Store
from copytaster.store.page_templates import keep_template, read_template
from newsdesk.cli import run_command
from settings import load_settings
from spiders.parsing.lessons import Lessons, lessons_to_json, note_page, note_use
from spiders.parsing.template_values import Observation

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
SOURCES = """
[[source]]
name = "post"
publisher = "The Post"
url = "https://www.post.example/feed"
interval = "1h"

[[source]]
name = "bare"
publisher = "Bare"
url = "https://bare.example/feed"
interval = "1h"
"""


def learned(*, unlike=0):
    lessons = Lessons()
    for number in range(3 + unlike):
        refused = "no-headline" if number >= 3 else ""
        outside = {"div rail": 90} if refused else {"div side": 900}
        seen = Observation(f"a{number}", f"t{number}", 1_000, True, outside, ("div main",), refused)
        lessons = note_page(lessons, seen, at=NOON)
        lessons = note_use(lessons) if number == 2 else lessons
    return lessons


def keep(store, host, publisher, lessons):
    with store.write() as connection:
        keep_template(
            connection,
            host,
            publisher=publisher,
            state=lessons.state,
            version=lessons.version,
            drifted_at=lessons.drifted_at,
            lessons=lessons_to_json(lessons),
            now=NOON,
        )


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "sources.toml"
    path.write_text(SOURCES)
    return path


@pytest.fixture
def store(config):
    opened = Store(load_settings(config).store_url)
    keep(opened, "post.example", "The Post", learned())
    keep(opened, "sport.post.example", "The Post", learned(unlike=4))
    keep(opened, "other.example", "Other", learned())
    yield opened
    opened.close()


@pytest.fixture
def call(config, capsys):
    def run(*words):
        code = run_command(["source", "template", *words, "--config", str(config)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def read(store, host):
    with store.read() as connection:
        return read_template(connection, host)


def test_the_hosts_of_a_publisher_are_shown(store, call):
    code, out, _ = call("show", "post")
    assert code == 0
    assert "post.example" in out
    assert "3 pages agree" in out
    assert "the layout has changed" in out
    assert "other.example" not in out


def test_the_elements_that_are_left_out_are_named_in_json(store, call):
    code, out, _ = call("show", "post", "--json")
    found = {item["host"]: item for item in json.loads(out)["items"]}
    assert code == 0
    assert found["post.example"]["left_out"] == {"div side": 900}
    assert found["post.example"]["used"] == 1
    assert found["post.example"]["drifted_at"] is None
    assert found["sport.post.example"]["left_out"] == {"div rail": 90}
    assert found["sport.post.example"]["drifted_at"] == "2026-11-02T12:00:00Z"


def test_a_source_of_which_nothing_is_learned(store, call):
    assert call("show", "bare")[0] == 4
    code, _, err = call("forget", "bare")
    assert code == 4
    assert "nothing is learned of the pages of Bare" in err


def test_one_host_is_forgotten(store, call):
    code, out, _ = call("forget", "post", "--host", "sport.post.example")
    assert (code, out) == (0, "forgotten: sport.post.example\n")
    assert read(store, "sport.post.example") is None
    assert read(store, "post.example") is not None


def test_templates_are_pinned_until_they_are_not(store, call):
    assert json.loads(call("pin", "post", "--json")[1]) == {
        "name": "post",
        "hosts": ["post.example", "sport.post.example"],
        "done": "pinned",
    }
    assert read(store, "post.example").state == "pinned"
    assert read(store, "other.example").state == "trusted"
    call("pin", "post", "--off")
    assert read(store, "post.example").state == "trusted"
