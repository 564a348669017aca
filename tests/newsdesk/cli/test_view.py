"""`copytaster view`: the command line over a real store."""

import json

import pytest

from newsdesk.cli import run_command


@pytest.fixture
def call(tmp_path, capsys):
    config = tmp_path / "sources.toml"
    config.write_text(f'[settings]\ndata_dir = "{tmp_path / "data"}"\n')

    def run(*words):
        shape = () if words[0] == "export" else ("--json",)
        code = run_command(["view", *words, "--config", str(config), *shape])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else json.loads(err)

    return run


def test_views_are_added_listed_carried_elsewhere_and_removed(call, tmp_path):
    assert call("list")[0] == 4
    code, made = call("add", "Harbour", "words=quay OR pier", "region=Kiel", "region=Port Vale", "not=sport")
    assert code == 0
    assert made["search"] == {
        "words": "quay OR pier",
        "regions": ["Kiel", "Port Vale"],
        "without_topics": ["sport"],
    }
    path = tmp_path / "views.json"
    path.write_text(json.dumps(call("export")[1]))
    assert call("import", str(path))[1] == {"items": []}  # it is there already
    assert len(call("import", str(path), "--who", "Bo")[1]["items"]) == 1
    assert [one["owner"] for one in call("list")[1]["items"]].count("Bo") == 1
    assert call("rm", str(made["id"]))[0] == 0
    assert call("rm", str(made["id"]))[0] == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "x", "colour=red"), "no line"),
        (("add", "x", "words"), "no line"),
        (("add", "x", "words=kind:nonsense"), "nonsense"),
        (("add", " "), "needs a name"),
    ],
)
def test_what_is_no_view_is_said(call, words, said):
    code, answer = call(*words)
    assert (code, said in answer["error"]) == (2, True)
    assert call("list")[0] == 4


def test_a_file_is_imported_whole_or_not_at_all(call, tmp_path):
    path = tmp_path / "views.json"
    path.write_text('{"views": [{"name": "a", "search": {}}, {"name": "b", "search": {"colour": []}}]}')
    assert call("import", str(path))[0] == 2
    path.write_text("[1]")
    code, answer = call("import", str(path))
    assert (code, answer["resource"]) == (2, str(path))
    assert call("list")[0] == 4
