"""Archives out of files: lines of JSON and web archives."""

import gzip
import json

import pytest

from tests import archives
from tests.newsdesk.archive.conftest import run_archive
from tests.newsdesk.archive.test_archive_group import name_dispatches, read_lines, read_members

pytestmark = pytest.mark.xdist_group("spark")

PARAGRAPHS = [
    "The port of Vellmar closed its grain terminal on Tuesday after a crane fell onto a conveyor, officials said.",
    "No one was hurt, but 14 ships wait outside the harbour and the operator expects delays of at least nine days.",
    "Harbour master Ilse Brandt said engineers would cut the crane into pieces before they could lift it.",
    "Traders in Ostrava said prices for milling wheat had risen by 3.2 percent since the accident.",
]


def write_story(number, publisher, *, body=None, at="2026-03-02T10:00:00Z", **more):
    return {
        "headline": f"Crane shuts Vellmar grain terminal {number}",
        "body": "\n\n".join(body or PARAGRAPHS),
        "publisher": publisher,
        "url": f"https://{publisher.lower()}.example/{number}",
        "published_at": at,
        **more,
    }


def test_lines_and_web_archives_become_dispatches_and_what_is_no_story_is_listed(spark, tmp_path):
    lines = [
        write_story(1, "Newsline"),
        write_story(2, "Gazette", body=PARAGRAPHS[:3], at="2026-03-02T11:00:00Z"),
        write_story(2, "Gazette", body=PARAGRAPHS[:3], seen_at="2026-03-02T11:30:00Z"),  # the same again
        write_story(
            2, "Gazette", body=PARAGRAPHS, seen_at="2026-03-04T09:30:00Z"
        ),  # a second version, two days on
        {"headline": "No text", "publisher": "Gazette", "url": "https://gazette.example/3"},
        write_story(4, "Gazette", at=None),
        write_story(5, "Gazette", embargoed_until="2999-01-01T00:00:00Z"),
    ]
    with gzip.open(tmp_path / "a.ndjson.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join([*map(json.dumps, lines), "not json", ""]))
    text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    head = "<meta property='article:published_time' content='2026-03-02T11:45:00Z'>"
    page = f"<html><head><title>Grain terminal shut</title>{head}</head><body><article><h1>Grain terminal shut</h1>{text}</article></body></html>"
    date = {"WARC-Date": "2026-03-02T12:00:00Z"}
    archives.write(
        tmp_path / "b.warc.gz",
        [archives.response("https://herald.example/grain-terminal-shut-77", page.encode(), warc=date)],
    )

    config = tmp_path / "sources.toml"
    config.write_text(
        '[publishers."The Herald"]\nhosts = ["herald.example"]\n[[source]]\nname = "herald"\nkind = "feed"\n'
        'publisher = "The Herald"\nurl = "https://herald.example/feed"\ninterval = "15m"\n',
        encoding="utf-8",
    )

    done = run_archive(
        "group", tmp_path, "--out", tmp_path.parent / "grouped", "--config", config, folder=tmp_path
    )

    out = tmp_path.parent / "grouped"
    assert done.returncode == 3
    assert json.loads(done.stdout)["refused"] == 4
    reasons = sorted(row["why"].split(":")[0] for row in read_lines(out / "refused"))
    assert reasons == ["neither seen_at nor published_at", "no body", "no story", "under embargo"]
    assert [(row["publisher"], row["number"]) for row in read_members(out)] == [
        ("Newsline", 1),
        ("Gazette", 1),
        ("The Herald", 1),
        ("Gazette", 2),
    ]
    assert len(set(name_dispatches(out).values())) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name files or folders, or give --from-store"),
        (("missing.ndjson",), "no such file or folder"),
        (("story.html",), "neither a web archive nor lines of JSON"),
    ],
)
def test_an_input_that_is_none_is_named(spark, tmp_path, arguments, said):
    (tmp_path / "story.html").write_text("<p>x</p>", encoding="utf-8")

    done = run_archive("group", *arguments, "--out", tmp_path / "out", folder=tmp_path, check=False)

    assert done.returncode != 0
    assert said in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_cluster_that_is_none_is_named(spark, tmp_path):
    (tmp_path / "a.ndjson").write_text(json.dumps(write_story(1, "Newsline")), encoding="utf-8")

    done = run_archive(
        "group",
        tmp_path / "a.ndjson",
        "--out",
        tmp_path / "out",
        "--master",
        "nonsense",
        folder=tmp_path,
        check=False,
    )

    assert done.returncode == 78
    error = json.loads(done.stderr.splitlines()[-1])
    assert error["resource"] == "--master nonsense"
    assert error["hint"].startswith("local[2]")
