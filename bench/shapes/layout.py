"""Pages of invented publishers: one story each, laid out as its publisher does, and the text that a reader would mark."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import escape
from random import Random
from typing import TYPE_CHECKING, Any

from bench.shapes.copy import languages, write_copy
from bench.shapes.markup import BETWEEN, CONTAINERS, PARAGRAPHS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.shapes.copy import Copy

_KEY = re.compile(r"K(\d)")
# Class names of a publisher's paragraph, row, body, rest of the body, standfirst, box and slot; odd seeds have the second table.
_FIRST_NAMINGS = {
    "plain": "text para article-text fold intro box ad",
    "none": "",
    "blocks": "story__text story__row story__body story__rest story__lead story__insert story__slot",
    "hashed": "css-1x8ka sc-77ab2 css-9fk2l css-0ab1c sc-13a8k css-77fa1 css-55b1q",
    "utility": "mt-4 flex max-w-prose pt-2 text-lg border-l p-1",
    "content": "c-p c-row entry-content c-more lede c-rel c-slot",
}
_SECOND_NAMINGS = {
    "camel": "bodyPara rowWrap storyContent storyMore introText moreBox adSlot",
    "short": "tx rw bd rs st bx sl",
    "framework": "paragraph--type--text field__item node__body field--more field--summary view-block dfp",
    "hashed": "_a81kd _b2x0s _c9kd1 _d02ka _e71ls _f99sk _g00aa",
    "none": "",
}
FRAMES = ("bare", "rail", "heavy", "blog", "old")
TOPS = ("nothing", "byline", "standfirst", "bold standfirst", "picture")
LENGTHS = (2, 3, 4, 8, 12, 20, 60)
CLAIMS = ("none", "none", "whole", "excerpt")


@dataclass(frozen=True, slots=True)
class House:
    """How one publisher lays out its pages."""

    name: str
    language: str
    paragraphs: str
    container: str
    naming: str
    names: dict[str, str]
    frame: str
    top: str
    claim: str


def houses(seed: int, many: int) -> Iterator[House]:
    """So many publishers; a seed gives the same ones again. Those of odd seeds print two boxes in a story."""
    chance = Random(seed)
    namings = _SECOND_NAMINGS if seed % 2 else _FIRST_NAMINGS
    for number in range(many):
        yield House(
            f"house-{seed}-{number}.example",
            chance.choice(languages()),
            chance.choice(list(PARAGRAPHS)),
            chance.choice(list(CONTAINERS)),
            chance.choice(list(namings)),
            namings,
            chance.choice(FRAMES),
            chance.choice(TOPS),
            chance.choice(CLAIMS),
        )


def lay_out(house: House, number: int) -> dict[str, Any]:
    """Page `number` of a publisher as an entry of the bench's streams, with `between` and `length` beside it."""
    chance = Random(f"{house.name} {number}")
    length = chance.choice(LENGTHS)
    copy = write_copy(house.language, chance, length)
    parts = PARAGRAPHS[house.paragraphs](copy.paragraphs)
    inserts = (
        chance.sample(list(BETWEEN), 2 if house.names is _SECOND_NAMINGS else 1) if len(parts) > 1 else []
    )
    own: list[str] = []
    for place, insert in enumerate(inserts, 1):
        printed, said = BETWEEN[insert](copy)
        parts.insert(max(1, place * len(parts) // (len(inserts) + 1)), printed)
        own += said
    top, lead = _top(house.top, copy)
    text = f"{top}{CONTAINERS[house.container](parts)}"
    html = _frame(house, copy, f"<h1>{escape(copy.title)}</h1>{text}", number)
    marked = [copy.title, *lead, *copy.paragraphs, *own]
    return {
        "publisher": house.name,
        "url": f"https://{house.name}/news/{number}-story",
        "n": number,
        "html": _name(html, house.names[house.naming]),
        "body": "\n\n".join(marked),
        "between": " and ".join(inserts) or "nothing",
        "length": length,
    }


def _top(kind: str, copy: Copy) -> tuple[str, list[str]]:
    lead = copy.items[3]
    if kind == "byline":
        return (
            "<div class=byline><span>Alma Vell</span> <time datetime='2026-05-04T09:00Z'>4 May 2026</time></div>",
            [],
        )
    if kind == "standfirst":
        return f'<div class="K4"><p>{escape(lead)}</p></div>', [lead]
    if kind == "bold standfirst":
        return f'<div class="K4"><b>{escape(lead)}</b></div>', [lead]
    if kind == "picture":
        return f"<figure><img src=/0.jpg><figcaption>{escape(copy.items[2][:50])}</figcaption></figure>", []
    return "", []


def _frame(house: House, copy: Copy, story: str, number: int) -> str:
    links = "".join(
        f'<li><a href="/s/{at}">{escape(title)}</a></li>' for at, (title, _) in enumerate(copy.others)
    )
    teasers = "".join(
        f'<div class="K5"><h3><a href="/n/{at}">{escape(title)}</a></h3><p>{escape(text)}</p></div>'
        for at, (title, text) in enumerate(copy.others[4:])
    )
    head = (
        f'<title>{escape(copy.title)} | House</title><meta property=og:title content="{escape(copy.title)}">'
    )
    head += f'<meta name=description content="{escape(copy.paragraphs[0][:150])}">'
    if house.claim != "none":
        body = " ".join(copy.paragraphs)
        said = {"@type": "NewsArticle", "headline": copy.title}
        said["articleBody"] = body if house.claim == "whole" else body[: max(260, len(body) // 3)]
        head += f'<script type="application/ld+json">{json.dumps(said)}</script>'
    menu = f"<div class=top><ul>{links * (12 if house.frame == 'heavy' else 1)}</ul></div>"
    foot = "<div class=bottom><p>House prints the news of the coast for all who live on it. © House 2026</p></div>"
    if house.frame == "bare":
        inner = f"<article>{story}</article>"
    elif house.frame == "rail":
        inner = f"{menu}<main><article>{story}</article></main><div class=rail>{teasers}</div>{foot}"
    elif house.frame == "heavy":
        inner = f"{menu}<div id=wrap><div class=main-col>{story}</div><div class=side-col>{teasers}<ul>{links * 6}</ul></div></div>{foot}"
    elif house.frame == "blog":
        inner = f"{menu}<div id=post-{number} class='post hentry'>{story}</div><h3>{escape(copy.next_line)}</h3>{teasers}{foot}"
    else:
        inner = f"<table><tr><td>{menu}</td><td width=500>{story}</td><td>{teasers}</td></tr></table>{foot}"
    return f"<!doctype html><html lang={copy.language}><head>{head}</head><body>{inner}</body></html>"


def _name(html: str, naming: str) -> str:
    names = naming.split()
    return _KEY.sub(lambda key: names[int(key[1])] if names else "", html).replace(' class=""', "")
