"""`/feeds/KEY.atom` and `.json`: what a subscription tells, for feed readers. The key is the secret of its owner."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from fastapi import FastAPI, Request, Response
from lxml import etree

from copytaster.store.subscription_facts import list_told
from copytaster.store.subscriptions import find_feed
from copytaster.values import iso
from newsdesk.operations.completeness import completeness_to_json, describe_completeness
from newsdesk.operations.subscriptions.messages import address_of, read_facts
from newsdesk.web.search.exports import ATOM, add_element

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copytaster.store.subscriptions import Subscription
    from newsdesk.operations.completeness import Completeness
    from newsdesk.operations.subscriptions.messages import Told
    from newsdesk.web.backend import Backend

ITEMS = 100
VERSION = "https://jsonfeed.org/version/1.1"


def add_feeds(app: FastAPI, backend: Backend) -> None:
    """Register the addresses."""

    @app.get("/feeds/{key}.{form}", include_in_schema=False)
    def feed(key: str, form: Literal["atom", "json"], request: Request) -> Response:
        now = datetime.now(UTC)
        with backend.store.read() as connection:
            found = find_feed(connection, key)
            facts = list_told(connection, found.id, limit=ITEMS)
            told = read_facts(connection, facts, found, now=now).told
        root = str(request.base_url).rstrip("/")
        shown = _Feed(found, told, root, f"{root}/feeds/{key}.{form}", backend.recall_complete())
        if form == "atom":
            text, media_type = _write_atom(shown), "application/atom+xml; charset=utf-8"
        else:
            text, media_type = _write_json(shown), "application/feed+json"
        return Response(text, media_type=media_type, headers=backend.complete_headers())


class _Feed(NamedTuple):
    """What a feed shows: the addresses of the service and its own, and how complete it is, where the store says so."""

    found: Subscription
    told: Sequence[Told]
    root: str
    own: str
    complete: Completeness | None


def _write_json(feed: _Feed) -> bytes:
    found, told, root, own, complete = feed
    items: list[dict[str, Any]] = [
        {
            "id": f"{address_of(one, root)}#{one.id}",
            "url": address_of(one, root),
            "title": one.title,
            "content_text": one.lead,
            "date_published": iso(one.at),
            "tags": [one.reason],
            **({"authors": [{"name": one.agency}]} if one.agency else {}),
        }
        for one in told
    ]
    shape: dict[str, Any] = {
        "version": VERSION,
        "title": found.name,
        "home_page_url": f"{root}/",
        "feed_url": own,
        "items": items,
    }
    if complete is not None:  # own members of a feed begin with an underscore
        shape |= {
            "description": describe_completeness(complete),
            "_completeness": completeness_to_json(complete),
        }
    return json.dumps(shape, ensure_ascii=False).encode()


def _write_atom(shown: _Feed) -> bytes:
    found, told, root, own, complete = shown
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})

    def add(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
        return add_element(parent, f"{{{ATOM}}}{tag}", text, **attributes)

    add(feed, "id", own)
    add(feed, "title", found.name)
    if complete is not None:
        add(feed, "subtitle", describe_completeness(complete))
    add(feed, "updated", max((one.at for one in told), default=found.made_at).isoformat())
    add(add(feed, "author"), "name", "Copytaster")
    add(feed, "link", rel="self", type="application/atom+xml", href=own)
    for one in told:
        entry = add(feed, "entry")
        add(entry, "id", f"{address_of(one, root)}#{one.id}")
        add(entry, "title", one.title)
        add(entry, "updated", one.at.isoformat())
        add(entry, "link", rel="alternate", type="text/html", href=address_of(one, root))
        add(entry, "category", term=one.reason)
        if one.agency:
            add(add(entry, "author"), "name", one.agency)
        add(entry, "summary", one.lead)
    return bytes(etree.tostring(feed, xml_declaration=True, encoding="utf-8"))
