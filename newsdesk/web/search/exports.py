"""A list of dispatches in other programs' formats: JSON, NDJSON, CSV, RSS, Atom and ninjs, each for the same search."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum
from html import escape
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple
from urllib.parse import urlencode

from fastapi import FastAPI, Query, Request, Response
from lxml import etree
from pydantic import Field

from indexer.search import MAX_DEPTH, MAX_PAGE
from newsdesk.operations.completeness import completeness_to_json, describe_completeness
from newsdesk.web.parameters import SearchParameters
from newsdesk.web.search.rise import read_rise
from newsdesk.web.spreadsheet import write_sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from indexer.search import SearchPage, SearchQuery
    from newsdesk.operations.completeness import Completeness
    from newsdesk.web.backend import Backend
    from newsdesk.web.marks.filter import MarkFilter

ATOM = "http://www.w3.org/2005/Atom"
COLUMNS = (
    "id", "headline", "agency", "state", "kind", "language", "published_at", "first_seen", "news_at", "news",
    "publishers", "owners", "versions", "corrections", "old_text_online", "address",
)  # fmt: skip
_PUBSTATUS = {"live": "usable", "withdrawn": "canceled", "merged": "canceled"}
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
)  # what XML 1.0 cannot hold


class Format(StrEnum):
    """The ending of an address, and the format, in the order in which a page offers them."""

    ATOM = "atom"
    RSS = "rss"
    CSV = "csv"
    JSON = "json"
    NDJSON = "ndjson"
    NINJS = "ninjs"


FEEDS = frozenset({Format.RSS, Format.ATOM})


class ExportParameters(SearchParameters):
    """Parameters of an export: those of the list, and how many dispatches."""

    limit: int = Field(MAX_PAGE, ge=1, le=MAX_DEPTH, description=f"Dispatches, 1 to {MAX_DEPTH}.")

    def to_query(self, zone: ZoneInfo, form: Format) -> SearchQuery:
        """The search to run, a page of it at a time; feeds are always newest first.

        Raises:
            UsageError: a day, moment or bound cannot be read.
        """
        query = self._build_query(zone, limit=min(self.limit, MAX_PAGE), highlight=False)
        return replace(query, sort="newest") if form in FEEDS else query


class Export(NamedTuple):
    """The dispatches of a list, and where it is.

    `root` is the address of the service without a slash at its end, `page` that of the list, `total` how many there are;
    `complete` is None while the store cannot be read.
    """

    documents: Sequence[Mapping[str, Any]]
    total: int
    root: str
    page: str
    name: str
    complete: Completeness | None

    def address(self, document: Mapping[str, Any]) -> str:
        """The address of a dispatch's page."""
        return f"{self.root}/dispatches/{document['dispatch_id']}"


def add_exports(app: FastAPI, backend: Backend, marks: MarkFilter) -> None:
    """Add the address of each format."""

    @app.get("/dispatches.{form}", include_in_schema=False)
    def export(form: Format, parameters: Annotated[ExportParameters, Query()], request: Request) -> Response:
        narrowed = marks.narrow(parameters.to_query(backend.zone, form), parameters, request)
        documents, total = _collect(backend, narrowed.query, parameters.limit)
        root = str(request.base_url).rstrip("/")
        pairs = [pair for pair in request.query_params.multi_items() if pair[0] != "limit"]
        page = f"{root}/?{urlencode(pairs)}" if pairs else f"{root}/"
        name = f"Copytaster: {parameters.q.strip()}" if parameters.q.strip() else "Copytaster"
        write, media_type = _WRITERS[form]
        headers = {
            "Copytaster-Total": str(total),
            "Copytaster-Left-Out": str(total - len(documents)),
            **backend.complete_headers(),
            **narrowed.headers(),
        }
        if form in {Format.CSV, Format.NDJSON}:
            headers["Content-Disposition"] = f'attachment; filename="dispatches.{form}"'
        text = write(Export(documents, total, root, page, name, backend.recall_complete()))
        return Response(text, media_type=media_type, headers=headers)


def describe_exports(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """A link to each format of a list with these parameters."""
    tail = f"?{urlencode(pairs)}" if pairs else ""
    names = {Format.ATOM: "Atom", Format.RSS: "RSS", Format.NINJS: "ninjs"}
    return [
        {
            "label": names.get(form, form.upper()),
            "href": f"/dispatches.{form}{tail}",
            "type": _WRITERS[form][1].partition(";")[0] if form in FEEDS else "",
        }
        for form in Format
    ]


def _collect(backend: Backend, query: SearchQuery, limit: int) -> tuple[list[Mapping[str, Any]], int]:
    """Documents in the order of the search, and how many it finds in all."""
    documents: list[Mapping[str, Any]] = []
    while True:
        page: SearchPage = backend.search(query)
        documents += [hit.document for hit in page.hits]
        if page.next is None or len(documents) >= limit:
            return documents[:limit], max(page.total.value, len(documents))
        query = replace(query, cursor=page.next)


def _write_json(export: Export) -> bytes:
    value = {
        "items": export.documents,
        "total": export.total,
        "left_out": export.total - len(export.documents),
        "completeness": None if export.complete is None else completeness_to_json(export.complete),
    }
    return json.dumps(value, ensure_ascii=False).encode()


def _write_ndjson(export: Export) -> bytes:
    return b"".join(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in export.documents)


def _write_csv(export: Export) -> bytes:
    rows = (
        (
            one["dispatch_id"], one["headline"], one.get("agency"), one["state"], one.get("kind"),
            one.get("language"), one.get("published_at"), one.get("first_seen"), one.get("news_at"),
            read_rise(one).why, one.get("publisher_count"), one.get("family_count"), one.get("version_count"),
            one.get("correction_count"), "yes" if one.get("has_uncorrected") else "no", export.address(one),
        )
        for one in export.documents
    )  # fmt: skip
    return write_sheet(COLUMNS, rows).encode()


def _write_atom(export: Export) -> bytes:
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})

    def add(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
        return add_element(parent, f"{{{ATOM}}}{tag}", text, **attributes)

    add(root, "id", export.page)
    add(root, "title", export.name)
    if export.complete is not None:
        add(root, "subtitle", describe_completeness(export.complete))
    add(root, "updated", _find_newest(export).isoformat())
    add(add(root, "author"), "name", "Copytaster")
    add(root, "link", rel="alternate", type="text/html", href=export.page)
    for one in export.documents:
        entry, rise = add(root, "entry"), read_rise(one)
        add(entry, "id", export.address(one))
        add(entry, "title", _title(one))
        add(entry, "updated", rise.at.isoformat())
        if one.get("published_at"):
            add(entry, "published", one["published_at"])
        add(entry, "link", rel="alternate", type="text/html", href=export.address(one))
        if one.get("agency"):
            add(add(entry, "author"), "name", one["agency"])
        for term in one.get("markers") or ():
            add(entry, "category", term=_printable(term))
        add(entry, "summary", one.get("lead") or "")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))


