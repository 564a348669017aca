"""NewsML-G2 2.x: a news item by itself or in a message, with its text as XHTML, NITF or plain text inside."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

from copytaster.values import WireLink, WireRecord, WireTopic
from copytaster.wire.formats.flow import Flow, read_flow, read_html
from copytaster.wire.formats.item import (
    WireItem,
    bare_code,
    is_note,
    number_of,
    refuse_damaged,
    refuse_kind,
    status_of,
)
from copytaster.wire.formats.moments import read_moment
from copytaster.wire.formats.nitf import byline_of, dateline_of, headline_of
from copytaster.wire.formats.xml import (
    attribute,
    attribute_at,
    child,
    children,
    code_of,
    decode,
    name_of,
    text_at,
    text_of,
    within,
)

if TYPE_CHECKING:
    from lxml import etree


_KINDS = {
    "packageitem": "package", "planningitem": "planning", "conceptitem": "concept", "knowledgeitem": "knowledge",
    "catalogitem": "catalog", "hopitem": "history",
}  # fmt: skip
ROOTS = frozenset({"newsitem", "newsmessage", *_KINDS})
_TEXT_CLASSES = frozenset({"text", "composite", "complex", "", "news", "article", "story"})
_NOT_CONTENT = {"sportsml": "sport-table", "sports-content": "sport-table", "eventsml": "planning"}


def items_of(root: etree._Element) -> list[etree._Element]:
    """The items of a message, texts first, or the item that the file is. What is no text is refused when it is read."""
    if name_of(root) != "newsmessage":
        return [root]
    found = [one for one in children(root, "itemset") for one in one if name_of(one) in ROOTS]
    return sorted(found, key=lambda one: name_of(one) != "newsitem" or _class_of(one) not in _TEXT_CLASSES)


def read_g2(root: etree._Element, item: etree._Element | None, warnings: tuple[str, ...] = ()) -> WireItem:
    """One item of a message.

    Raises:
        UnparsableError: `kind-...`, it is no text; `kind-empty-message`, the message holds no item.
    """
    if item is None:
        raise refuse_kind("empty-message", "the NewsML-G2 message")
    kind = _kind_of(item)
    if kind is not None:
        raise refuse_kind(kind, "the NewsML-G2 item")
    meta, content = child(item, "itemmeta"), child(item, "contentmeta")
    flow, inside = _read_content(item)
    body_head = child(inside, "body", "body.head")
    paragraphs = _without_teaser(flow.paragraphs, content)
    record = _record(root, item)
    is_elsewhere = not paragraphs and child(item, "contentset", "remotecontent") is not None
    if is_elsewhere and record.pubstatus != "canceled":
        raise refuse_kind("text-elsewhere", "the NewsML-G2 item")
    embargo = text_at(meta, "embargoed")
    # Empty, it holds the copy until further notice; some senders print it so in all copy, and say that this is usable.
    is_empty = not embargo and child(meta, "embargoed") is not None and child(meta, "pubstatus") is None
    notes = [
        text for one in (*children(meta, "ednote"), *children(content, "ednote")) if (text := _note(one))
    ]
    return WireItem(
        record,
        _headline(content) or (headline_of(inside) if inside is not None else ""),
        tuple(paragraphs),
        story_id=record.guid,
        dateline=text_at(content, "dateline") or dateline_of(body_head),
        bylines=tuple(filter(None, [text_of(one) for one in children(content, "by")]
        or [byline_of(one) for one in children(body_head, "byline")])),
        credit_lines=tuple(dict.fromkeys(filter(None, (
            *(text_of(one) for one in children(content, "creditline")), *_names(content, "infosource"),
        )))),
        captions=tuple(flow.captions),
        language=attribute_at(content, "tag", "language") or attribute(item, "lang") or None,
        slug=text_at(content, "slugline") or None,
        published=read_moment(text_at(meta, "firstcreated") or text_at(content, "contentcreated") or text_at(meta, "versioncreated"))
        or read_moment(text_at(root, "header", "sent")),
        updated=read_moment(text_at(meta, "versioncreated") or text_at(content, "contentmodified")),
        embargo=embargo,
        withheld=not embargo and (record.pubstatus == "withheld" or is_empty),
        usage_terms=" ".join(dict.fromkeys(text_of(one) for one in children(item, "rightsinfo", "usageterms") if text_of(one))),
        editors_notes=tuple(dict.fromkeys(notes)),
        kind=_copy_kind(meta, content),
        warnings=warnings,
    )  # fmt: skip


def _without_teaser(paragraphs: list[str], content: etree._Element | None) -> list[str]:
    """The text without its teaser, which some senders print above it; other renditions of the item have it apart."""
    teasers = {
        text_of(one) for one in children(content, "description") if attribute(one, "role").endswith("teaser")
    }
    return paragraphs[1:] if len(paragraphs) > 1 and paragraphs[0] in teasers else paragraphs


def _class_of(item: etree._Element) -> str:
    return bare_code(code_of(child(item, "itemmeta", "itemclass")))


def _kind_of(item: etree._Element) -> str | None:
    """The kind of an item that is no text; None for a text."""
    if name_of(item) in _KINDS:
        return _KINDS[name_of(item)]
    kind = _class_of(item)
    if kind not in _TEXT_CLASSES:
        return kind if kind.isalpha() and len(kind) < 30 else "unknown"
    for content in children(item, "contentset", "inlinexml"):
        inside = next(iter(content), None)
        if inside is not None and (found := _NOT_CONTENT.get(name_of(inside))):
            return found
    return None


def _read_content(item: etree._Element) -> tuple[Flow, etree._Element | None]:
    """The text, and the NITF element that it stood in."""
    best, inside = Flow(), None
    for content in children(item, "contentset", "inlinexml"):
        nitf = next(within(content, "nitf"), None)
        body = child(nitf, "body", "body.content")
        flow = read_flow(body if body is not None else _main_section(content))
        if _size(flow) > _size(best):
            best, inside = flow, nitf
        elif nitf is not None and inside is None:
            inside = nitf
    if not best.paragraphs:
        for plain in children(item, "contentset", "inlinedata"):
            flow = read_html(_decode(plain))
            best = flow if _size(flow) > _size(best) else best
    return best, inside


def _decode(plain: etree._Element) -> str:
    """The text of inline data, which senders may encode in base64."""
    text = "".join(plain.itertext())
    if bare_code(attribute(plain, "encoding")) != "base64":
        return text
    try:
        return decode(b64decode(text, validate=False))[0]
    except ValueError as error:
        raise refuse_damaged("the text is said to be base64 and is none") from error


def _main_section(content: etree._Element) -> etree._Element:
    """The section marked as the text, where the sender marks one; tables of slugs and notes stand beside it."""
    for section in within(content, "section"):
        if "main" in attribute(section, "class").split():
            return section
    return next(within(content, "body"), content)


def _size(flow: Flow) -> int:
    return sum(map(len, flow.paragraphs))


def _headline(content: etree._Element | None) -> str:
    """The headline of the first rank; a main headline, or one without a role, before a short one."""
    found = [one for one in children(content, "headline") if text_of(one)]
    found.sort(
        key=lambda one: (
            number_of(attribute(one, "rank")) or 1,
            bare_code(attribute(one, "role")) not in {"main", ""},
        )
    )
    return text_of(found[0]) if found else ""


def _note(element: etree._Element) -> str:
    return text_of(element) if is_note(attribute(element, "role")) else ""


def _names(content: etree._Element | None, element: str) -> list[str]:
    return [text_at(one, "name") or attribute(one, "literal") for one in children(content, element)]


def _copy_kind(meta: etree._Element | None, content: etree._Element | None) -> str | None:
    """What the sender calls this sort of copy: its genres and roles, one a line."""
    words = [text_at(one, "name") or code_of(one) for one in children(content, "genre")]
    words += [bare_code(code_of(one)) for one in (*children(meta, "signal"), *children(meta, "role"))]
    return "\n".join(word for word in words if word) or None


def _record(root: etree._Element, item: etree._Element) -> WireRecord:
    meta, content, rights = child(item, "itemmeta"), child(item, "contentmeta"), child(item, "rightsinfo")
    provider = child(meta, "provider")
    holder = child(rights, "copyrightholder")
    links = [
        WireLink(attribute(one, "rel").rpartition(":")[2] or "link", target)
        for one in (*children(meta, "link"), *children(item, "link"))
        if (target := attribute(one, "residref") or attribute(one, "href") or attribute(one, "guidref"))
    ]
    data_mining = [
        one
        for one in children(rights, "rightsinfoextproperty")
        if "datamining" in attribute(one, "rel").lower()
    ]
    mining = (
        text_at(rights, "datamining")
        or code_of(child(rights, "datamining"))
        or next((attribute(one, "value") or code_of(one) for one in data_mining), "")
    )
    source_type = child(content, "digitalsourcetype")
    return WireRecord(
        format=" ".join(filter(None, ("NewsML-G2", attribute(item, "standardversion")))),
        guid=attribute(item, "guid") or None,
        version=attribute(item, "version") or None,
        provider=text_at(provider, "name") or code_of(provider) or text_at(root, "header", "sender") or None,
        pubstatus=status_of(code_of(child(meta, "pubstatus"))),
        urgency=number_of(text_at(content, "urgency")),
        signals=tuple(dict.fromkeys(filter(None, (code_of(one) for one in children(meta, "signal"))))),
        links=tuple(dict.fromkeys(links)),
        altids=tuple(dict.fromkeys(
            f"{attribute(one, 'type').rpartition(':')[2]}:{text_of(one)}" for one in children(content, "altid") if text_of(one)
        )),
        genres=tuple(filter(None, (text_at(one, "name") or code_of(one) for one in children(content, "genre")))),
        subjects=tuple(dict.fromkeys(
            WireTopic(attribute(one, "qcode") or attribute(one, "uri") or None, text_at(one, "name") or attribute(one, "literal") or None)
            for one in children(content, "subject") if code_of(one) or text_at(one, "name")
        )),
        keywords=tuple(filter(None, (text_of(one) for one in children(content, "keyword")))),
        located=text_at(content, "located", "name") or attribute_at(content, "literal", "located") or None,
        copyrightholder=text_at(holder, "name") or code_of(holder) or None,
        copyrightnotice=text_at(rights, "copyrightnotice") or None,
        datamining=mining or None,
        expires=read_moment(text_at(meta, "expires") or text_at(content, "expires")),
        digitalsourcetype=code_of(source_type) or None,
    )  # fmt: skip
