"""A hidden module is not found inside, and as before afterwards."""

import sys
from importlib import import_module

import pytest

from copytaster.hidden_modules import hidden_modules


def test_a_hidden_module_is_not_found_until_the_end(monkeypatch):
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with hidden_modules("colorsys"), pytest.raises(ModuleNotFoundError):
        import_module("colorsys")
    assert import_module("colorsys").rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)


def test_a_module_that_is_loaded_stays():
    with hidden_modules("json"):
        assert import_module("json") is sys.modules["json"]
    assert sys.modules["json"].loads("1") == 1


def test_an_error_inside_shows_the_modules_again(monkeypatch):
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with pytest.raises(ValueError, match="inside"), hidden_modules("colorsys"):
        raise ValueError("inside")
    assert import_module("colorsys").__name__ == "colorsys"
