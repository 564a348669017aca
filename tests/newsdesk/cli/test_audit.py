"""`copytaster audit` over a real store, filled by other commands."""

import json

import pytest

from newsdesk.cli import run_command

SOURCES = """
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
        code = run_command([*words, "--config", str(config), "--json"])
        out, _ = capsys.readouterr()
        return code, json.loads(out) if out else {}

    return call


def test_writes_of_the_command_line_are_listed_newest_first(run):
    assert run("audit")[0] == 4
    run("source", "pause", "harbour", "--why", "moving house")
    run("source", "pause", "harbour")  # changes nothing
    run("token", "make", "night-script", "--scope", "read", "--who", "Ida")
    code, found = run("audit")
    assert code == 0
    assert [(one["what"], one["subject"]) for one in found["items"]][1:] == [("source.pause", "harbour")]
    made, paused = found["items"]
    assert (made["what"], made["who"], made["detail"]) == ("token.make", "Ida", "read for night-script")
    assert paused["detail"] == "moving house"
    assert all(one["origin"].startswith("command line of ") for one in found["items"])
    assert [one["what"] for one in run("audit", "--what", "token")[1]["items"]] == ["token.make"]
    assert run("audit", "--what", "tok")[0] == 4
    assert run("audit", "--until", "2020-01-01")[0] == 4
