"""The AP Media API: an item as JSON, its text as the NITF that came with it."""

from __future__ import annotations

from typing import Any

from copytaster.wire.formats.flow import Flow, read_flow, read_html
from copytaster.wire.formats.item import WireItem
from copytaster.wire.formats.json_values import Json, check_kind, list_of, record_of, text_of
from copytaster.wire.formats.moments import read_moment
from copytaster.wire.formats.nitf import notes_of
from copytaster.wire.formats.xml import child, read_xml


def read_ap(value: Json) -> WireItem:
    """One item of the AP Media API."""
    item = value["data"]["item"]
    nitf = value.get("nitf") or value["data"].get("nitf") or item.get("nitf") or item.get("body_nitf") or ""
    flow, notes = _ap_text(item, nitf)
    check_kind(item, flow, "the AP item")
    record = record_of(item, " ".join(filter(None, ("AP Media API", text_of(value.get("api_version"))))))
    altids = item.get("altids") if isinstance(item.get("altids"), dict) else {}
    place = item.get("datelinelocation") if isinstance(item.get("datelinelocation"), dict) else {}
    until = text_of(item.get("embargoed") or item.get("releasedatetime"))
    bylines = [
        text_of(one.get("by") or one.get("name")) if isinstance(one, dict) else text_of(one)
        for one in list_of(item.get("bylines"))
    ]
    return WireItem(
        record,
        text_of(item.get("headline")) or text_of(item.get("headline_extended")) or text_of(item.get("title")),
        tuple(flow.paragraphs),
        story_id=text_of(altids.get("itemid")) or record.guid,
        dateline=text_of(item.get("dateline")) or text_of(place.get("city")),
        bylines=tuple(filter(None, bylines)),
        credit_lines=tuple(
            filter(
                None,
                (
                    text_of(item.get("creditline")),
                    "The Associated Press" if not item.get("infosource") else text_of(item["infosource"]),
                ),
            )
        ),
        captions=tuple(flow.captions),
        language=text_of(item.get("language")) or None,
        slug=text_of(item.get("slugline") or item.get("title")) or None,
        published=read_moment(text_of(item.get("firstcreated"))),
        updated=read_moment(text_of(item.get("versioncreated"))),
        embargo=until,
        withheld=record.pubstatus == "withheld" and not until,
        usage_terms=" ".join(filter(None, map(text_of, list_of(item.get("usageterms"))))),
        editors_notes=tuple(
            dict.fromkeys(
                filter(None, (*map(text_of, list_of(item.get("ednote") or item.get("ednotes"))), *notes))
            )
        ),
        kind="\n".join((*record.genres, *record.signals)) or None,
    )


def _ap_text(item: Json, nitf: Any) -> tuple[Flow, tuple[str, ...]]:
    """The text of an AP item: the NITF that came with it, or its body."""
    if isinstance(nitf, dict):
        return read_html(str(nitf.get("body_html") or nitf.get("body") or "")), ()
    if isinstance(nitf, str) and "<nitf" in nitf:
        root, _ = read_xml(nitf.encode())
        body = child(root, "body", "body.content")
        flow = read_flow(body) if body is not None else Flow()
        return flow, notes_of(child(root, "head", "docdata"), child(root, "body", "body.head"))
    body_value = next(
        (
            item[key]
            for key in ("body_html", "body_text", "body", "body_nitf")
            if isinstance(item.get(key), str)
        ),
        nitf,
    )
    return read_html(body_value if isinstance(body_value, str) else ""), ()
