"""Pages, messages and page templates say who does what: all-purpose words are not used."""

import ast
import re
from pathlib import Path

import pytest

from bench.import_graph import ROOMS
from tests.plain_words import find_odd_words

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEMPLATES = sorted((ROOT / "newsdesk" / "web" / "templates").glob("*.html"))
# Words of agencies and of copy, not ours; old names of tables.
NOT_OURS = ("copytaster/wire", "copytaster/store/migrations", "newsdesk/demo", "spiders/parsing")


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
    assert find_odd_words(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_a_template_has_no_all_purpose_word(template):
    text = re.sub(
        r"{[{%#].*?[}%#]}|class=\"[^\"]*\"", " ", template.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    assert find_odd_words(text) == []


def test_no_message_has_an_all_purpose_word():
    found = {
        name: [
            word
            for message in list_messages((ROOT / name).read_text("utf-8"))
            for word in find_odd_words(message)
        ]
        for name in list_modules()
    }
    assert {name: words for name, words in found.items() if words} == {}


def test_texts_were_read():
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
    assert len(find_odd_words(text)) == 1


def test_allowed_phrases_and_other_words_are_left_alone():
    assert (
        find_odd_words("Ask the publisher. Write without asking. An outstanding task: understand standards.")
        == []
    )


def test_messages_are_read_and_docstrings_are_not():
    source = '"""It stands here."""\nX = f"{1} stands there"\ndef f():\n    """Told."""\n    raise E("made anew")\n'
    assert [word for message in list_messages(source) for word in find_odd_words(message)] == [
        "stands",
        "anew",
    ]
