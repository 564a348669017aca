"""Pages, help, messages and page templates say who does what: all-purpose words are not used."""

import ast
import re
from pathlib import Path

import click
import pytest

from bench.import_graph import ROOMS
from newsdesk.cli import COMMANDS, cli

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEMPLATES = sorted((ROOT / "newsdesk" / "web" / "templates").glob("*.html"))
BANNED = re.compile(
    r"\b(?:stand|stands|stood|standing|tell|tells|told|telling|ask|asks|asked|asking|anew|leads? on|ow(?:e|es|ed|ing)"
    r"|kin|kinships?|furniture|rulings?|overrul\w*|rehears\w*|at hand|that is so|books balance|way out)\b",
    re.IGNORECASE,
)
# Where a person or a server does ask, where a sign does stand for something, and the name of a row of the bench.
ALLOWED = (
    "`furniture`",
    "ask the publisher",
    "asked to wait until",
    "sites ask",
    "standing-slug",
    "stands for at most",
    "they asked",
    "without asking",
)
# Words of agencies and of copy, not ours; old names of tables.
NOT_OURS = ("copytaster/wire", "copytaster/store/migrations", "newsdesk/demo", "spiders/parsing")


def find_banned(text):
    """Every banned word of a text outside the allowed phrases, with what is around it."""
    flat = re.sub(r"\s+", " ", text)
    for phrase in ALLOWED:
        flat = re.sub(re.escape(phrase), "", flat, flags=re.IGNORECASE)
    return [flat[max(0, found.start() - 40) : found.end() + 30] for found in BANNED.finditer(flat)]


def list_help(command, name="copytaster"):
    """(name, text) of each help text below a command."""
    yield name, command.help or ""
    yield name, command.short_help or ""
    for parameter in command.params:
        yield f"{name} {parameter.name}", getattr(parameter, "help", None) or ""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for below in command.list_commands(context):
            yield from list_help(command.get_command(context, below), f"{name} {below}")


HELP = [*list_help(cli), *((f"copytaster {name}", line) for name, (_, line) in COMMANDS.items())]


def list_messages(source):
    """The strings of a module that hold more than a word, without its docstrings."""
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    strings = [
        node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return [node.value for node in strings if " " in node.value and id(node) not in docstrings]


def list_modules():
    for room in ROOMS:
        for path in (ROOT / f"{room}.py", *sorted((ROOT / room).rglob("*.py"))):
            name = str(path.relative_to(ROOT))
            if path.is_file() and not name.startswith(NOT_OURS):
                yield name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_has_no_all_purpose_word(page):
    assert find_banned(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_a_template_has_no_all_purpose_word(template):
    text = re.sub(
        r"{[{%#].*?[}%#]}|class=\"[^\"]*\"", " ", template.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    assert find_banned(text) == []


@pytest.mark.parametrize("name", sorted({name for name, _ in HELP}))
def test_a_help_text_has_no_all_purpose_word(name):
    assert [word for known, text in HELP if known == name for word in find_banned(text)] == []


def test_no_message_has_an_all_purpose_word():
    found = {
        name: [
            word
            for message in list_messages((ROOT / name).read_text("utf-8"))
            for word in find_banned(message)
        ]
        for name in list_modules()
    }
    assert {name: words for name, words in found.items() if words} == {}


def test_texts_were_read():
    assert sum(bool(text) for _, text in HELP) >= 80
    assert len(list(list_modules())) >= 150


@pytest.mark.parametrize(
    "text",
    [
        "The story stands in two places.",
        "The index is made anew.",
        "What is\nowing is written.",
        "Old ids lead\non for ever.",
        "Check that the books balance",
        "Furniture is left out.",
        "a rehearsal",
    ],
)
def test_a_banned_word_is_found(text):
    assert len(find_banned(text)) == 1


def test_allowed_phrases_and_other_words_are_left_alone():
    assert (
        find_banned("Ask the publisher. Write without asking. An outstanding task: understand standards.")
        == []
    )


def test_messages_are_read_and_docstrings_are_not():
    source = '"""It stands here."""\nX = f"{1} stands there"\ndef f():\n    """Told."""\n    raise E("made anew")\n'
    assert [found.strip() for message in list_messages(source) for found in find_banned(message)] == [
        "stands there",
        "made anew",
    ]
