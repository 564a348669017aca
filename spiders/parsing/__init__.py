"""Parses a page or file into a story. Fetches nothing."""

from __future__ import annotations

from spiders.parsing.context import ParseContext, Selectors
from spiders.parsing.formats import parse

__all__ = ["ParseContext", "Selectors", "parse"]
