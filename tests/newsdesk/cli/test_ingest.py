"""`copytaster ingest` and `copytaster parse`."""

import json

import pytest

TEXT = "Ferry fares to rise in spring\n\nPORT MERRIT, March 3 (Reuters) - " + " ".join(
    f"Paragraph word {number} of the ferry story told at length." for number in range(20)
)


@pytest.fixture
def ferry(tmp_path):
    path = tmp_path / "ferry.txt"
    path.write_text(TEXT)
    return path


def test_parse_prints_a_story_a_line_and_stores_nothing(call, ferry, tmp_path):
    code, out, _ = call("parse", ferry, "--published", "2021-03-03")
    [line] = out.splitlines()
    story = json.loads(line)
    assert (code, story["headline"]) == (0, "Ferry fares to rise in spring")
    assert story["agency"] == "Reuters"
    assert story["dateline"]["date"] == "2021-03-03"
    assert not (tmp_path / "data").exists()


def test_parse_says_what_failed_and_goes_on(call, ferry, tmp_path):
    empty = tmp_path / "empty.html"
    empty.write_text("")
    code, out, _ = call("parse", empty, ferry)
    refused, story = map(json.loads, out.splitlines())
    assert code == 3
    assert refused["path"] == str(empty)
    assert refused["reason"] == "empty"
    assert refused["error"]
    assert story["headline"]
    assert call("parse", empty)[0] == 1


def test_parse_goes_past_a_file_that_is_not_there(call, ferry, tmp_path):
    code, out, _ = call("parse", tmp_path / "nowhere.txt", ferry)
    missing, story = map(json.loads, out.splitlines())
    assert (code, missing["reason"]) == (3, "unreadable")
    assert story["headline"]


def test_ingest_makes_a_file_searchable(call, ferry):
    code, out, _ = call("ingest", ferry, "--json")
    assert (code, json.loads(out)["stored"]) == (0, 1)
    _, found, _ = call("search", "ferry", "--json")
    assert "Ferry fares to rise in spring" in found
    code, out, _ = call("ingest", ferry, "--json")
    assert (code, json.loads(out)["unchanged"]) == (0, 1)


def test_ingest_names_what_it_refused(call, ferry, tmp_path):
    (tmp_path / "list.tsv").write_text("a\tb")
    code, _, err = call("ingest", ferry, tmp_path / "list.tsv")
    assert code == 3
    assert "unknown-format" in err
    assert call("ingest", tmp_path / "list.tsv")[0] == 1


def test_an_empty_folder_is_nothing_matched(call, tmp_path):
    (tmp_path / "empty").mkdir()
    assert call("ingest", tmp_path / "empty")[0] == 4
    assert call("parse", tmp_path / "empty")[0] == 4


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["ingest", "nowhere.html"], 4, "nowhere.html"),
        (["ingest", "a.txt", "b.txt", "--url", "https://gazette.example/a"], 2, "--url"),
        (["parse", "a.txt", "--published", "yesterday"], 2, "yesterday"),
    ],
)
def test_what_is_wrong_is_said(call, arguments, code, said):
    got, _, err = call(*arguments)
    assert got == code
    assert said in err
