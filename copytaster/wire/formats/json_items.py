"""JSON formats: ninjs 1 to 3.3, the AP Media API and dpa-digitalwires."""

from __future__ import annotations

import json
from typing import Any

from copytaster.values import WireLink, WireRecord, WireTopic
from copytaster.wire.formats.flow import Flow, read_html
from copytaster.wire.formats.item import WireItem, is_note, number_of, refuse_damaged, refuse_kind, status_of
from copytaster.wire.formats.moments import read_moment
from copytaster.wire.formats.xml import decode

MAX_DEPTH = 60
_TEXT_TYPES = frozenset({"text", "article", "story", "composite", "news", ""})

Json = dict[str, Any]


def read_json(data: bytes) -> list[Json]:
    """The items of a file: the one that it is, or those that it lists; each with its format under `_format`.

    Raises:
        UnparsableError: `damaged`, or `unknown-format` for JSON that is no item of an agency.
    """
    text, _ = decode(data)
    if _depth(text) > MAX_DEPTH:
        raise refuse_damaged(f"the JSON is nested deeper than {MAX_DEPTH}")
    try:
        value = json.loads(text.strip().lstrip("\ufeff"), parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise refuse_damaged(f"the JSON is broken or cut short: {str(error)[:200]}") from error
    return [named for one in _candidates(value) if (named := _name(one)) is not None]


def _depth(text: str) -> int:
    """How deep brackets are nested, at most; those inside strings count too, which errs on the safe side only for odd files."""
    depth = deepest = 0
    inside = escaped = False
    for letter in text:
        if inside:
            inside = escaped or letter != '"'
            escaped = letter == "\\" and not escaped
        elif letter == '"':
            inside = True
        elif letter in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in "}]":
            depth -= 1
    return deepest


def _candidates(value: Any) -> list[Json]:
    if isinstance(value, list):
        return [one for one in value if isinstance(one, dict)]
    if not isinstance(value, dict):
        return []
    data = value.get("data")
    if isinstance(data, dict) and isinstance(data.get("items"), list):
        return [
            {"data": one} | {"api_version": value.get("api_version", "")}
            for one in data["items"]
            if isinstance(one, dict)
        ]
    for name in ("items", "entries", "_items"):
        if isinstance(value.get(name), list) and not value.get("headline") and not value.get("uri"):
            return [one for one in value[name] if isinstance(one, dict)]
    return [value]


def _name(value: Json) -> Json | None:
    data = value.get("data")
    if isinstance(data, dict) and isinstance(data.get("item"), dict):
        return value | {"_format": "AP Media API"}
    if isinstance(value.get("item"), dict) and isinstance(value["item"].get("altids"), dict):
        return {"data": value, "_format": "AP Media API"} | {k: v for k, v in value.items() if k == "nitf"}
    if str(value.get("format", "")).startswith("digitalwires") or {"urn", "article_html"} <= value.keys():
        return value | {"_format": "dpa-digitalwires"}
    if ("uri" in value or "guid" in value) and value.keys() & {
        "headline", "headlines", "body_text", "body_html", "body_xhtml", "bodies", "type", "renditions", "versioncreated",
    }:  # fmt: skip
        return value | {"_format": "ninjs"}
    return None


def read_json_item(value: Json) -> WireItem:
    """One item of a file.

    Raises:
        UnparsableError: `kind-...`, it is no text.
    """
    from copytaster.wire.formats.ap_json import read_ap

    reader = {"AP Media API": read_ap, "dpa-digitalwires": _read_dpa, "ninjs": _read_ninjs}[value["_format"]]
    return reader(value)


def text_of(value: Any) -> str:
    """The text of a value: of a list its first, of an object its value or name."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list):
        return next((text for one in value if (text := text_of(one))), "")
    if isinstance(value, dict):
        return next(
            (
                text
                for key in ("value", "name", "literal", "text", "uri")
                if (text := text_of(value.get(key)))
            ),
            "",
        )
    return ""


def object_of(value: Any) -> Json:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """The value as a list: ninjs 1 has one value where ninjs 2 has several."""
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def _by_role(values: Any, *roles: str) -> str:
    """The value whose role is the first that is found; else the first value."""
    found = {
        str(one.get("role", "")).lower(): text_of(one)
        for one in reversed(list_of(values))
        if isinstance(one, dict)
    }
    return next((found[role] for role in roles if found.get(role)), "") or text_of(values)


def _topics(values: Any) -> tuple[WireTopic, ...]:
    topics = [
        WireTopic(
            str(one.get("code") or one.get("qcode") or one.get("uri") or "") or None,
            text_of(one.get("name")) or None,
        )
        for one in list_of(values)
        if isinstance(one, dict)
    ]
    return tuple(dict.fromkeys(one for one in topics if one.code or one.name))


def record_of(item: Json, name: str) -> WireRecord:
    """What an item says about itself; the three formats share most of their names."""
    rights = object_of(item.get("rightsinfo"))
    altids = item.get("altids") or item.get("altid") or []
    pairs = altids.items() if isinstance(altids, dict) else [
        (one.get("role") or one.get("type") or "id", one.get("value") or one.get("id")) if isinstance(one, dict) else ("id", one)
        for one in list_of(altids)
    ]  # fmt: skip
    topics = _topics(item.get("subject") or item.get("subjects"))
    return WireRecord(
        format=name,
        guid=text_of(item.get("uri") or item.get("guid") or item.get("urn")) or None,
        version=text_of(item.get("version")) or None,
        provider=text_of(item.get("provider") or item.get("source") or item.get("infosource") or item.get("infosources")) or None,
        pubstatus=status_of(text_of(item.get("pubstatus") or item.get("pubStatus"))),
        urgency=number_of(text_of(item.get("urgency") or item.get("editorialpriority"))),
        signals=tuple(dict.fromkeys(filter(None, (text_of(one) for one in list_of(item.get("signal") or item.get("signals")))))),
        links=_links(item),
        altids=tuple(f"{kind}:{text_of(value)}" for kind, value in pairs if text_of(value)),
        genres=tuple(filter(None, (text_of(one.get("name")) or text_of(one.get("code")) if isinstance(one, dict) else text_of(one)
            for one in list_of(item.get("genre") or item.get("genres"))))),
        subjects=topics,
        keywords=tuple(filter(None, (text_of(one) for one in list_of(item.get("keywords") or item.get("keyword"))))),
        located=text_of(item.get("located")) or text_of(item.get("place") or item.get("places")) or None,
        copyrightholder=text_of(item.get("copyrightholder") or rights.get("copyrightholder")) or None,
        copyrightnotice=text_of(item.get("copyrightnotice") or rights.get("copyrightnotice")) or None,
        datamining=text_of(item.get("datamining") or rights.get("datamining") or rights.get("encodedrights")) or None,
        expires=read_moment(text_of(item.get("expires") or item.get("expiry"))),
        digitalsourcetype=text_of(item.get("digitalsourcetype") or item.get("digitalSourceType")) or None,
    )  # fmt: skip


def _links(item: Json) -> tuple[WireLink, ...]:
    named = [one for one in list_of(item.get("links")) + list_of(item.get("link")) if isinstance(one, dict)]
    found = [
        WireLink(
            text_of(one.get("rel") or one.get("role")) or "link", text_of(one.get("href") or one.get("uri"))
        )
        for one in named
    ]
    for name, relation in (
        ("derivedfrom", "derivedFrom"), ("evolvedfrom", "prevVersion"), ("rewrite_of", "prevVersion"), ("prevversion", "prevVersion"),
    ):  # fmt: skip
        found += [WireLink(relation, text_of(one)) for one in list_of(item.get(name))]
    return tuple(dict.fromkeys(link for link in found if link.target))


def check_kind(item: Json, flow: Flow, named: str) -> None:
    """Refuse an item that is no text.

    Raises:
        UnparsableError: `kind-...`.
    """
    kind = str(item.get("type") or "").lower()
    if kind in _TEXT_TYPES and flow.paragraphs:
        return
    if status_of(text_of(item.get("pubstatus"))) == "canceled" and kind in _TEXT_TYPES:
        return
    if kind not in _TEXT_TYPES:
        raise refuse_kind(
            "package" if kind in {"composite", "collection", "package"} else kind.replace(" ", "-")[:30],
            named,
        )
    if kind == "composite":
        raise refuse_kind("package", named)
    raise refuse_kind("text-elsewhere", named)


def _read_ninjs(item: Json) -> WireItem:
    bodies = [one for one in list_of(item.get("bodies")) if isinstance(one, dict)]
    texts = [
        str(item[key])
        for key in ("body_html", "body_xhtml", "body_text", "body")
        if isinstance(item.get(key), str) and item[key].strip()
    ]
    texts += [
        str(item[key])
        for key in item
        if key.startswith("body_") and isinstance(item[key], str) and item[key].strip()
    ]
    texts += [str(one["value"]) for one in bodies if isinstance(one.get("value"), str)]
    flow = read_html(texts[0]) if texts else Flow()
    check_kind(item, flow, "the ninjs item")
    standard = object_of(item.get("standard"))
    record = record_of(item, " ".join(filter(None, ("ninjs", text_of(standard.get("version"))))))
    until = text_of(item.get("embargoed"))
    byline = list_of(item.get("byline")) or list_of(item.get("bylines")) or list_of(item.get("by"))
    return WireItem(
        record,
        text_of(item.get("headline"))
        or _by_role(item.get("headlines"), "main", "headline", "")
        or text_of(item.get("title") or item.get("titles") or item.get("name")),
        tuple(flow.paragraphs),
        story_id=record.guid,
        dateline=_dateline(item.get("dateline")),
        bylines=tuple(filter(None, map(text_of, byline))),
        credit_lines=tuple(
            filter(None, (text_of(item.get("creditline") or item.get("credit") or item.get("sourcecredit")),))
        ),
        captions=tuple(flow.captions),
        language=text_of(item.get("language") or item.get("contentlanguage")) or None,
        slug=text_of(item.get("slugline") or item.get("slug")) or None,
        published=read_moment(
            text_of(
                item.get("firstpublished")
                or item.get("firstcreated")
                or item.get("contentcreated")
                or item.get("versioncreated")
            )
        ),
        updated=read_moment(text_of(item.get("versioncreated"))),
        embargo=until,
        withheld=record.pubstatus == "withheld" and not until,
        usage_terms=" ".join(
            filter(
                None,
                map(
                    text_of,
                    list_of(item.get("usageterms"))
                    or list_of(
                        (item.get("rightsinfo") or {}).get("usageterms")
                        if isinstance(item.get("rightsinfo"), dict)
                        else None
                    ),
                ),
            )
        ),
        editors_notes=tuple(
            filter(
                None, map(text_of, list_of(item.get("ednote") or item.get("ednotes") or item.get("edNote")))
            )
        ),
        kind="\n".join((*record.genres, *record.signals, text_of(item.get("profile")))).strip() or None,
        url=next(
            (text_of(link.target) for link in record.links if link.relation in {"canonical", "self"}), None
        ),
    )


def _dateline(value: Any) -> str:
    return text_of(value.get("text") or value) if isinstance(value, dict) else text_of(value)


def _read_dpa(item: Json) -> WireItem:
    flow = read_html(_main_section(str(item.get("article_html") or "")))
    check_kind(item, flow, "the dpa-digitalwires entry")
    record = record_of(item, "dpa-digitalwires")
    notes = [
        text_of(one.get("ednote"))
        for one in list_of(item.get("ednotes"))
        if isinstance(one, dict) and is_note(str(one.get("role", "")))
    ]
    categories = [one for one in list_of(item.get("categories")) if isinstance(one, dict)]
    subjects = tuple(
        WireTopic(text_of(one.get("qcode")) or None, text_of(one.get("name")) or None)
        for one in categories
        if "genre" not in str(one.get("type", "")) and "keyword" not in str(one.get("type", ""))
    )
    genres = [
        text_of(one.get("name"))
        for one in (*categories, *list_of(item.get("genres")))
        if isinstance(one, dict)
        and ("genre" in str(one.get("type", "")) or "genre" in str(one.get("qcode", "")))
    ]
    until = text_of(item.get("embargoed"))
    values = {name: getattr(record, name) for name in record.__slots__}
    values |= {
        "subjects": record.subjects or tuple(dict.fromkeys(one for one in subjects if one.code or one.name)),
        "genres": record.genres or tuple(dict.fromkeys(filter(None, genres))),
        "provider": record.provider or text_of(item.get("creditline")) or None,
    }
    record = WireRecord(**values)
    return WireItem(
        record,
        text_of(item.get("headline")),
        tuple(flow.paragraphs),
        story_id=record.guid,
        dateline=text_of(item.get("dateline")),
        bylines=tuple(filter(None, (text_of(item.get("byline")),))),
        credit_lines=tuple(filter(None, (text_of(item.get("creditline")),))),
        captions=tuple(flow.captions),
        language=text_of(item.get("language")) or None,
        published=read_moment(
            text_of(item.get("content_created") or item.get("version_created") or item.get("updated"))
        ),
        updated=read_moment(text_of(item.get("version_created"))),
        embargo=until,
        withheld=record.pubstatus == "withheld" and not until,
        usage_terms=text_of(item.get("usageterms")),
        editors_notes=tuple(dict.fromkeys(filter(None, notes))),
        kind="\n".join((*record.genres, *record.signals)) or None,
    )


def _main_section(markup: str) -> str:
    """The section of the text; boxes and links stand in sections of their own."""
    start = markup.find('<section class="main')
    if start < 0:
        return markup
    end = markup.find("</section>", start)
    return markup[start : end if end > 0 else None]
