"""Reads template files: `## name` opens a section; each line or block below is one template."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def read_lines(name: str) -> dict[str, list[str]]:
    """Section -> its templates, one per line."""
    return {title: text.split("\n") for title, text in read_blocks(name).items()}


@cache
def read_blocks(name: str) -> dict[str, str]:
    """Section -> its whole text; paragraphs stay divided by blank lines."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    sections = (section.partition("\n") for section in text.split("## ") if section.strip())
    return {title.strip(): body.strip() for title, _, body in sections}
