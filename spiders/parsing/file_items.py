"""The items of a file, as the process knows them that reads no file itself: whether there may be several, and their addresses."""

from __future__ import annotations

from copytaster.wire.formats.recognise import recognise


def may_have_items(body: bytes) -> bool:
    """True if a file may hold several items; a page or a plain text is always one story."""
    return recognise(body).envelope in {"xml", "json", "control", "mail"}


def item_address(url: str, number: int, count: int) -> str:
    """The address of an item in its file, from 1; `count`: the items of the file."""
    return f"{url}#item={number}" if count > 1 else url
