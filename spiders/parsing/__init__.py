"""Parses a page or file into a story. Fetches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spiders.parsing.context import ParseContext, Selectors

if TYPE_CHECKING:
    from spiders.parsing.formats import parse

__all__ = ["ParseContext", "Selectors", "parse"]


def __getattr__(name: str) -> Any:
    """Load the parsers when they are asked for: a command that parses in another process needs none itself."""
    if name != "parse":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from spiders.parsing.formats import parse

    return parse
