"""Every help page: plain words, an example, and lists whose lines are not cut."""

from __future__ import annotations

import click
import pytest

from newsdesk.cli import cli
from tests.plain_words import find_odd_words

WIDTH = 80


def list_pages(command=cli, name="copytaster"):
    """(call, command, help page) of each command and group."""
    context = click.Context(command, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH)
    yield name, command, command.get_help(context)
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            yield from list_pages(command.get_command(context, child), f"{name} {child}")


PAGES = list(list_pages())


def test_there_are_pages():
    assert len(PAGES) > 40


@pytest.mark.parametrize(("command", "page"), [page[1:] for page in PAGES], ids=[page[0] for page in PAGES])
def test_a_help_page_is_plain_and_whole(command, page):
    assert find_odd_words(page) == []
    assert "\b" not in page.replace("\b\n", "")
    assert r"\b" not in page
    if isinstance(command, click.Group):
        assert [line for line in page.split("Commands:")[1].splitlines() if line.endswith("...")] == []
    else:
        assert "Example:" in page


def test_odd_words_are_found():
    assert find_odd_words("It is told anew and understood.") == ["told", "anew"]
