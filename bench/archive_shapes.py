"""Pages as sites of several kinds print them: a news site, an old one laid out in tables, a blog, one with comments, one in an old charset.

Each prints one story among menus, other stories and boxes that are not of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Printed:
    """A story to be printed; `moment` as ISO 8601."""

    headline: str
    paragraphs: Sequence[str]
    site: str
    url: str
    moment: str
    byline: str = "Ann Roe"


def write_shape(number: int, story: Printed) -> tuple[bytes, str]:
    """The page of one of the kinds of site, by a number, and its content type."""
    shape = SHAPES[number % len(SHAPES)]
    charset = "windows-1252" if shape is _old_charset else "utf-8"
    return shape(story).encode(charset, "xmlcharrefreplace"), f"text/html; charset={charset}"


def _lines(story: Printed) -> str:
    return "".join(f"<p>{escape(line)}</p>\n" for line in story.paragraphs)


def _others(count: int) -> str:
    return "".join(
        f"<li><a href='/2026/02/{at}.html'>Earlier report {at} of our staff</a></li>" for at in range(count)
    )


def _data(story: Printed, kind: str = "NewsArticle") -> dict[str, object]:
    return {
        "@type": kind, "headline": story.headline, "datePublished": story.moment, "mainEntityOfPage": story.url,
        "author": {"@type": "Person", "name": story.byline}, "publisher": {"@type": "Organization", "name": story.site},
    }  # fmt: skip


def _script(data: object) -> str:
    return f"<script type='application/ld+json'>{json.dumps(data)}</script>"


def _plain(story: Printed) -> str:
    head = escape(story.headline)
    return (
        f"<!doctype html><html lang='en'><head><title>{head}</title><meta property='og:type' content='article'>"
        f"<meta property='article:published_time' content='{story.moment}'></head><body><nav><ul>{_others(40)}</ul></nav>"
        f"<main><article><h1>{head}</h1>{_lines(story)}</article></main><aside><ul>{_others(40)}</ul></aside></body></html>"
    )


def _news_site(story: Printed) -> str:
    head, lines = escape(story.headline), _lines(story).split("\n")
    half = len(lines) // 2
    box = f"<div class='related'><h3>More on this</h3><ul>{_others(4)}</ul></div>"
    picture = (
        "<figure><img src='/a.jpg'><figcaption>The scene on Sunday. AP Photo/Jo Hale</figcaption></figure>"
    )
    scripts = "<script>var layer = {};</script>" * 20
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{head} | {story.site}</title>"
        f"<link rel='canonical' href='{story.url}'><meta property='og:title' content='{head}'>"
        f"{_script({'@context': 'https://schema.org', **_data(story)})}{scripts}</head><body><header><ul>{_others(25)}</ul></header>"
        f"<div class='page'><div class='story'><h1 class='hl'>{head}</h1><div class='meta'>By {story.byline} <time datetime='{story.moment}'>"
        f"1 March 2026</time></div>{picture}<div class='body'>{''.join(lines[:half])}{box}{''.join(lines[half:])}</div>"
        f"<div class='share'>Share Tweet Mail</div></div><div class='rail'><ul>{_others(30)}</ul></div></div>"
        f"<footer><p>Copyright 2026 {story.site}. All rights reserved.</p></footer></body></html>"
    )


def _tables(story: Printed) -> str:
    head = escape(story.headline)
    text = "<br><br>\n".join(escape(line) for line in story.paragraphs)
    return (
        f"<html><head><title>{story.site}: {head}</title></head><body bgcolor=white><table width=760><tr><td colspan=3>"
        f"<a href='/'>{story.site}</a></td></tr><tr><td width=150 valign=top><ul>{_others(30)}</ul></td><td valign=top>"
        f"<font size=5><b>{head}</b></font><br><font size=2>By {story.byline}<br>March 1, 2026</font><br><br>{text}</td>"
        f"<td width=160 valign=top><ul>{_others(15)}</ul></td></tr></table></body></html>"
    )


def _blog(story: Printed) -> str:
    head = escape(story.headline)
    graph = [
        {"@type": "WebSite", "name": story.site},
        _data(story, "Article"),
        {"@type": "Person", "name": story.byline},
    ]
    return (
        f"<!doctype html><html lang='en-GB'><head><meta charset='utf-8'><title>{head} - {story.site}</title>"
        f"<meta property='og:site_name' content='{story.site}'>{_script({'@context': 'https://schema.org', '@graph': graph})}"
        f"</head><body class='single'><div id='masthead'><ul class='menu'>{_others(12)}</ul></div><article class='post hentry'>"
        f"<header><h1 class='entry-title'>{head}</h1></header><div class='entry-content'>{_lines(story)}</div>"
        f"<footer>Tags: harbour, town</footer></article><div class='author'><p>{story.byline} writes about the town and its"
        f" people, and has done so for twelve years.</p></div><div class='widget'><ul>{_others(20)}</ul></div></body></html>"
    )


def _with_comments(story: Printed) -> str:
    comments = "".join(
        f"<div class='comment'><b>reader{at}</b><p>I do not believe a word of it, number {at} is what they always say.</p></div>"
        for at in range(15)
    )
    return _news_site(story).replace(
        "<footer>", f"<section id='comments'><h2>Comments</h2>{comments}</section><footer>"
    )


def _old_charset(story: Printed) -> str:
    head = escape(story.headline)
    return (
        f"<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Transitional//EN'><html><head><title>{head} – {story.site}</title>"
        f"<meta name='date' content='{story.moment}'></head><body><div id='navi'>{_others(20)}</div><div id='content'><h2>{head}</h2>"
        f"<p class='lead'>“Town and country” – from our staff</p>{_lines(story)}<p class='back'><a href='/'>« back</a></p></div></body></html>"
    )


SHAPES: tuple[Callable[[Printed], str], ...] = (
    _plain, _news_site, _tables, _blog, _with_comments, _old_charset,
)  # fmt: skip
