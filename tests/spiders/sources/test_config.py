from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.errors import ConfigurationError, NotFoundError, UsageError
from copytaster.schedule.cron import check_cron
from copytaster.wire.agencies import agency_of_publisher
from spiders.sources.config import (
    Limits,
    Source,
    SourceSelectors,
    parse_sources,
    read_sources,
    read_starter,
    starter_text,
)
from spiders.sources.file import add_source, write_block
from spiders.sources.packs import read_packs
from spiders.sources.tables import read_interval, write_interval
from tests.growth import is_even

FULL = """
[settings.crawl]
timeout_s = 3

[defaults]
interval = "1h"
language = "en"
limits = { delay_s = 2, max_entries = 50 }

[publishers."Harbour Post"]
family = "Northlight Group"

[publishers.Northlight]
family = "Northlight Group"
agency = "Northlight"

[[source]]
name = "harbour-world"
publisher = "Harbour Post"
kind = "feed"
url = "https://harbour.example/world.xml"
interval = "15m"
selectors = { headline = "h1", body = "div.story > p:not(.ad)", remove = ["aside", ".related"] }
limits = { max_entries = 200 }

[[source]]
name = "northlight-morning"
publisher = "Northlight"
url = "https://northlight.example/feed"
cron = "30 6 * * Mon-Fri"
timezone = "Europe/Berlin"
language = "de"
enabled = false

[[source]]
name = "unknown-house"
publisher = "Somebody Else"
url = "http://else.example:8080/rss"
"""
ONE = """[[source]]
name = "harbour-world"
publisher = "Harbour Post"
url = "https://harbour.example/world.xml"
interval = "15m"
"""


def test_every_setting_arrives() -> None:
    world, morning, other = parse_sources(FULL)
    assert world == Source(
        name="harbour-world",
        publisher_name="Harbour Post",
        family="Northlight Group",
        kind="feed",
        url="https://harbour.example/world.xml",
        interval=timedelta(minutes=15),
        language="en",
        selectors=SourceSelectors("h1", "div.story > p:not(.ad)", remove=("aside", ".related")),
        limits=Limits(max_entries=200, delay_s=2.0),
    )
    assert (morning.agency, morning.cron, morning.interval) == ("Northlight", "30 6 * * mon-fri", None)
    assert (morning.timezone, morning.language, morning.enabled) == ("Europe/Berlin", "de", False)
    assert (other.family, other.agency, other.interval) == (None, None, timedelta(hours=1))
    assert not other.selectors


def test_sources_are_found_by_name_and_chosen() -> None:
    sources = parse_sources(FULL)
    assert len(sources) == 3
    assert [source.name for source in sources.enabled()] == ["harbour-world", "unknown-house"]
    assert sources.select([]) == sources.enabled()
    assert sources.select(["northlight-morning"]) == (sources.get("northlight-morning"),)
    with pytest.raises(NotFoundError, match="did you mean 'harbour-world'"):
        sources.get("harbor-world")


