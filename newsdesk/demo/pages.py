"""The demo's HTML: story pages in each outlet's layout, front pages, and the lobby that lists the outlets."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from newsdesk.demo.retelling import retell, shorten
from newsdesk.demo.scenario import load_pages

if TYPE_CHECKING:
    from jinja2 import Template

    from newsdesk.demo.outlets import Outlet
    from newsdesk.demo.retelling import PrintedStory
    from newsdesk.demo.scenario import Printing, ScriptedDispatch, ScriptedPage


@dataclass(frozen=True, slots=True)
class Edition:
    """The content of one page at one moment. Times are in UTC, `*_local` ones in the outlet's zone."""

    outlet: Outlet
    page: ScriptedPage
    url: str
    story: PrintedStory
    published_at: datetime
    updated_at: datetime
    language: str
    slug: str = ""

    @property
    def summary(self) -> str:
        """The first 32 words."""
        return shorten(self.story, 32)

    @property
    def published_local(self) -> datetime:
        """`published_at` in the outlet's zone."""
        return self.published_at.astimezone(self.outlet.zone)

    @property
    def updated_local(self) -> datetime:
        """`updated_at` in the outlet's zone."""
        return self.updated_at.astimezone(self.outlet.zone)


def edit(
    outlet: Outlet,
    page: ScriptedPage,
    dispatch: ScriptedDispatch,
    *,
    origin: str,
    base: datetime,
    elapsed: float,
) -> Edition | None:
    """The page `elapsed` seconds after `base`; None before its first printing."""
    printing = page.printing_at(elapsed)
    if printing is None:
        return None
    filed_at = base + timedelta(seconds=dispatch.wires[printing.wire].offset_s)
    return Edition(
        outlet=outlet,
        page=page,
        url=origin + page.path,
        story=retell(dispatch, printing, outlet, filed_at),
        published_at=_moment(base, page.printings[0]),
        updated_at=_moment(base, printing),
        language=dispatch.language,
        slug=dispatch.slug,
    )


def _moment(base: datetime, printing: Printing) -> datetime:
    return (base + timedelta(seconds=printing.offset_s)).astimezone(UTC).replace(microsecond=0)


def list_editions(outlet: Outlet, *, origin: str, base: datetime, elapsed: float) -> list[Edition]:
    """Every page that the outlet shows after `elapsed` seconds, newest first."""
    editions = (
        edit(outlet, page, dispatch, origin=origin, base=base, elapsed=elapsed)
        for page, dispatch in load_pages()[outlet.key]
    )
    shown = [edition for edition in editions if edition]
    return sorted(shown, key=lambda edition: (edition.updated_at, edition.url), reverse=True)


def render_page(edition: Edition, *, origin: str, base: datetime) -> str:
    """The story in its outlet's layout, with related links, comments and other boilerplate."""
    return _layout(edition.outlet.layout).render(
        edition=edition,
        outlet=edition.outlet,
        story=edition.story,
        origin=origin,
        related=_relate(edition, origin=origin, base=base),
        comments=_comment(edition.page),
    )


def render_front(outlet: Outlet, editions: list[Edition], *, origin: str) -> str:
    """The outlet's front page: its headlines and the link to its feed."""
    return _layout("front").render(outlet=outlet, editions=editions, origin=origin)


def render_lobby(sites: list[tuple[Outlet, str, int]]) -> str:
    """The lobby: every outlet with its address and its number of stories."""
    return _layout("lobby").render(sites=sites)


def draw_picture(number: int) -> str:
    """An abstract landscape as SVG, different for every number."""
    hue, hill = number % 360, 60 + number % 50
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360" role="img">'
        f'<rect width="640" height="360" fill="hsl({hue} 30% 82%)"/>'
        f'<circle cx="{80 + number % 480}" cy="90" r="42" fill="hsl({(hue + 40) % 360} 60% 92%)"/>'
        f'<path d="M0 {360 - hill} Q160 {220 - hill} 330 {330 - hill} T640 {300 - hill} V360 H0Z" fill="hsl({hue} 28% 45%)"/>'
        f'<path d="M0 330 Q220 {330 - hill} 640 340 V360 H0Z" fill="hsl({hue} 32% 28%)"/></svg>'
    )


def _relate(edition: Edition, *, origin: str, base: datetime) -> list[Edition]:
    """Three other stories that the outlet shows from the start: fixed, so that a page changes only with its story."""
    others = [
        other
        for other in list_editions(edition.outlet, origin=origin, base=base, elapsed=0)
        if other.url != edition.url and other.language == edition.language
    ]
    start = edition.page.number % max(1, len(others))
    return (others[start:] + others[:start])[:3]


@dataclass(frozen=True, slots=True)
class Comment:
    """An invented reader's comment under a story."""

    name: str
    text: str
    ago: str = ""


@cache
def list_comments() -> tuple[Comment, ...]:
    """Every comment of comments.toml."""
    text = files(__package__).joinpath("comments.toml").read_text(encoding="utf-8")
    return tuple(Comment(**entry) for entry in tomllib.loads(text)["comments"])


def _comment(page: ScriptedPage) -> list[Comment]:
    pool, count = list_comments(), 2 + page.number % 4
    chosen = [pool[(page.number // 7 + 5 * index) % len(pool)] for index in range(count)]
    return [
        replace(comment, ago=f"{3 + (page.number + 11 * index) % 50} min ago")
        for index, comment in enumerate(chosen)
    ]


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("newsdesk.demo", "layouts"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _layout(name: str) -> Template:
    return _environment().get_template(f"{name}.html")
