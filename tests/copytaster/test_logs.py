from __future__ import annotations

import json
import logging
import warnings

import pytest
import structlog

from copytaster import logs
from copytaster.errors import ConfigurationError
from copytaster.masking.names import MASK

CANARY = "canary-5f1c"


def say(capsys, form, **values):
    logs.set_up("INFO", form)
    structlog.get_logger("here").info("story.stored", **values)
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    "value",
    [
        "a\nb",
        "a\r\nERROR forged",
        "\x1b[31mred\x1b[0m",
        "\x00",
        "a\u2028b",
        "\x9b31m",
        "\u202egnp.exe",
        "\ud800",
        "x" * 10**6,
    ],
)
def test_one_event_is_one_line_whatever_a_value_holds(capsys, form, value):
    printed = say(capsys, form, headline=value)
    assert printed.endswith("\n")
    line = printed[:-1]
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert len(line) < 2 * logs.LONGEST_VALUE
    assert "story.stored" in line


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    "url",
    [
        f"https://user:{CANARY}@wire.example/feed",
        f"postgresql+psycopg://desk:{CANARY}@db/x",
        f"https://{CANARY}@wire.example/",
        f"https://wire.example/feed?api_key={CANARY}&page=2",
        f"https://wire.example/feed?page=2&access_token={CANARY}",
        f"https://wire.example/feed?X-Amz-Signature={CANARY}",
        f"could not fetch https://wire.example/?password={CANARY}: refused",
    ],
)
def test_secrets_in_addresses_do_not_leave(capsys, form, url):
    printed = say(capsys, form, url=url, seen=[url])
    assert CANARY not in printed
    assert MASK in printed
    logging.getLogger("elsewhere").error("failed: %s", url)
    assert CANARY not in capsys.readouterr().err


def test_keys_and_structures_count_too(capsys):
    printed = say(
        capsys, "json", password=CANARY, token=7, headers=[("cookie", CANARY)], seen={"jwt": CANARY}
    )
    assert CANARY not in printed
    assert json.loads(printed)["token"] == 7


def test_a_secret_behind_the_cut_leaves_no_half(capsys):
    printed = say(capsys, "json", value="x" * 990 + f" https://user:{CANARY}@wire.example/ " + "y" * 3000)
    assert "canary" not in printed


def test_json_lines_hold_the_values(capsys):
    event = json.loads(say(capsys, "json", source="bbc", stored=3, ok=True))
    assert (
        event.items()
        >= {"event": "story.stored", "level": "info", "source": "bbc", "stored": 3, "ok": True}.items()
    )


def test_libraries_and_warnings_speak_the_same_way(capsys):
    logs.set_up("INFO", "json")
    logging.getLogger("somebody.else").warning("disk %s", "full")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("soon gone", stacklevel=1)
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (first["event"], first["level"]) == ("disk full", "warning")
    assert "soon gone" in second["event"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_error_names_its_place_on_the_same_line(capsys, form):
    logs.set_up("INFO", form)
    try:
        int(f"line one\nline two https://u:{CANARY}@x.example/")
    except ValueError:
        structlog.get_logger().exception("crawl.failed", source="bbc")
    (line,) = capsys.readouterr().err.splitlines()
    assert "ValueError: invalid literal" in line
    assert "test_logs.py:" in line
    assert CANARY not in line


@pytest.mark.parametrize(("level", "count"), [("DEBUG", 2), ("INFO", 1), ("ERROR", 0)])
def test_the_level_is_heeded(capsys, level, count):
    logs.set_up(level)
    log = structlog.get_logger()
    log.debug("a")
    log.info("b")
    assert len(capsys.readouterr().err.splitlines()) == count


@pytest.mark.parametrize(("level", "form", "hint"), [("INFOS", "text", "INFO"), ("INFO", "jsn", "json")])
def test_an_unknown_level_or_form_names_the_nearest(level, form, hint):
    with pytest.raises(ConfigurationError, match=f"did you mean '{hint}'"):
        logs.set_up(level, form)
