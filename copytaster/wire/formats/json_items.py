"""JSON formats: ninjs 1 to 3.3, the AP Media API and dpa-digitalwires."""

from __future__ import annotations

import json
from typing import Any

from copytaster.values import WireRecord, WireTopic
from copytaster.wire.formats.ap_json import read_ap
from copytaster.wire.formats.flow import Flow, read_html
from copytaster.wire.formats.item import WireItem, is_note, refuse_damaged
from copytaster.wire.formats.json_values import (
    Json,
    by_role,
    check_kind,
    list_of,
    object_of,
    record_of,
    text_of,
)
from copytaster.wire.formats.moments import read_moment
from copytaster.wire.formats.xml import decode

MAX_DEPTH = 60
_MAIN_ROLES = frozenset({"main", "body", "text", "story", "article", "full"})


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
    reader = {"AP Media API": read_ap, "dpa-digitalwires": _read_dpa, "ninjs": _read_ninjs}[value["_format"]]
    return reader(value)


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
    flow = read_html(texts[0]) if texts else _longest(bodies)
    check_kind(item, flow, "the ninjs item")
    standard = object_of(item.get("standard"))
    record = record_of(item, " ".join(filter(None, ("ninjs", text_of(standard.get("version"))))))
    until = text_of(item.get("embargoed"))
    byline = list_of(item.get("byline")) or list_of(item.get("bylines")) or list_of(item.get("by"))
    return WireItem(
        record,
        text_of(item.get("headline"))
        or by_role(item.get("headlines"), "main", "headline", "")
        or text_of(item.get("title") or item.get("titles") or item.get("name")),
        tuple(flow.paragraphs),
        story_id=record.guid,
        dateline=_dateline(item.get("dateline") or next(iter(list_of(item.get("datelines"))), None)),
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


def _longest(bodies: list[Json]) -> Flow:
    """The text of the longest body that names no other role: a summary and a caption are no text of the story."""
    named = [
        one for one in bodies if str(one.get("role") or "main").lower().rpartition(":")[2] in _MAIN_ROLES
    ]
    flows = [read_html(one["value"]) for one in named or bodies if isinstance(one.get("value"), str)]
    return max(flows, key=lambda flow: sum(map(len, flow.paragraphs)), default=Flow())


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
        slug=text_of(item.get("slugline")) or None,
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