def edit(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


def add(line: str) -> Callable[[str], str]:
    return lambda text: f"{text}{line}\n"


FAULTS = [
    (edit("[[source]]", "[[sorce]]"), 1, "unknown table 'sorce', did you mean 'source'"),
    (edit("[[source]]", "[source]"), 1, r"write \[\[source\]\]"),
    (add("intervall = '5m'"), 6, "unknown key 'intervall', did you mean 'interval'"),
    (add("kind = 'fed'"), 6, "unknown kind 'fed', did you mean 'feed'"),
    (add("selectors = { boddy = 'p' }"), 6, "unknown key 'selectors.boddy', did you mean 'body'"),
    (add("selectors = { body = 'p[' }"), 6, r"selectors.body: 'p\[' is no CSS selector"),
    (add("selectors = { remove = ['p', '..'] }"), 6, "'..' is no CSS selector"),
    (add("limits = { max_entris = 5 }"), 6, "unknown key 'limits.max_entris', did you mean 'max_entries'"),
    (add("limits = { max_bytes = 0 }"), 6, "limits.max_bytes = 0"),
    (add("limits = { timeout_s = nan }"), 6, "limits.timeout_s"),
    (add("timezone = 'Europe/Berlni'"), 6, "did you mean 'Europe/Berlin'"),
    (add("language = 'english language'"), 6, "no language tag"),
    (add("enabled = 'yes'"), 6, "enabled = 'yes'"),
    (add("cron = '0 6 * * *'"), 1, "interval and cron are both given"),
    (add("longest_interval = '10m'"), 1, "longest_interval 10m is below interval 15m"),
    (edit('interval = "15m"', "longest_interval = '2h'"), 1, "longest_interval needs an interval"),
    (edit('interval = "15m"', "cron = '0 6 * * 1-5'"), 5, "libraries disagree on 0; write mon"),
    (edit('interval = "15m"', "cron = '0 6 * * munday'"), 5, "no weekday"),
    (edit('interval = "15m"', ""), 1, "neither interval nor cron"),
    (edit('"15m"', '"15 minutes"'), 5, "a number and s, m, h or d"),
    (edit('"15m"', '"0m"'), 5, "no usable interval"),
    (edit('"15m"', "15"), 5, "15 is no interval"),
    (edit('publisher = "Harbour Post"', ""), 1, "'publisher' is missing"),
    (edit('publisher = "Harbour Post"', 'publisher = ""'), 3, "publisher = ''"),
    (edit('"harbour-world"', '"Harbour World"'), 2, "1 to 64 of a-z, 0-9 and -"),
    (edit("https://", "ftp://"), 4, "begins with http:// or https://"),
    (edit("https://harbour.example", "https://"), 4, "names a host"),
    (edit("harbour.example", "harbour.example:http"), 4, "is no address"),
    (add(ONE.replace("world.xml", "b.xml")), 6, "the name is taken, first in line 1"),
    (add("[publishers.'Harbour Post']\nfamly = 'x'"), 7, "unknown key 'famly', did you mean 'family'"),
    (add("[defaults]\nintervals = '5m'"), 7, "unknown key 'intervals', did you mean 'interval'"),
]


@pytest.mark.parametrize(("change", "line", "message"), FAULTS)
def test_a_fault_is_named_with_its_line_and_the_way_out(
    change: Callable[[str], str], line: int, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(change(ONE), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=message) as caught:
        read_sources(path)
    assert caught.value.resource == f"{path}:{line}" or f"line {line}: " in caught.value.message


def test_credentials_are_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigurationError, match="credentials do not belong") as caught:
        parse_sources(ONE.replace("harbour.example", "ida:hunter2@harbour.example"))
    assert "hunter2" not in str(caught.value)


def test_all_faults_are_shown_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_sources(ONE.replace("15m", "x") + "kind = 'fed'\n\n[[source]]\nname = 'b'\n")
    assert all(word in str(caught.value) for word in ("line 5", "line 8", "'publisher' is missing", "'x'"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[[source]", "not valid TOML"),
        (b"# Z\n# \xfcber", "line 2 cannot be read: byte 0xfc"),
        (None, "no such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(content: bytes | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=message) as caught:
        read_sources(path)
    assert str(path) in str(caught.value)


@given(st.integers(1, 366 * 86400))
def test_an_interval_reads_back(seconds: int) -> None:
    interval = timedelta(seconds=seconds)
    assert read_interval(write_interval(interval)) == interval


@pytest.mark.parametrize(
    "text",
    [
        "* * * * *",
        "*/15 0-6/2 * * *",
        "0,30 8 1,15 jan-mar *",
        "5 4 * * mon,wed,sat-sun",
        "0 0 31 12 *",
        "30 6 * * FRI",
    ],
)
def test_a_good_cron_expression_is_kept(text: str) -> None:
    assert check_cron(f"  {text} ") == text.lower()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 0",
        "* * * * 7",
        "* * * * sun-1",
        "* * * * */2",
        "* * * * fri-mon",
        "30-10 * * * *",
        "*/0 * * * *",
        "5/10 * * * *",
        "*-5 * * * *",
        "a * * * *",
        ", * * * *",
        "0 6 1 * mon",
        "@daily",
        "1" * 100_000,
        "1-" * 50_000 + " * * * *",
    ],
)
def test_what_libraries_read_differently_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        check_cron(text)


def test_the_starter_file_is_valid_and_wholly_off() -> None:
    sources = read_starter()
    assert 100 <= len(sources) <= 200
    assert not sources.enabled()
    assert len({source.url for source in sources}) == len(sources)
    assert all(source.url.startswith("https://") for source in sources)
    assert starter_text().startswith("#")


def test_packs_hold_every_starter_source_and_their_agencies_are_known() -> None:
    packs = read_packs()
    assert len({pack.name for pack in packs}) == len(packs) >= 20
    listed = {source.name for pack in packs for source in pack.sources}
    assert listed == {source.name for source in read_starter()}
    known = {agency_of_publisher(source.agency) for source in read_starter() if source.agency}
    assert known == {source.agency for source in read_starter() if source.agency}


@pytest.mark.parametrize("source", parse_sources(FULL).all, ids=lambda source: source.name)
def test_a_written_block_reads_back(source: Source, tmp_path: Path) -> None:
    path = tmp_path / "new" / "sources.toml"
    (found,) = add_source(path, source)
    assert found == source
    assert read_sources(path).all == (source,)


def test_what_people_wrote_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    before = f"# our sources\n\n{ONE}# off on Sundays\n\n[defaults]   # for all\nlanguage = 'en'\n"
    path.write_text(before, encoding="utf-8")
    path.chmod(0o600)
    new = replace(parse_sources(ONE).all[0], name="b", url="https://harbour.example/b", family="Northlight")
    assert [source.name for source in add_source(path, new)] == ["harbour-world", "b"]
    after = path.read_text(encoding="utf-8")
    assert after.startswith(before.rstrip())
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_sources(path).get("harbour-world").family == "Northlight"
    assert [entry.name for entry in tmp_path.iterdir()] == ["sources.toml"]


@pytest.mark.parametrize(
    "change",
    [
        {"url": "https://harbour.example/other"},
        {"name": "b"},
        {"name": "b", "url": "HTTPS://Harbour.example/world.xml#x"},
    ],
)
def test_a_source_is_not_added_twice(change: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(ONE, encoding="utf-8")
    with pytest.raises(UsageError, match="exists|collected already"):
        add_source(path, replace(parse_sources(ONE).all[0], **change))  # type: ignore[arg-type]
    assert path.read_text(encoding="utf-8") == ONE


def test_an_invalid_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text("[[source]]\nname = 'x'\n", encoding="utf-8")
    with pytest.raises(ConfigurationError):
        add_source(path, parse_sources(ONE).all[0])
    assert path.read_text(encoding="utf-8") == "[[source]]\nname = 'x'\n"


def test_a_block_says_only_what_is_set() -> None:
    assert write_block(parse_sources(ONE).all[0]) == ONE.replace("url", 'kind = "feed"\nurl', 1)


@pytest.mark.parametrize("key", ["interval", "intervall"])
def test_reading_takes_time_in_proportion_to_the_number_of_sources(key: str) -> None:
    """Also where every source has a fault."""
    block = f'[[source]]\nname = "s"\npublisher = "P"\nurl = "https://a.example/rss"\n{key} = "15m"\n'

    def read(text: str) -> None:
        with pytest.raises(ConfigurationError):
            parse_sources(text[: len(text) // len(block) * len(block)])

    assert is_even(read, block * 800)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(FULL, encoding="utf-8-sig")
    assert read_sources(path).all == parse_sources(FULL).all
