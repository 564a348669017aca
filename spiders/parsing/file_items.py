"""The items of a file, as the process knows them that reads no file itself: whether there may be several, and their addresses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from copytaster.wire.formats.recognise import recognise

if TYPE_CHECKING:
    from copytaster.values import RawPage

_ITEM = "#item="


def may_have_items(body: bytes) -> bool:
    """True if a file may hold several items; a page or a plain text is always one story."""
    return recognise(body).envelope in {"xml", "json", "control", "mail"}


def item_address(url: str, number: int, count: int) -> str:
    """The address of an item in its file, from 1; `count`: the items of the file."""
    return f"{url}{_ITEM}{number}" if count > 1 else url


def whole_file(item: RawPage) -> RawPage:
    """The file of an item, at its own address: the store keeps equal bytes of one address once."""
    return replace(item, url=item.url.partition(_ITEM)[0])


def item_of(file: RawPage, address: str) -> RawPage:
    """The item at an address in its file; the file itself where the address names none of its items."""
    return replace(file, url=address) if address.startswith(f"{file.url}{_ITEM}") else file
