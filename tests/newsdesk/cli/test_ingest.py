"""`copytaster ingest` and `copytaster parse`."""

import json

import pytest

from tests import archives

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


def test_the_name_of_a_file_breaks_no_line_and_moves_no_cursor(call, tmp_path):
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "red\x1b[31m\nline.html").write_text("")
    _, _, err = call("ingest", folder)
    assert "red\\x1b[31m\\nline.html: " in err
    assert "\x1b[31m" not in err


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


@pytest.fixture
def archive(tmp_path):
    return archives.write(tmp_path / "a.warc.gz", [archives.info(), archives.page(1), archives.page(2)])


def test_ingest_takes_the_pages_of_an_archive_once(call, archive):
    code, out, _ = call("ingest", archive, "--json")
    report = json.loads(out)
    assert (code, report["stored"], report["skipped"]) == (0, 2, {"warcinfo": 1})
    code, out, _ = call("ingest", archive)
    size = archive.stat().st_size
    assert code == 0
    assert f"{archive}: read from byte {size} to {size} of {size}" in out


def test_a_broken_archive_is_partly_done_and_named_with_the_place(call, archive):
    whole = archive.read_bytes()
    archive.write_bytes(whole[:-100])
    code, out, err = call("ingest", archive)
    assert code == 3
    assert "records without a page: warcinfo 1" in out
    assert f"{archive}: at byte " in err
    assert "[archive-cut]" in err


def test_the_publisher_of_an_archived_page_is_that_of_its_configured_host(call, archive, tmp_path):
    config = tmp_path / "own.toml"
    config.write_text(
        '[publishers."The Gazette"]\nhosts = ["gazette.example"]\n'
        '[[source]]\nname = "gazette"\npublisher = "The Gazette"\nurl = "https://gazette.example/feed"\ninterval = "1h"\n'
    )
    assert call("ingest", archive, "--config", config, "--source", "cc-news")[0] == 0
    _, out, _ = call("search", "harbour", "--json", "--config", config)
    assert "The Gazette" in out


@pytest.mark.parametrize("command", ["ingest", "parse"])
@pytest.mark.parametrize("option", [("--url", "https://gazette.example/a"), ("--published", "2020-01-01")])
def test_an_archive_takes_no_address_and_no_date_for_all_its_pages(call, archive, command, option):
    code, _, err = call(command, archive, *option)
    assert code == 2
    assert option[0] in err


def test_parse_prints_the_pages_of_an_archive(call, archive):
    code, out, _ = call("parse", archive)
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [line["url"] for line in lines] == [f"{archives.HOST}/story/{number}" for number in (1, 2)]
    assert {line["path"] for line in lines} == {str(archive)}
    assert {line["publisher"] for line in lines} == {"gazette.example"}
