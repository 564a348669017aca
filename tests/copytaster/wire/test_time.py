"""No text, however long or crafted, makes the grammar slow."""

import importlib
import pkgutil
import re

import pytest

import copytaster.wire
from copytaster.wire.byline import is_byline, parse_byline
from copytaster.wire.credit import find_credit
from copytaster.wire.dateline.dateline import parse_dateline
from copytaster.wire.headline import parse_headline
from copytaster.wire.notes import split_change_note
from copytaster.wire.photo import is_photo_line, split_photo_credit
from copytaster.wire.signoff import split_signoff
from tests.growth import is_even

LENGTH = 100_000


def _patterns():
    """Every compiled pattern that stands in a module of the package, alone or in a tuple."""
    for module_info in pkgutil.iter_modules(copytaster.wire.__path__):
        module = importlib.import_module(f"copytaster.wire.{module_info.name}")
        for name, value in vars(module).items():
            for number, item in enumerate(value if isinstance(value, tuple) else (value,)):
                if isinstance(item, re.Pattern):
                    yield pytest.param(item, id=f"{module_info.name}.{name}.{number}")


def _fill(unit: str) -> str:
    return (unit * (LENGTH // len(unit) + 1))[:LENGTH]


TEXTS = {
    "letters": _fill("a"),
    "capitals": _fill("A"),
    "words": _fill("Ab "),
    "caps words": _fill("AB, "),
    "blanks": _fill(" "),
    "dashes": _fill("- "),
    "opening brackets": _fill("("),
    "brackets": _fill("(a) "),
    "digits": _fill("1 Jan "),
    "slashes": _fill("AP/"),
    "quotes and dots": _fill('."'),
    "lines": _fill("a\n"),
    "almost a sign-off": "(Reporting by " + _fill("A B, "),
    "almost a note": "(Adds " + _fill("(x "),
    "copyright": _fill("© "),
    "arabic": _fill("قال "),
    "combining marks": _fill("e\u0301"),
    "almost a date": _fill("24."),
}


@pytest.mark.parametrize("pattern", list(_patterns()))
def test_every_pattern_is_fast_on_long_text(pattern):
    slow = {
        f"{use} {name}"
        for name, text in TEXTS.items()
        for use, call in (("match", pattern.match), ("search", pattern.search))
        if not is_even(call, text)
    }
    assert not slow


def test_a_pattern_that_looks_again_from_every_place_is_not_fast():
    assert not is_even(re.compile(r"\s*b").search, " " * 8_000)


@pytest.mark.parametrize("name", list(TEXTS))
@pytest.mark.parametrize(
    "parse",
    [
        parse_dateline,
        parse_headline,
        split_change_note,
        split_signoff,
        split_photo_credit,
        is_photo_line,
        is_byline,
        parse_byline,
        lambda text: find_credit(body=text),
    ],
)
def test_every_parser_is_fast_on_long_text(parse, name):
    assert is_even(parse, TEXTS[name])
