"""Pages of dispatches, each with the agency that wrote it; copies name the agency in different places.

Picture credits and the text of many copies name a rival agency, which wrote nothing.
"""

from __future__ import annotations

import html
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.copy.house import restyle
from bench.copy.lexicon import ENGLISH
from bench.copy.stories import TOPICS, write_story

if TYPE_CHECKING:
    from collections.abc import Iterator

_AGENCIES = ("Reuters", "AP", "AFP", "dpa", "Xinhua", "TASS", "EFE", "ANSA")
_LONG = {"AP": "The Associated Press", "AFP": "Agence France-Presse"}
_PHOTOS = {
    "Reuters": "REUTERS/{name}/Files",
    "AP": "AP Photo/{name}",
    "AFP": "(Photo by {name} / AFP)",
    "dpa": "Photo: {name}/dpa",
    "Xinhua": "(Xinhua/{name})",
    "TASS": "{name}/TASS",
    "EFE": "EFE/{name}",
    "ANSA": "ANSA/{name}",
}
PLACES = ("dateline", "credit line", "byline", "sign-off", "copyright")


@dataclass(frozen=True, slots=True)
class CreditedPage:
    """One page of a dispatch.

    Attributes:
        group: the dispatch.
        named_in: the place where this page names the agency; empty if it does not.
        agency: the agency that wrote the dispatch; None if no copy names it.
        only_picture: only picture credits name an agency, so confidence must stay low.
    """

    group: str
    publisher: str
    url: str
    html: str
    named_in: str
    agency: str | None
    only_picture: bool = False


def write_credited(dispatches: int = 120, *, seed: int = 1) -> list[CreditedPage]:
    """Pages of `dispatches` dispatches, two to five each, in order of arrival.

    In two thirds of the dispatches one page names the agency, in one place; in a sixth several pages do. The rest
    have only picture credits, or an agency's name in the text.
    """
    chance = random.Random(f"credited {seed}")
    pages = [page for number in range(dispatches) for page in _write_dispatch(number, seed, chance)]
    return sorted(pages, key=lambda _: chance.random())


def _write_dispatch(number: int, seed: int, chance: random.Random) -> Iterator[CreditedPage]:
    agency, rival = chance.sample(_AGENCIES, 2)
    kind = ("one", "one", "one", "one", "several", ("mention", "picture")[number // 6 % 2])[number % 6]
    story = write_story(TOPICS[number % len(TOPICS)], f"credited {seed} {number}", words=220)
    copies = chance.randint(2, 5)
    named = {"one": {chance.randrange(copies)}, "several": set(range(max(2, copies - 1)))}.get(kind, set())
    for copy in range(copies):
        place = PLACES[(number + copy) % len(PLACES)] if copy in named else ""
        publisher = f"Outlet {chance.randint(1, 300)}"
        pictured = {"picture": agency, "mention": None}.get(kind, rival if chance.random() < 0.5 else None)  # noqa: PLR2004
        body = _print(story, agency, place, chance, mentioned=None if kind == "picture" else rival)
        page = _set_page(body, publisher, pictured, place, agency, chance)
        url = f"https://outlet.example/{seed}/{number}/{copy}"
        truth = None if kind == "mention" else agency
        yield CreditedPage(f"credited {number}", publisher, url, page, place, truth, kind == "picture")


def _print(
    story: list[str], agency: str, place: str, chance: random.Random, *, mentioned: str | None
) -> list[str]:
    style = chance.random()
    paragraphs = [restyle(paragraph, random.Random(style)) for paragraph in story]
    if mentioned is not None and chance.random() < 0.7:  # noqa: PLR2004
        said = chance.choice(
            (
                f"The minister told {mentioned} on Monday that no decision had been taken.",
                f"An official quoted by {mentioned} put the figure lower, without giving a source.",
                f"A {mentioned} photographer at the scene saw two lorries leave in the afternoon.",
            )
        )
        paragraphs.insert(chance.randint(1, len(paragraphs)), said)
    town = ENGLISH.draw("town", chance)
    opening = (
        f"{town.upper()} ({agency}) - " if place == "dateline" else chance.choice((f"{town.upper()} - ", ""))
    )
    paragraphs[0] = opening + paragraphs[0]
    if place == "sign-off":
        paragraphs.append(chance.choice((f"- {agency}", f"({agency})", f"— {_LONG.get(agency, agency)}")))
    if place == "copyright":
        paragraphs.append(f"Copyright 2026 {_LONG.get(agency, agency)}. All rights reserved.")
    return paragraphs


def _set_page(
    paragraphs: list[str],
    publisher: str,
    pictured: str | None,
    place: str,
    agency: str,
    chance: random.Random,
) -> str:
    name = f"{chance.choice(('Otto', 'Mara', 'Ines'))} {chance.choice(('Dahl', 'Voss', 'Keller'))}"
    figure = ""
    if pictured is not None:
        credit = _PHOTOS[pictured].format(name=name)
        figure = f"<figure><img src='a.jpg'><figcaption>The scene on Monday. {html.escape(credit)}</figcaption></figure>"
    byline = {
        "byline": f"<p class='byline'>By {_LONG.get(agency, agency)}</p>",
        "credit line": f"<p class='source'>Source: {agency}</p>",
    }.get(
        place,
        chance.choice(
            ("", f"<p class='byline'>By {name}</p>", "<p class='byline'>From our correspondent</p>")
        ),
    )
    headline = " ".join(paragraphs[0].split()[3:11]).rstrip(".,")
    body = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in paragraphs)
    return (
        f"<!doctype html><html lang='en'><head><title>{html.escape(headline)}</title>"
        f"<meta property='og:site_name' content='{publisher}'></head><body><nav><a href='/'>{publisher}</a></nav>"
        f"<article><h1>{html.escape(headline)}</h1>{byline}{figure}{body}</article></body></html>"
    )
