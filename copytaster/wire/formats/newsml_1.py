"""NewsML 1.0 to 1.2: news items with components inside components; the text is NITF, XHTML or bare paragraphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.values import WireLink, WireRecord, WireTopic
from copytaster.wire.formats.flow import Flow, read_flow, read_html
from copytaster.wire.formats.item import WireItem, number_of, refuse_kind, status_of
from copytaster.wire.formats.moments import read_moment
from copytaster.wire.formats.nitf import byline_of, dateline_of, headline_of, notes_of
from copytaster.wire.formats.xml import (
    attribute,
    attribute_at,
    child,
    children,
    name_of,
    text_at,
    text_of,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

_MEDIA = {"photo": "picture", "picture": "picture", "image": "picture", "video": "video", "audio": "audio",
    "graphic": "graphic", "complexdata": "table", "animation": "animation"}  # fmt: skip
_BESIDE_ROLES = frozenset(
    "headline caption stylesheet logo video photo picture image thumbnail quicklook preview multimedia summary".split()
)
_CAPTION_ROLES = frozenset({"caption", "photo caption", "legend"})


def items_of(root: etree._Element) -> list[etree._Element]:
    """The news items of the file, texts first. What is no text is refused when it is read."""
    return sorted(children(root, "newsitem"), key=lambda one: next(_text_parts(one), None) is None)


def read_newsml_1(
    root: etree._Element, item: etree._Element | None, warnings: tuple[str, ...] = ()
) -> WireItem:
    """One news item.

    Raises:
        UnparsableError: `kind-...`, it holds no text.
    """
    if item is None:
        raise refuse_kind("empty-message", "the NewsML file")
    flow, nitf = _read_content(item)
    record = _record(root, item)
    if not flow.paragraphs and record.pubstatus != "canceled":
        raise refuse_kind(_media_of(item), "the NewsML item")
    management = child(item, "newsmanagement")
    lines = _Lines(item)
    body_head = child(nitf, "body", "body.head")
    until = _usable_from(management)
    notes = [
        *(text_of(one) for one in within(item, "specialinstructions")),
        *lines.notes,
        *notes_of(child(nitf, "head", "docdata"), body_head),
    ]
    return WireItem(
        record,
        lines.first("headline") or headline_of(nitf),
        tuple(flow.paragraphs),
        story_id=record.guid,
        dateline=_place_line(lines.first("dateline")) or dateline_of(body_head),
        bylines=tuple(filter(None, (lines.first("byline") or byline_of(child(body_head, "byline")),))),
        credit_lines=tuple(filter(None, (lines.first("creditline"), *_parties(item, "source")))),
        captions=tuple(dict.fromkeys([*flow.captions, *_captions(item)])),
        language=_language(item),
        slug=lines.first("slugline") or text_at(item, "identification", "namelabel") or None,
        published=read_moment(text_at(management, "firstcreated"))
        or read_moment(text_at(item, "identification", "newsidentifier", "dateid"))
        or read_moment(text_at(root, "newsenvelope", "dateandtime")),
        updated=read_moment(text_at(management, "thisrevisioncreated")),
        embargo=until,
        withheld=record.pubstatus == "withheld" and not until,
        usage_terms=" ".join(
            dict.fromkeys(text for one in within(item, "usagerights") if (text := text_of(one)))
        ),
        editors_notes=tuple(dict.fromkeys(filter(None, notes))),
        kind="\n".join(filter(None, (*record.genres, *lines.kinds))) or None,
        warnings=warnings,
    )


class _Lines:
    """The printed lines of an item, outermost first: headline, dateline, byline ..."""

    def __init__(self, item: etree._Element) -> None:
        self._lines = [one for one in within(item, "newslines") if not _is_beside(one.getparent())]
        self.notes: list[str] = []
        self.kinds: list[str] = []
        for line in (one for lines in self._lines for one in children(lines, "newsline")):
            kind = attribute_at(line, "formalname", "newslinetype").lower()
            if any(word in kind for word in ("note", "advisory", "editor", "instruction", "embargo")):
                self.notes += [text_of(one) for one in children(line, "newslinetext")]

    def first(self, name: str) -> str:
        return next(
            (text for lines in self._lines for one in children(lines, name) if (text := text_of(one))), ""
        )


def _is_beside(component: etree._Element | None) -> bool:
    """True for a component of a picture or video, whose headline is no story's."""
    while component is not None and name_of(component) == "newscomponent":
        if attribute_at(component, "formalname", "role").lower() in _BESIDE_ROLES:
            return True
        component = component.getparent()
    return False


def _text_parts(item: etree._Element) -> Iterator[etree._Element]:
    for content in within(item, "contentitem"):
        media = attribute_at(content, "formalname", "mediatype").lower()
        mime = attribute_at(content, "formalname", "mimetype").lower()
        if (
            media in _MEDIA
            or mime.startswith(("image/", "video/", "audio/", "text/css"))
            or _is_beside(content.getparent())
        ):
            continue
        for data in children(content, "datacontent"):
            if text_of(data):
                yield data


def _read_content(item: etree._Element) -> tuple[Flow, etree._Element | None]:
    best, inside = Flow(), None
    for data in _text_parts(item):
        nitf = next(within(data, "nitf"), None)
        body = child(nitf, "body", "body.content")
        if body is None:
            body = next(within(data, "body.content"), next(within(data, "body"), data))
        flow = read_flow(body) if len(data) else read_html("".join(data.itertext()))
        if sum(map(len, flow.paragraphs)) > sum(map(len, best.paragraphs)):
            best, inside = flow, nitf
    return best, inside


