"""NITF 3.x, as a file of its own and as the text inside other formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.values import WireLink, WireRecord, WireTopic
from copytaster.wire.formats.flow import read_flow
from copytaster.wire.formats.item import WireItem, number_of, refuse_kind, status_of
from copytaster.wire.formats.moments import read_moment
from copytaster.wire.formats.xml import (
    attribute,
    attribute_at,
    child,
    children,
    text_at,
    text_of,
    within,
    words_of,
)

if TYPE_CHECKING:
    from lxml import etree

_NOT_TEXT = {
    "photo": "picture",
    "picture": "picture",
    "video": "video",
    "audio": "audio",
    "graphic": "graphic",
}


def read_nitf(root: etree._Element, warnings: tuple[str, ...] = ()) -> WireItem:
    """The item of an `nitf` element.

    Raises:
        UnparsableError: `kind-...`, it is no text.
    """
    head, data = child(root, "head"), child(root, "head", "docdata")
    body_head, content = child(root, "body", "body.head"), child(root, "body", "body.content")
    kind = _NOT_TEXT.get(attribute_at(head, "tobject.type", "tobject").lower())
    flow = (
        read_flow(content)
        if content is not None
        else read_flow(child(root, "body"))
        if body_head is None and child(root, "body") is not None
        else None
    )
    paragraphs = flow.paragraphs if flow else []
    if kind and not paragraphs:
        raise refuse_kind(kind, "the NITF file")
    meta = {attribute(one, "name").lower(): attribute(one, "content") for one in children(head, "meta")}
    headline = headline_of(root)
    record = _record(root, data, meta)
    # What is signed below the text, `By ...`, stands in body.end.
    return WireItem(
        record,
        headline,
        tuple(paragraphs),
        story_id=attribute_at(data, "key", "du-key") or record.guid,
        dateline=dateline_of(body_head),
        bylines=tuple(filter(None, (byline_of(one) for one in children(body_head, "byline")))),
        credit_lines=tuple(
            filter(
                None, (text_at(body_head, "distributor"), meta.get("source", ""), meta.get("anpa-source", ""))
            )
        ),
        captions=tuple(flow.captions if flow else ()),
        language=attribute(root, "lang")
        or attribute(root, "baselang")
        or attribute(child(root, "body"), "lang")
        or None,
        slug=text_at(body_head, "slugline")
        or meta.get("slugline")
        or meta.get("anpa-keyword")
        or _series(data)
        or None,
        published=read_moment(
            attribute_at(data, "norm", "date.issue") or attribute_at(head, "date.publication", "pubdata")
        ),
        embargo=_embargo(data),
        withheld=status_of(attribute(data, "management-status")) == "withheld",
        usage_terms=_usage(data),
        editors_notes=notes_of(data, body_head),
        kind=attribute_at(head, "tobject.property.type", "tobject", "tobject.property") or None,
        warnings=warnings,
    )


def headline_of(root: etree._Element | None) -> str:
    """The printed headline, or else the title of the file."""
    at = child(root, "body", "body.head", "hedline")
    for name in ("hl1", "hl2"):
        if text := text_at(at, name):
            return text
    return (
        text_of(at)
        or text_at(root, "body", "body.head", "headline")
        or text_at(root, "head", "title")
        or next((text for one in within(root, "hl1") if (text := text_of(one))), "")
    )


def dateline_of(body_head: etree._Element | None) -> str:
    """The dateline as printed."""
    return text_at(body_head, "dateline")


def byline_of(element: etree._Element | None) -> str:
    """A byline as printed, without the title of the office after the name."""
    if element is None:
        return ""
    people = [words_of(one) for one in within(element, "person")]
    return f"By {' and '.join(people)}" if people else words_of(element)


def notes_of(data: etree._Element | None, body_head: etree._Element | None) -> tuple[str, ...]:
    """The messages to editors: `ed-msg` and notes."""
    messages = [attribute(one, "info") or text_of(one) for one in children(data, "ed-msg")]
    messages += [
        text_of(one)
        for one in children(body_head, "note")
        if attribute(one, "noteclass").lower() not in {"copyright", "hd"}
    ]
    return tuple(dict.fromkeys(filter(None, messages)))


def _series(data: etree._Element | None) -> str:
    return attribute_at(data, "fix-id", "fixture")


def _embargo(data: etree._Element | None) -> str:
    """The moment of release, where it lies after the issue: `date.release` stands in free copy too."""
    release, issue = attribute_at(data, "norm", "date.release"), attribute_at(data, "norm", "date.issue")
    until, sent = read_moment(release), read_moment(issue)
    held = "embargo" in attribute(data, "management-status").lower()
    if until is None:
        return release
    return release if held or sent is None or until > sent else ""


def _usage(data: etree._Element | None) -> str:
    return " ".join(
        filter(
            None, (attribute_at(data, "limitations", "doc.rights"), attribute_at(data, "agent", "doc.rights"))
        )
    )


def _record(root: etree._Element, data: etree._Element | None, meta: dict[str, str]) -> WireRecord:
    key = child(data, "du-key")
    doc = child(data, "doc-id")
    subjects = [
        WireTopic(
            attribute(one, "tobject.subject.refnum") or None,
            attribute(one, "tobject.subject.detail") or attribute(one, "tobject.subject.matter")
            or attribute(one, "tobject.subject.type") or None,
        )
        for one in children(root, "head", "tobject", "tobject.subject")
    ]  # fmt: skip
    previous = attribute(data, "management-doc-idref")
    places = (attribute_at(data, name, "evloc") for name in ("city", "state-prov", "iso-cc"))
    return WireRecord(
        format=" ".join(filter(None, ("NITF", _version(root)))),
        guid=attribute(doc, "id-string") or meta.get("guid") or meta.get("docid") or meta.get("id") or None,
        version=attribute(key, "version") or attribute(key, "generation") or meta.get("version") or None,
        provider=attribute(doc, "regsrc") or attribute_at(data, "src-name", "del-list", "from-src")
        or text_at(root, "body", "body.head", "distributor") or attribute_at(data, "holder", "doc.copyright") or None,
        pubstatus=status_of(attribute(data, "management-status")),
        urgency=number_of(attribute_at(data, "ed-urg", "urgency")),
        links=(WireLink("prevVersion", previous),) if previous else (),
        altids=(f"du-key:{attribute(key, 'key')}",) if attribute(key, "key") else (),
        genres=tuple(filter(None, (attribute(one, "tobject.property.type") for one in children(root, "head", "tobject", "tobject.property")))),
        subjects=tuple(one for one in subjects if one.code or one.name),
        keywords=tuple(filter(None, (attribute(one, "key") for one in children(data, "key-list", "keyword")))),
        located=", ".join(filter(None, places)) or None,
        copyrightholder=attribute_at(data, "holder", "doc.copyright") or None,
        copyrightnotice=text_at(root, "body", "body.head", "rights") or None,
        expires=read_moment(attribute_at(data, "norm", "date.expire")),
    )  # fmt: skip


def _version(root: etree._Element) -> str:
    return next(
        (word for word in attribute(root, "version").replace("/", " ").split() if word[:1].isdigit()), ""
    )
