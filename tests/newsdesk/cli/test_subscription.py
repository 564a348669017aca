"""`copytaster subscription`: the command line over a real store."""

import json

import pytest

from newsdesk.cli import run_command


@pytest.fixture
def call(tmp_path, capsys):
    config = tmp_path / "sources.toml"
    config.write_text(f'[settings]\ndata_dir = "{tmp_path / "data"}"\n')

    def run(*words, group="subscription"):
        code = run_command([group, *words, "--config", str(config), "--json"])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else err

    return run


def test_a_subscription_lives_on_the_command_line(call):
    assert call("list")[0] == 4
    view = call("add", "V", "words=quay", group="view")[1]["id"]
    code, made = call(
        "add", "Quays", "--view", str(view), "--on", "killed", "--webhook", "https://d.example/in"
    )
    assert (code, made["reasons"], made["channel"], len(made["shown_once"]) > 30) == (
        0,
        ["killed"],
        "webhook",
        True,
    )
    code, other = call("add", "Mine", "region=Kiel", "--mail", "ada@desk.example", "--digest", "60")
    assert (other["search"], other["digest_minutes"], other["shown_once"]) == (
        {"regions": ["Kiel"]},
        60,
        None,
    )
    assert other["reasons"] == ["new", "corrected", "killed"]
    for deed, state in (("pause", "paused"), ("resume", "active")):
        assert call(deed, str(made["id"]))[0] == 0
        listed = {one["id"]: one for one in call("list")[1]["items"]}
        assert (listed[made["id"]]["state"], "shown_once" in listed[made["id"]]) == (state, False)
    assert call("rm", str(view), group="view")[0] == 2  # a subscription follows it
    assert call("rm", str(made["id"]))[0] == 0
    assert call("rm", str(view), group="view")[0] == 0
    assert [one["name"] for one in call("list")[1]["items"]] == ["Mine"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("add", "x", "--view", "9"), 4, "no such view"),
        (("add", "x", "colour=red"), 2, "no line"),
        (("add", "x", "--mail", "a@b.example", "--webhook", "https://d.example"), 2, "exclude each other"),
        (("add", "x", "words=a", "--view", "9"), 2, "exclude each other"),
        (("add", "x", "--on", "often"), 2, "often"),
        (("pause", "9"), 4, "no such subscription"),
        (("resume", "9"), 4, "no such subscription"),
        (("rm", "9"), 4, "no such subscription"),
    ],
)
def test_what_cannot_be_done_is_said(call, words, code, said):
    found, answer = call(*words)
    assert (found, said in str(answer)) == (code, True), answer
    assert call("list")[0] == 4
