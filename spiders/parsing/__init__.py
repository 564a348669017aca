"""A page or file to a story, apart from how it was fetched."""

from __future__ import annotations

from spiders.parsing.context import ParseContext, Selectors
from spiders.parsing.formats import parse

__all__ = ["ParseContext", "Selectors", "parse"]