def _captions(item: etree._Element) -> list[str]:
    found = []
    for component in within(item, "newscomponent"):
        if attribute_at(component, "formalname", "role").lower() in _CAPTION_ROLES:
            found += [text for one in within(component, "datacontent") if (text := text_of(one))]
    return found


def _media_of(item: etree._Element) -> str:
    for content in within(item, "contentitem"):
        kind = _MEDIA.get(attribute_at(content, "formalname", "mediatype").lower())
        mime = attribute_at(content, "formalname", "mimetype").lower()
        if kind or mime.startswith(("image/", "video/", "audio/")):
            return kind or {"image": "picture"}.get(mime.partition("/")[0], mime.partition("/")[0])
        if attribute(content, "href"):
            return "text-elsewhere"
    if next(within(item, "newsitemref"), None) is not None:
        return "package"
    return {"topicset": "concept", "catalog": "catalog"}.get(_first_part(item), "empty-message")


def _first_part(item: etree._Element) -> str:
    parts = [
        name_of(one) for one in item if name_of(one) not in {"identification", "newsmanagement", "comment"}
    ]
    return parts[0] if parts else ""


def _usable_from(management: etree._Element | None) -> str:
    """When the status changes to usable: the end of an embargo."""
    for change in children(management, "statuswillchange"):
        if status_of(attribute_at(change, "formalname", "futurestatus")) == "usable":
            return text_at(change, "dateandtime")
    return ""


def _place_line(printed: str) -> str:
    """A dateline, unless it is a bare moment."""
    return "" if read_moment(printed) else printed


def _language(item: etree._Element) -> str | None:
    metadata = (one for one in within(item, "language") if attribute(one, "formalname"))
    return next((attribute(one, "formalname") for one in metadata), "") or attribute(item, "lang") or None


def _parties(item: etree._Element, name: str) -> list[str]:
    return [
        name
        for one in within(item, name)
        for party in children(one, "party")
        if (name := attribute(party, "formalname"))
    ]


def _record(root: etree._Element, item: etree._Element) -> WireRecord:
    management = child(item, "newsmanagement")
    names = child(item, "identification", "newsidentifier")
    revision = child(names, "revisionid")
    provider = next(iter(_parties(item, "provider")), "") or attribute_at(
        root, "formalname", "newsenvelope", "sentfrom", "party"
    )
    links = [
        WireLink(relation, target)
        for relation, name in (("derivedFrom", "derivedfrom"), ("associatedWith", "associatedwith"))
        for one in within(item, name)
        if (target := attribute(one, "newsitem"))
    ]
    previous = attribute(revision, "previousrevision")
    guid = _guid(names)
    if guid and previous not in {"", "0"}:
        links.append(WireLink("prevVersion", f"{guid}:{previous}"))
    subjects = [
        WireTopic(attribute(one, "formalname"), None)
        for name in ("subject", "subjectmatter", "subjectdetail", "subjectqualifier")
        for one in within(item, name)
        if attribute(one, "formalname")
    ]
    return WireRecord(
        format=" ".join(filter(None, ("NewsML", attribute(root, "version") or "1"))),
        guid=guid,
        version=text_of(revision) or None,
        provider=provider or text_at(names, "providerid") or None,
        pubstatus=status_of(attribute_at(management, "formalname", "status")),
        urgency=number_of(
            attribute_at(management, "formalname", "urgency")
            or attribute_at(root, "formalname", "newsenvelope", "priority")
        ),
        signals=tuple(
            filter(None, (attribute(one, "formalname") for one in children(management, "instruction")))
        ),
        links=tuple(dict.fromkeys(links)),
        altids=tuple(filter(None, (text_at(item, "identification", "namelabel"),))),
        genres=tuple(
            dict.fromkeys(
                attribute(one, "formalname") for one in within(item, "genre") if attribute(one, "formalname")
            )
        ),
        subjects=tuple(dict.fromkeys(subjects)),
        keywords=tuple(dict.fromkeys(text_of(one) for one in within(item, "keywordline") if text_of(one))),
        located=_located(item),
        copyrightholder=next(
            (text for one in within(item, "copyrightholder") if (text := text_of(one))), None
        ),
        copyrightnotice=next((text for one in within(item, "copyrightline") if (text := text_of(one))), None),
        expires=read_moment(next((text_of(one) for one in within(item, "enddate")), "")),
    )


def _guid(names: etree._Element | None) -> str | None:
    """The public identifier without the revision at its end: it stays the same from version to version."""
    public, revision = text_at(names, "publicidentifier"), text_at(names, "revisionid")
    if public:
        bare = public.rstrip("NUAR") if public[-1:] in "NUAR" and public[-2:-1].isdigit() else public
        return bare.removesuffix(f":{revision}") if revision else bare
    parts = [text_at(names, name) for name in ("providerid", "dateid", "newsitemid")]
    return f"urn:newsml:{':'.join(parts)}" if all(parts) else (parts[2] or None)


def _located(item: etree._Element) -> str | None:
    for place in within(item, "location"):
        names = {
            attribute(one, "formalname").lower(): attribute(one, "value")
            for one in children(place, "property")
        }
        found = [names[key] for key in ("city", "countryarea", "country") if names.get(key)]
        if found:
            return ", ".join(found)
    return None
