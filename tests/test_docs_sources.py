"""What docs/add-a-source.md names exists."""

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

from copytaster.values import WireRecord
from newsdesk.cli import COMMANDS, cli
from newsdesk.cli.source import source
from settings import CrawlSettings
from spiders.sources.config import parse_sources, read_starter

PAGE = (Path(__file__).parents[1] / "docs" / "add-a-source.md").read_text(encoding="utf-8")
CALLS = sorted(set(re.findall(r"^copytaster [^#\n]{1,100}", PAGE, re.MULTILINE)))


@pytest.mark.parametrize("call", CALLS)
def test_a_command_named_in_the_page_exists(call: str) -> None:
    words = call.split()[1:]
    assert words[0] in COMMANDS
    if words[0] != "source":
        return
    command = source.commands[words[1]]
    if isinstance(command, click.Group):
        command = command.commands[words[2]]
    known = {name for option in command.params for name in option.opts}
    assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("option", sorted(set(re.findall(r"`(--[a-z-]{2,20})`", PAGE))))
def test_an_option_of_add_named_in_the_page_exists(option: str) -> None:
    assert option in {name for parameter in source.commands["add"].params for name in parameter.opts}


def test_the_page_was_read_and_its_block_is_valid() -> None:
    assert len(CALLS) >= 8
    assert isinstance(cli, click.Group)
    block, *others = re.findall(r"```toml\n(.{1,4000}?)```", PAGE, re.DOTALL)
    assert all(parse_sources(other).all for other in others)
    (found,) = parse_sources(block)
    assert found.family == "Northlight Group"
    by_cron = re.sub(r"(?m)^interval = .{1,80}\n# cron", "cron", block)
    assert parse_sources(by_cron).all[0].cron == "30 6 * * mon-fri"


def test_the_settings_and_starter_sources_of_the_page_exist() -> None:
    assert {"user_agent", "allow_addresses"} <= set(CrawlSettings.model_fields)
    for name in re.findall(r"--starter ([a-z0-9-]+)", PAGE):
        assert read_starter().get(name).name == name


def test_the_page_of_wire_formats_names_every_field_that_a_file_may_give() -> None:
    page = (Path(__file__).parents[1] / "docs" / "wire-formats.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", page))
    kept = {field.name for field in fields(WireRecord)} - {"format"}
    shown = {
        "headline",
        "body",
        "dateline",
        "byline",
        "slug",
        "language",
        "published_at",
        "updated_at",
        "captions",
        "wire_id",
    }
    assert (
        kept | shown | {"embargoed_until", "editors_note", "usage_terms", "kind", "claimed_publisher"}
    ) - named == set()