def _write_rss(export: Export) -> bytes:
    root = etree.Element("rss", version="2.0")
    channel = add_element(root, "channel")
    add_element(channel, "title", export.name)
    add_element(channel, "link", export.page)
    complete = "" if export.complete is None else f" {describe_completeness(export.complete)}"
    add_element(channel, "description", f"One item for each dispatch, whoever reprinted it.{complete}")
    add_element(channel, "lastBuildDate", format_datetime(_find_newest(export), usegmt=True))
    for one in export.documents:
        item = add_element(channel, "item")
        add_element(item, "title", _title(one))
        add_element(item, "link", export.address(one))
        add_element(item, "guid", export.address(one), isPermaLink="true")
        add_element(item, "pubDate", format_datetime(read_rise(one).at.astimezone(UTC), usegmt=True))
        for term in one.get("markers") or ():
            add_element(item, "category", term)
        add_element(item, "description", escape(one.get("lead") or "", quote=False))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))


def _write_ninjs(export: Export) -> bytes:
    return json.dumps(
        [make_ninjs(one, export.address(one)) for one in export.documents], ensure_ascii=False
    ).encode()


def make_ninjs(document: Mapping[str, Any], address: str) -> dict[str, Any]:
    """A dispatch as an item of ninjs 3; the agency's versions are associations, oldest first, each named by its step."""
    paragraphs = [line for line in (document.get("body") or "").split("\n\n") if line.strip()]
    html = "".join(f"<p>{escape(line, quote=False)}</p>" for line in paragraphs)
    steps = [
        {
            "name": "-".join(str(part) for part in (step["kind"], step["number"]) if part is not None),
            "uri": f"{address}#version-{step['version']}",
            "type": "text",
            "versioncreated": step["at"],
            "headlines": [{"role": "main", "value": step["headline"]}],
        }
        for step in document.get("chain") or ()
    ]
    found = {
        "standard": {"name": "ninjs", "version": "3.0"},
        "uri": address,
        "type": "text",
        "version": str(document["rev"]),
        "pubstatus": _PUBSTATUS[document["state"]],
        "firstcreated": document.get("published_at") or document.get("first_seen"),
        "versioncreated": document.get("updated_at") or document.get("last_changed"),
        "embargoed": document.get("embargoed_until"),
        "language": document.get("language"),
        "headlines": [{"role": "main", "value": document["headline"]}],
        "slugline": document.get("slugline"),
        "bylines": [{"value": name} for name in document.get("byline") or ()],
        "dateline": document.get("dateline"),
        "creditline": document.get("agency"),
        "infosources": [{"role": "publisher", "name": name} for name in document.get("publishers") or ()],
        "usageterms": document.get("usage_terms"),
        "ednote": document.get("editors_note"),
        "bodies": [{"role": "main", "contenttype": "text/html", "value": html}] if html else [],
        "associations": steps,
    }
    return {name: value for name, value in found.items() if value}


def _title(document: Mapping[str, Any]) -> str:
    """The headline, and in front of it why it is news again."""
    why = read_rise(document).why
    return f"{why.upper()}: {document['headline']}" if why else document["headline"]


def _find_newest(export: Export) -> datetime:
    moments = [read_rise(one).at.astimezone(UTC) for one in export.documents]
    return max(moments, default=datetime(1970, 1, 1, tzinfo=UTC))


def add_element(
    parent: etree._Element, tag: str, text: str | None = None, **attributes: str
) -> etree._Element:
    """Add an element, without what XML cannot hold."""
    made = etree.SubElement(parent, tag, attributes)
    made.text = None if text is None else _printable(text)
    return made


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub("", text)


_WRITERS: dict[Format, tuple[Callable[[Export], bytes], str]] = {
    Format.JSON: (_write_json, "application/json"),
    Format.NDJSON: (_write_ndjson, "application/x-ndjson"),
    Format.CSV: (_write_csv, "text/csv; charset=utf-8"),
    Format.RSS: (_write_rss, "application/rss+xml; charset=utf-8"),
    Format.ATOM: (_write_atom, "application/atom+xml; charset=utf-8"),
    Format.NINJS: (_write_ninjs, "application/json"),
}
