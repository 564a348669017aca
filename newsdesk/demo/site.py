"""The responses of an outlet's web server: a pure function of path, start and elapsed seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field's type
from hashlib import blake2b

from newsdesk.demo.feeds import CONTENT_TYPES, render_feed
from newsdesk.demo.outlets import Outlet  # noqa: TC001 - a field's type
from newsdesk.demo.pages import draw_picture, edit, list_editions, render_front, render_page
from newsdesk.demo.scenario import load_pages

HTML = "text/html; charset=utf-8"
FORBIDDEN_PATH = "/members/"  # disallowed by robots.txt
ROBOTS = f"User-agent: *\nDisallow: {FORBIDDEN_PATH}\nAllow: /\n"
_MEMBERS_PAGE = "<!doctype html><title>Members</title><p>This page is for members, and not for robots.</p>"


@dataclass(frozen=True, slots=True)
class Reply:
    """A response before its conditions are checked; `changed_at` is None if the last change is unknown."""

    body: bytes
    content_type: str = HTML
    status: int = 200
    changed_at: datetime | None = None

    @property
    def etag(self) -> str:
        """A strong validator, computed from the body."""
        return f'"{blake2b(self.body, digest_size=10).hexdigest()}"'


NOT_FOUND = Reply(b"<!doctype html><title>404</title><p>There is no such page.</p>", status=404)


@dataclass(frozen=True, slots=True)
class Site:
    """One outlet at one origin, e.g. `http://127.0.0.2:8000`, whose scenario starts at `base`."""

    outlet: Outlet
    origin: str
    base: datetime

    def answer(self, path: str, elapsed: float) -> Reply:
        """The reply to a GET of `path` (with its query, which may hold campaign parameters)."""
        if path == "/robots.txt":
            return Reply(ROBOTS.encode(), "text/plain; charset=utf-8")
        if path.startswith(FORBIDDEN_PATH):
            return Reply(_MEMBERS_PAGE.encode())
        if path.startswith("/pictures/"):
            return self._answer_picture(path)
        if path in (self.outlet.feed.path, "/"):
            return self._answer_list(elapsed, is_feed=path != "/")
        return self._answer_page(path, elapsed)

    def _answer_picture(self, path: str) -> Reply:
        number = path.removeprefix("/pictures/").removesuffix(".svg")
        return Reply(draw_picture(int(number)).encode(), "image/svg+xml") if number.isdecimal() else NOT_FOUND

    def _answer_list(self, elapsed: float, *, is_feed: bool) -> Reply:
        editions = list_editions(self.outlet, origin=self.origin, base=self.base, elapsed=elapsed)
        render = render_feed if is_feed else render_front
        content_type = CONTENT_TYPES[self.outlet.feed.kind] if is_feed else HTML
        changed_at = max((edition.updated_at for edition in editions), default=None)
        return Reply(
            render(self.outlet, editions, origin=self.origin).encode(), content_type, changed_at=changed_at
        )

    def _answer_page(self, path: str, elapsed: float) -> Reply:
        wanted = (path, path.partition("?")[0])
        found = next((pair for pair in load_pages()[self.outlet.key] if pair[0].path in wanted), None)
        edition = (
            edit(self.outlet, *found, origin=self.origin, base=self.base, elapsed=elapsed) if found else None
        )
        if edition is None:
            return NOT_FOUND
        body = render_page(edition, origin=self.origin, base=self.base)
        return Reply(body.encode(), changed_at=edition.updated_at)
