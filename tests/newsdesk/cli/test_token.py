"""`copytaster token`: the command line over a real store."""

import json

import pytest

from newsdesk.cli import run_command

SOURCES = """
[[source]]
name = "pier"
publisher = "Pier Agency"
kind = "push"
url = "push:pier"
[[source]]
name = "harbour"
publisher = "Harbour Post"
url = "https://harbour.example/feed"
interval = "5m"
"""


@pytest.fixture
def run(tmp_path, capsys):
    config = tmp_path / "sources.toml"
    config.write_text(f'[settings]\ndata_dir = "{tmp_path / "data"}"\n{SOURCES}')

    def call(*words):
        code = run_command(["token", *words, "--config", str(config), "--json"])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else json.loads(err)

    return call


def test_a_token_is_shown_once_listed_without_its_text_and_revoked(run):
    code, made = run("make", "pier", "--who", "Ida")
    assert (code, made["scope"], made["source"], made["made_by"]) == (0, "push", "pier", "Ida")
    assert made["shown_once"].startswith(f"ct_{made['id']}_")
    code, listed = run("list")
    assert listed["items"] == [{key: value for key, value in made.items() if key != "shown_once"}]
    code, revoked = run("revoke", made["id"])
    assert (code, revoked["revoked_at"] is None) == (0, False)
    assert run("revoke", made["id"])[1] == revoked


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("make", "harbour", "--who", "Ida"), 2, "is a source of the kind feed"),
        (("make", "peer", "--who", "Ida"), 4, "no source is named"),
        (("revoke", "abcdefgh"), 4, "no such token"),
    ],
)
def test_what_cannot_be_done_is_said(run, words, code, said):
    found, answer = run(*words)
    assert (found, said in answer["error"]) == (code, True)


def test_an_empty_list_is_no_match(run):
    assert run("list") == (4, {"items": [], "total": 0})


def test_a_token_for_the_api_names_a_program_and_no_source(run):
    code, made = run("make", "night-script", "--scope", "desk", "--who", "Ida")
    assert (code, made["scope"], made["source"]) == (0, "desk", "night-script")
