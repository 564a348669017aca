import json
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from newsdesk.cli import main
from spiders.sources.config import read_sources, read_starter

ITEM = "<item><title>Ferry {0} is late</title><link>/world/{0}</link><pubDate>Mon, 06 Sep 2021 {0:02}:00:00 GMT</pubDate></item>"
FEED = (
    "<rss version='2.0'><channel><title>World - Harbour Post</title><language>en-GB</language>"
    + "".join(ITEM.format(hour) for hour in range(12))
    + "</channel></rss>"
)
FRONT = (
    "<html><head><meta property='og:site_name' content='Harbour Post'>"
    "<link rel=alternate type=application/rss+xml href=/broken.xml>"
    "<link rel=alternate type=application/rss+xml href=/world.xml></head><body>Harbour</body></html>"
)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A real site on loopback: a front page, its feed, a page without feeds, rules for robots."""
    root = tmp_path / "site"
    (root / "bare").mkdir(parents=True)
    (root / "index.html").write_text(FRONT)
    (root / "world.xml").write_text(FEED)
    (root / "broken.xml").write_text("<html>gone</html>")
    (root / "bare" / "index.html").write_text("<p>nothing here</p>")
    (root / "robots.txt").write_text("User-agent: nobody\nDisallow: /\n")
    monkeypatch.setenv("COPYTASTER_CRAWL__ALLOW_ADDRESSES", '["127.0.0.0/8"]')
    monkeypatch.chdir(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call the command line; gives exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(["source", *arguments])
        out, err = capsys.readouterr()
        assert isinstance(stopped.value.code, int)
        return stopped.value.code, out, err

    return call


def data(answer: tuple[int, str, str]) -> Any:
    code, out, err = answer
    assert code == 0, err
    return json.loads(out)


def test_probe_finds_the_feed_of_a_front_page_and_writes_nothing(run: Run, site: str, tmp_path: Path) -> None:
    look = data(run("probe", f"{site}/", "--json"))
    assert (look["url"], look["kind"], look["entries"]) == (f"{site}/world.xml", "rss20", 12)
    assert (look["publisher"], look["language"], look["interval"]) == ("Harbour Post", "en-GB", "30m")
    assert look["robots"] == "allowed"
    assert look["newest"][0]["url"] == f"{site}/world/0"
    assert not (tmp_path / "sources.toml").exists()
    assert not (tmp_path / "data").exists()


def test_probe_tells_what_robots_say(run: Run, site: str, tmp_path: Path) -> None:
    (tmp_path / "site" / "robots.txt").write_text("User-agent: *\nDisallow: /world/\n")
    assert data(run("probe", f"{site}/world.xml", "--json"))["robots"] == "disallowed"


def test_add_writes_what_it_showed(run: Run, site: str, tmp_path: Path) -> None:
    code, out, err = run("add", f"{site}/", "--yes")
    assert code == 0
    assert "Ferry 0 is late" in out
    assert "harbour-post-world added to sources.toml" in err
    (source,) = read_sources(tmp_path / "sources.toml")
    assert (source.name, source.publisher_name) == ("harbour-post-world", "Harbour Post")
    assert (source.url, source.language) == (f"{site}/world.xml", "en-GB")


def test_add_takes_what_is_given_over_what_is_guessed(run: Run, site: str) -> None:
    given = ("--name", "ferries", "--publisher", "The Post", "--interval", "2h")
    added = data(run("add", f"{site}/world.xml", *given, "--yes", "--json"))
    assert (added["name"], added["publisher"], added["interval"], added["written"]) == (
        "ferries",
        "The Post",
        "2h",
        True,
    )


def test_a_host_that_is_known_tells_the_publisher(run: Run, site: str, tmp_path: Path) -> None:
    run("add", f"{site}/world.xml", "--publisher", "The Post", "--yes")
    (tmp_path / "site" / "sport.xml").write_text(FEED)
    added = data(run("add", f"{site}/sport.xml", "--yes", "--json"))
    assert added["publisher"] == "The Post"


def test_a_dry_run_shows_and_writes_nothing(run: Run, site: str, tmp_path: Path) -> None:
    code, out, _err = run("add", f"{site}/", "--dry-run")
    assert code == 0
    assert tomllib.loads(out[out.index("[[source]]") :])["source"][0]["url"] == f"{site}/world.xml"
    assert not (tmp_path / "sources.toml").exists()


def test_add_without_a_terminal_needs_a_word(run: Run, site: str, tmp_path: Path) -> None:
    code, _out, err = run("add", f"{site}/")
    assert (code, "--yes" in err) == (2, True)
    assert not (tmp_path / "sources.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("add", "{site}/bare/", "--yes"), 1, "no feed is found on this page"),
        (("add", "{site}/nothing", "--yes"), 1, "answers 404"),
        (("probe", "http://127.0.0.1:1/"), 1, "cannot be reached"),
        (("probe", "http://10.0.0.1/"), 1, "not public"),
        (("probe", "ftp://x.example/"), 2, "begins with http://"),
        (("probe", "http://ida:hunter2@x.example/"), 2, "credentials"),
        (("add", "{site}/world.xml", "--yes", "--interval", "soon"), 2, "15m"),
        (("add", "{site}/world.xml", "--yes", "--name", "No Name"), 2, "a-z, 0-9"),
        (("add", "--starter", "bbc-wrold", "--yes"), 4, "did you mean 'bbc-world'"),
        (("list",), 78, "no such file"),
        (("show", "x"), 78, "no such file"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: tuple[str, ...], code: int, message: str, run: Run, site: str, tmp_path: Path
) -> None:
    ended, _out, err = run(*(word.format(site=site) for word in arguments))
    assert ended == code
    assert message in err
    assert "hunter2" not in err
    assert not (tmp_path / "sources.toml").exists()


def test_the_same_feed_is_not_added_twice(run: Run, site: str, tmp_path: Path) -> None:
    run("add", f"{site}/", "--yes")
    before = (tmp_path / "sources.toml").read_bytes()
    code, _out, err = run("add", f"{site}/world.xml", "--yes")
    assert (code, "collected already" in err) == (2, True)
    assert (tmp_path / "sources.toml").read_bytes() == before


def test_a_paused_source_is_listed_as_paused_until_resumed(run: Run, site: str) -> None:
    run("add", f"{site}/", "--name", "harbour", "--yes")
    assert data(run("pause", "harbour", "--why", "moving", "--json"))["changed"] is True
    assert data(run("pause", "harbour", "--json"))["changed"] is False
    (listed,) = data(run("list", "--json"))["items"]
    assert (listed["paused"], listed["paused_why"]) == (True, "moving")
    assert re.search(r"paused +moving", run("list")[1])
    assert data(run("resume", "harbour", "--json"))["changed"] is True
    shown = data(run("show", "harbour", "--json"))
    assert (shown["paused"], shown["url"]) == (False, f"{site}/world.xml")


@pytest.mark.parametrize("command", ["show", "pause", "resume"])
def test_an_unknown_name_answers_with_the_nearest(command: str, run: Run, site: str) -> None:
    run("add", f"{site}/", "--name", "harbour", "--yes")
    code, _out, err = run(command, "harbor")
    assert (code, "did you mean 'harbour'" in err) == (4, True)


def test_a_starter_source_is_copied_switched_on(run: Run, tmp_path: Path) -> None:
    assert data(run("list", "--starter", "--json"))["total"] == len(read_starter())
    run("add", "--starter", "ansa", "--yes")
    (source,) = read_sources(tmp_path / "sources.toml")
    assert source == replace(read_starter().get("ansa"), enabled=True)


def test_packs_are_found_by_country_and_language(run: Run) -> None:
    found = [one["name"] for one in data(run("pack", "list", "--country", "CH", "--json"))["items"]]
    assert found == ["austria-switzerland"]
    assert run("pack", "list", "--language", "xx")[0] == 4
    code, out, _ = run("pack", "show", "austria-switzerland")
    assert (code, "https://rss.orf.at/news.xml" in out) == (0, True)
    code, _, err = run("pack", "show", "germny")
    assert (code, "did you mean 'germany'" in err) == (4, True)


def test_a_pack_is_added_switched_off_and_only_once(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    mine = 'name = "my-ansa"\npublisher = "ANSA"\nurl = "https://www.ansa.it/sito/ansait_rss.xml"\ninterval = "5m"\n'
    before = f"# ours\n[[source]]  # the first\n{mine}# the end\n"
    path.write_text(before)
    shown = data(run("pack", "add", "italy", "--dry-run", "--json"))
    assert (shown["written"], shown["left_out"]) == (False, {"ansa": "my-ansa"})
    assert "repubblica" in run("pack", "add", "italy", "--dry-run")[1]
    assert path.read_text() == before
    added = data(run("pack", "add", "italy", "agencies", "--json"))
    assert added["written"]
    assert path.read_text().startswith(before)
    sources = read_sources(path)
    assert len(sources) == 1 + len(added["added"])
    assert [one.name for one in sources.enabled()] == ["my-ansa"]
    assert sources.get("tass-english").agency == "TASS"
    assert sources.get("tass-english").hosts == ("tass.com", "tass.ru")
    code, _, err = run("pack", "add", "italy")
    assert (code, "0 sources added" in err) == (0, True)
    assert len(read_sources(path)) == len(sources)


def test_a_pack_can_be_added_switched_on(run: Run, tmp_path: Path) -> None:
    run("pack", "add", "ireland", "--enable")
    assert len(read_sources(tmp_path / "sources.toml").enabled()) == 2


def test_comments_of_the_file_stay(run: Run, site: str, tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text("# ours\n[settings.crawl]\ndelay_s = 0  # loopback\n")
    run("add", f"{site}/", "--yes")
    assert path.read_text().startswith("# ours\n[settings.crawl]\ndelay_s = 0  # loopback\n")
    assert len(read_sources(path)) == 1


SITEMAP = (
    "<urlset><url><loc>{0}/ferry-{1}.html</loc><news:news><news:publication><news:name>Harbour Post</news:name>"
    "<news:language>en</news:language></news:publication><news:publication_date>2021-09-06T08:00:00Z"
    "</news:publication_date><news:title>Ferry {1} is late</news:title></news:news></url></urlset>"
)


def story_page(number: int) -> str:
    paragraphs = "".join(
        f"<p>Paragraph {part} of the report on ferry {number} says that it left the quay an hour late on Monday, because "
        f"the crew waited for {number + 3} lorries with fish, and that the harbour board will look into it.</p>"
        for part in range(4)
    )
    return (
        f"<html lang=en><head><meta property='og:type' content='article'><title>Ferry {number} is late</title></head>"
        f"<body><article><h1>Ferry {number} is late</h1>{paragraphs}</article></body></html>"
    )


def test_a_site_without_a_feed_is_added_by_the_sitemap_of_its_robots_txt(
    run: Run, site: str, tmp_path: Path
) -> None:
    root = tmp_path / "site"
    (root / "robots.txt").write_text(
        f"User-agent: *\nAllow: /\nSitemap: {site}/a.xml\nSitemap: {site}/news.xml\n"
    )
    (root / "news.xml").write_text(SITEMAP.format(site, 1))
    added = data(run("add", f"{site}/bare/", "--yes", "--json"))
    assert (added["kind"], added["url"], added["publisher"]) == (
        "sitemap",
        f"{site}/news.xml",
        "Harbour Post",
    )
    assert added["probe"]["how"] == "robots"
    (source,) = read_sources(tmp_path / "sources.toml")
    assert source.kind == "sitemap"


def test_a_page_of_links_is_added_as_a_listing(run: Run, site: str, tmp_path: Path) -> None:
    links = "".join(
        f"<h2><a href='/ferry-{n}.html'>Ferry {n} is late again</a></h2>" for n in range(101, 105)
    )
    (tmp_path / "site" / "bare" / "index.html").write_text(f"<main>{links}</main>")
    added = data(run("add", f"{site}/bare/", "--yes", "--json"))
    assert (added["kind"], added["probe"]["entries"], added["selectors"]) == ("listing", 4, {})
    chosen = data(run("add", f"{site}/bare/?x=1", "--links", "h2 a", "--name", "chosen", "--yes", "--json"))
    assert chosen["selectors"] == {"links": "h2 a"}
    assert [one.selectors.links for one in read_sources(tmp_path / "sources.toml")] == ["", "h2 a"]


def test_a_trial_shows_fields_and_the_dispatch_that_a_story_would_join(
    run: Run, site: str, tmp_path: Path
) -> None:
    root = tmp_path / "site"
    for number in (1, 2):
        (root / f"ferry-{number}.html").write_text(story_page(number))
    (root / "news.xml").write_text(SITEMAP.format(site, 1))
    first = data(run("try", f"{site}/news.xml", "--json"))
    assert first["pages"][0]["story"]["headline"] == "Ferry 1 is late"
    assert (first["pages"][0]["joins"], first["compared"]) == (
        {"id": None, "headline": None, "versions": 0},
        0,
    )
    assert not (tmp_path / "data").exists()

    with pytest.raises(SystemExit) as stopped:
        main(["ingest", str(root / "ferry-1.html"), "--published", "2021-09-06T07:00:00Z", "--json"])
    assert stopped.value.code == 0
    (root / "news.xml").write_text(
        SITEMAP.format(site, 1).replace("</urlset>", "") + SITEMAP.format(site, 2)[8:]
    )
    other = (
        "<p>The museum of lamps reopens in spring with a wing for beacons, buoys and the papers of two keepers.</p>"
        * 4
    )
    (root / "ferry-2.html").write_text(story_page(2).partition("<p>")[0] + other)
    code, out, _ = run("try", f"{site}/news.xml")
    assert code == 0
    assert "of 1 version: Ferry 1 is late" in " ".join(out.split()), out
    assert "no dispatch: it would found its own" in out
    assert (
        "2 of 2 pages gave a story; compared with the newest 1 versions of the store; nothing is stored"
        in out
    )


def test_a_trial_fetches_no_page_that_robots_txt_disallows(run: Run, site: str, tmp_path: Path) -> None:
    (tmp_path / "site" / "robots.txt").write_text("User-agent: *\nDisallow: /ferry\n")
    (tmp_path / "site" / "news.xml").write_text(SITEMAP.format(site, 1))
    tried = data(run("try", f"{site}/news.xml", "--json"))
    assert (tried["probe"]["robots"], tried["pages"]) == ("disallowed", [])


def test_a_folder_is_tried_without_moving_a_file_and_added(run: Run, tmp_path: Path) -> None:
    inbox = tmp_path / "wire-in"
    inbox.mkdir()
    (inbox / "a.html").write_text(story_page(1))
    (inbox / "list.xml").write_text("<inventory/>")
    tried = data(run("try", str(inbox), "--json"))
    assert tried["probe"]["source_kind"] == "folder"
    by_name = {page["url"].rpartition("/")[2]: page for page in tried["pages"]}
    assert by_name["a.html"]["story"]["headline"] == "Ferry 1 is late"
    assert by_name["list.xml"]["reason"] == "unknown-format"
    assert sorted(path.name for path in inbox.iterdir()) == ["a.html", "list.xml"]
    added = data(run("add", str(inbox), "--publisher", "Pier Agency", "--yes", "--json"))
    assert (added["name"], added["kind"], added["interval"]) == ("wire-in", "folder", None)
    (source,) = read_sources(tmp_path / "sources.toml")
    assert (source.kind, source.url, source.publisher_name) == ("folder", str(inbox), "Pier Agency")


def test_a_folder_that_is_missing_is_refused(run: Run, tmp_path: Path) -> None:
    code, _, err = run("add", str(tmp_path / "nowhere"), "--yes")
    assert (code, "there is no such folder" in err) == (2, True)
