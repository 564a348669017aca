"""The pages of copy under embargo: what waits and until when. The text only to who has the password for it."""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response  # noqa: TC002 - FastAPI reads them

from copytaster.errors import CopytasterError
from copytaster.store.embargoes import count_embargoes, list_embargoes, next_hour, read_held
from newsdesk.web.formatting import name_kind, name_language

if TYPE_CHECKING:
    from fastapi import FastAPI
    from pydantic import SecretStr

    from copytaster.store.embargoes import Embargo, HeldCopy
    from newsdesk.web.backend import Backend
    from newsdesk.web.pages import PageRenderer

_ASK = {"WWW-Authenticate": 'Basic realm="copy under embargo", charset="UTF-8"', "Cache-Control": "no-store"}


def add_pages(app: FastAPI, backend: Backend, pages: PageRenderer, password: SecretStr | None) -> None:
    """Register the pages. Without a password no page shows a text."""

    @app.get("/embargoes", include_in_schema=False)
    def embargoes() -> Response:
        with backend.store.read() as connection:
            found = list_embargoes(connection)
        items = [_describe(one) for one in found]
        return pages.render("embargoes.html", items=items, complete=backend.recall_complete())

    @app.get("/embargoes/{embargo_id}", include_in_schema=False)
    def embargo(embargo_id: int) -> Response:
        with backend.store.read() as connection:
            held = read_held(connection, embargo_id)
        return pages.render(
            "embargo.html", e=_describe(held.facts), may_ask=password is not None, **_mask_text()
        )

    @app.get("/embargoes/{embargo_id}/text", include_in_schema=False)
    def embargo_text(embargo_id: int, request: Request) -> Response:
        if password is None or not knows(request.headers.get("authorization"), password.get_secret_value()):
            refused = pages.render(
                "problem.html",
                status=401 if password is not None else 403,
                title="Under embargo",
                detail="Only who has the password of copy under embargo may read its text."
                if password is not None
                else "This installation shows copy under embargo on the command line alone.",
            )
            refused.headers.update(_ASK if password is not None else {})
            return refused
        with backend.store.read() as connection:
            held = read_held(connection, embargo_id)
        shown = pages.render("embargo.html", e=_describe(held.facts), may_ask=False, **_show_text(held))
        shown.headers["Cache-Control"] = "no-store"
        return shown


def describe_waiting(backend: Backend) -> dict[str, Any] | None:
    """How many stories wait for their hour, and the next hour, for the search page; None without a store, which it can do without."""
    try:
        with backend.store.read() as connection:
            return {"count": count_embargoes(connection), "next": next_hour(connection)}
    except CopytasterError:
        return None


def knows(header: str | None, password: str) -> bool:
    """True if an `Authorization` header of the Basic scheme has this password, under whatever name."""
    scheme, _, packed = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        given = base64.b64decode(packed.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(given, password.encode())


def _describe(facts: Embargo) -> dict[str, Any]:
    return {
        "id": facts.id,
        "until": facts.until,
        "is_due": facts.until is not None and facts.until <= datetime.now(UTC),
        "agency": facts.agency,
        "publisher": facts.publisher,
        "source": facts.source,
        "kind": name_kind(facts.kind) if facts.kind else None,
        "language": name_language(facts.language) if facts.language else None,
        "received_at": facts.received_at,
    }


def _mask_text() -> dict[str, Any]:
    return {"headline": None, "note": None, "dateline": None, "paragraphs": [], "terms": None, "dir_of": ""}


def _show_text(held: HeldCopy) -> dict[str, Any]:
    story = held.story
    return {
        "headline": story.headline,
        "note": story.editors_note,
        "terms": story.usage_terms,
        "dateline": story.dateline.raw if story.dateline else None,
        "paragraphs": [paragraph for paragraph in story.body.split("\n\n") if paragraph.strip()],
        "dir_of": story.language or "",
    }
