"""The items of a file in a format of an agency, whatever the format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.errors import UnparsableError
from copytaster.wire.formats import newsml_1, newsml_g2, vendor
from copytaster.wire.formats.item import refuse_kind
from copytaster.wire.formats.json_items import read_json, read_json_item
from copytaster.wire.formats.lines import read_lines
from copytaster.wire.formats.mail import read_message
from copytaster.wire.formats.nitf import read_nitf
from copytaster.wire.formats.recognise import recognise
from copytaster.wire.formats.xml import name_of, read_xml, within

if TYPE_CHECKING:
    from collections.abc import Callable

    from copytaster.wire.formats.item import WireItem

MAX_ITEMS = 1_000
_SPORT = frozenset({"sports-content", "sportsml"})


def read_items(data: bytes) -> list[Callable[[], WireItem]]:
    """A reader for each item of a file, in its order. A reader raises `UnparsableError` where its item gives no story.

    Returns an empty list for a file in no known format.

    Raises:
        UnparsableError: `damaged`, or `kind-...` for a file that holds no texts.
    """
    found = recognise(data)
    if found.envelope == "xml":
        return _read_xml(data)[:MAX_ITEMS]
    if found.envelope == "json":
        return [_later(read_json_item, one) for one in read_json(data)][:MAX_ITEMS]
    if found.envelope == "control":
        return [_later(_same, item) for item in read_lines(data)][:MAX_ITEMS]
    if found.envelope == "mail":
        return _read_mail(data)
    return []


def _later(read: Callable[..., WireItem], *arguments: object) -> Callable[[], WireItem]:
    return lambda: read(*arguments)


def _same(item: WireItem) -> WireItem:
    return item


def _read_xml(data: bytes) -> list[Callable[[], WireItem]]:
    root, warnings = read_xml(data)
    name = name_of(root)
    if name in newsml_g2.ROOTS:
        items = newsml_g2.items_of(root)
        return [_later(newsml_g2.read_g2, root, one, warnings) for one in items] or [
            _later(newsml_g2.read_g2, root, None)
        ]
    if name == "nitf":
        return [_later(read_nitf, root, warnings)]
    if name == "newsml":
        parts = newsml_1.items_of(root)
        return [_later(newsml_1.read_newsml_1, root, one, warnings) for one in parts] or [
            _later(newsml_1.read_newsml_1, root, None)
        ]
    if name == "rbnews":
        return [_later(vendor.read_rbnews, root, warnings)]
    if name in _SPORT:
        raise refuse_kind("sport-table", "the SportsML file")
    if name == "rss" and (posts := vendor.posts_of(root)):
        return [_later(vendor.read_post, one, warnings) for one in posts]
    if vendor.is_export(root):
        raise refuse_kind("draft", "the WordPress export")
    vendor.refuse_feed(root)
    wrapped = list(within(root, "nitf")) or [one for one in within(root, "newsitem") if "guid" in one.attrib]
    if wrapped:
        read = (
            read_nitf
            if name_of(wrapped[0]) == "nitf"
            else lambda one, seen: newsml_g2.read_g2(root, one, seen)
        )
        return [_later(read, one, warnings) for one in wrapped]
    plain = vendor.read_plain(root, warnings)
    return [_later(_same, plain)] if plain is not None else []


def _read_mail(data: bytes) -> list[Callable[[], WireItem]]:
    """The message's own story, and those of its attachments. A message that only carries attachments has none of its own."""
    item, attached = read_message(data)
    found: list[Callable[[], WireItem]] = []
    for content in attached:
        if recognise(content).envelope in {"xml", "json", "control"}:
            try:
                found += read_items(content)
            except UnparsableError as error:
                found.append(_later(_refused, error))
    if item is not None and not (found and len(" ".join(item.paragraphs)) < 400):
        found.insert(0, _later(_same, item))
    if not found:
        raise UnparsableError(
            "the message has no text, and no attachment in a format that is read", reason="no-body"
        )
    return found


def _refused(error: UnparsableError) -> WireItem:
    raise error
