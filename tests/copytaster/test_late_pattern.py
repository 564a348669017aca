"""A late pattern does what the compiled one does, and is compiled when it is first used."""

import pkgutil
import re
from importlib import import_module

import pytest

import copytaster.masking
import copytaster.wire
import spiders.parsing
from copytaster.late_pattern import _LatePattern, late_pattern


def list_late_patterns():
    for room in (copytaster.masking, copytaster.wire, spiders.parsing):
        for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            for name, value in vars(import_module(found.name)).items():
                for place, one in enumerate(value if isinstance(value, tuple) else (value,)):
                    if isinstance(one, _LatePattern):
                        yield pytest.param(one, id=f"{found.name}.{name}.{place}")


@pytest.mark.parametrize("pattern", list(list_late_patterns()))
def test_every_late_pattern_can_be_compiled(pattern):
    assert re.compile(pattern.spelled).pattern == pattern.pattern


def test_a_late_pattern_finds_what_the_compiled_one_finds():
    late, compiled = late_pattern("(fer)ry", re.IGNORECASE), re.compile("(fer)ry", re.IGNORECASE)
    assert late.findall("Ferry, FERRY") == compiled.findall("Ferry, FERRY") == ["Fer", "FER"]
    assert late.sub(r"\1n", "a ferry") == "a fern"
    assert late.search("train") is None
    assert late.flags == compiled.flags


def test_a_late_pattern_is_compiled_at_its_first_use():
    broken = late_pattern("(ferry")
    with pytest.raises(re.error, match="unterminated"):
        broken.search("ferry")


def test_a_late_pattern_has_no_methods_of_its_own():
    with pytest.raises(AttributeError, match="board"):
        late_pattern("ferry").board  # noqa: B018 -- looked up
