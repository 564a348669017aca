"""The ways in which sites mark up a story's text: each writes paragraphs, or what else belongs to a text."""

from __future__ import annotations

from html import escape
from itertools import cycle
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.shapes.copy import Copy

Parts = list[str]


def _each(before: str, after: str) -> Callable[[list[str]], Parts]:
    return lambda texts: [f"{before}{escape(text, quote=False)}{after}" for text in texts]


def _drop_cap(texts: list[str]) -> Parts:
    first, *rest = texts
    return [
        f"<p><span class=cap>{escape(first[0])}</span>{escape(first[1:], quote=False)}</p>",
        *_each("<p>", "</p>")(rest),
    ]


def _typed(texts: list[str]) -> Parts:
    return [f"<pre>{chr(10).join(f'{escape(text, quote=False)}{chr(10)}' for text in texts)}</pre>"]


def _mixed(texts: list[str]) -> Parts:
    marks = cycle((_each("<p>", "</p>"), _each("<div>", "</div>"), _each("", "<br><br>")))
    return [part for text, mark in zip(texts, marks, strict=False) for part in mark([text])]


def _emphasis(texts: list[str]) -> Parts:
    first, *rest = texts
    return [f"<p><strong>{escape(first, quote=False)}</strong></p>", *_each("<p>", "</p>")(rest)]


def _linked(texts: list[str]) -> Parts:
    return [
        f"<p><a href=/t/{at}>{escape(text[:30], quote=False)}</a>{escape(text[30:], quote=False)}</p>"
        for at, text in enumerate(texts)
    ]


PARAGRAPHS: dict[str, Callable[[list[str]], Parts]] = {
    "p": _each("<p>", "</p>"),
    "named p": _each('<p class="K0">', "</p>"),
    "div": _each("<div>", "</div>"),
    "named div": _each('<div class="K0">', "</div>"),
    "br": _each("", "<br><br>"),
    "br in p": lambda texts: [f"<p>{'<br><br>'.join(escape(text, quote=False) for text in texts)}</p>"],
    "section": _each("<section><p>", "</p></section>"),
    "wrapped": _each('<div class="K1"><div class="K0"><p>', "</p></div></div>"),
    "numbered": lambda texts: [
        f'<div id="block-{at}" class="K0"><p>{escape(text, quote=False)}</p></div>'
        for at, text in enumerate(texts)
    ],
    "element": _each("<x-paragraph><span>", "</span></x-paragraph>"),
    "span": _each("<p><span>", "</span></p>"),
    "drop cap": _drop_cap,
    "typed": _typed,
    "mixed": _mixed,
    "strong first": _emphasis,
    "linked": _linked,
}


def _split(parts: Parts, before: str, after: str, between: str = "", at: float = 0.4) -> str:
    cut = max(1, round(len(parts) * at))
    glue = f"{after}{between}{before}"
    return f"{before}{''.join(parts[:cut])}{glue}{''.join(parts[cut:])}{after}"


_BODY = '<div class="K2">', "</div>"


def _other_names(parts: Parts) -> str:
    cut = max(1, round(len(parts) * 0.6))
    return f'<div class="K2">{"".join(parts[:cut])}</div><div class="K3">{"".join(parts[cut:])}</div>'


CONTAINERS: dict[str, Callable[[Parts], str]] = {
    "one box": lambda parts: f"{_BODY[0]}{''.join(parts)}{_BODY[1]}",
    "no box": "".join,
    "semantic": lambda parts: f"<div itemprop=articleBody>{''.join(parts)}</div>",
    "halves": lambda parts: _split(parts, *_BODY),
    "halves around an ad": lambda parts: _split(parts, *_BODY, '<div class="K6"><span>Ad</span></div>'),
    "halves of other names": _other_names,
    "fold": lambda parts: _fold(parts, 'class="K3"'),
    "hidden fold": lambda parts: _fold(parts, 'class="K3" style="display:none"'),
    "collapsed": lambda parts: _fold(parts, 'class="collapsed hide"'),
    "columns": lambda parts: f"<div class=row>{_split(parts, '<div class=col>', '</div>', at=0.5)}</div>",
    "element": lambda parts: f"<x-article-body>{''.join(parts)}</x-article-body>",
    "table": lambda parts: f"<table><tr><td>{''.join(parts)}</td></tr></table>",
    "boxes of three": lambda parts: "".join(
        f'<div class="K3"><div class="K1">{"".join(parts[at : at + 3])}</div></div>'
        for at in range(0, len(parts), 3)
    ),
    "first outside": lambda parts: (
        f'<div class="K4">{parts[0]}</div>{_BODY[0]}{"".join(parts[1:])}{_BODY[1]}'
    ),
    "last outside": lambda parts: f"{_BODY[0]}{''.join(parts[:-1])}{_BODY[1]}{parts[-1]}",
}


def _fold(parts: Parts, names: str) -> str:
    cut = max(1, round(len(parts) * 0.3))
    return f"{_BODY[0]}{''.join(parts[:cut])}<div {names}>{''.join(parts[cut:])}</div>{_BODY[1]}"


def _teaser(copy: Copy, at: int) -> str:
    title, text = copy.others[at]
    return f'<h4><a href="/n/{at}">{escape(title)}</a></h4><p>{escape(text)}</p>'


# Boxes of the site between two paragraphs: (what is printed, whether it is the story's own text)
BETWEEN: dict[str, Callable[[Copy], tuple[str, list[str]]]] = {
    "nothing": lambda _: ("", []),
    "subhead": lambda copy: (f"<h2>{escape(copy.subhead)}</h2>", [copy.subhead]),
    "bold subhead": lambda copy: (f"<p><b>{escape(copy.subhead)}</b></p>", [copy.subhead]),
    "list": lambda copy: (f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in copy.items)}</ul>", copy.items),
    "short list": lambda copy: (
        f"<ul>{''.join(f'<li>{escape(one[:28])}</li>' for one in copy.items)}</ul>",
        [one[:28] for one in copy.items],
    ),
    "quotation": lambda copy: (f"<blockquote><p>{escape(copy.items[0])}</p></blockquote>", [copy.items[0]]),
    "table": lambda copy: (
        f"<table>{''.join(f'<tr><td>{escape(one)}</td><td>{at}</td></tr>' for at, one in enumerate(copy.items))}</table>",
        [f"{one} {at}" for at, one in enumerate(copy.items)],
    ),
    "related": lambda copy: (
        f'<div class="K5"><h3>{escape(copy.next_line)}</h3><ul>'
        + "".join(
            f'<li><a href="/n/{at}">{escape(title)}</a></li>' for at, (title, _) in enumerate(copy.others[:3])
        )
        + "</ul></div>",
        [],
    ),
    "related line": lambda copy: (
        f'<p>{escape(copy.next_line)}: <a href="/n/1">{escape(copy.others[0][0])}</a></p>',
        [],
    ),
    "teaser": lambda copy: (f'<div class="K5"><p>{escape(copy.next_line)}</p>{_teaser(copy, 0)}</div>', []),
    "teasers": lambda copy: ("".join(f'<div class="K5">{_teaser(copy, at)}</div>' for at in range(3)), []),
    "letter": lambda copy: (
        f'<div class="K5"><p>{escape(copy.letter)}</p><form><input name=mail><button>OK</button></form></div>',
        [],
    ),
    "picture": lambda copy: (
        f"<figure><img src=/1.jpg><figcaption>{escape(copy.items[1][:60])} Photo: A. Vell / Coast</figcaption></figure>",
        [],
    ),
    "video": lambda copy: (
        f'<div class="video-player"><video></video><p>{escape(copy.others[2][0])}</p></div>',
        [],
    ),
    "post": lambda copy: (
        (
            f'<blockquote class="twitter-tweet"><p>{escape(copy.others[3][1])}</p>&mdash; A. Vell (@vell) '
            '<a href="https://post.example/1">May 1</a></blockquote>'
        ),
        [],
    ),
    "poll": lambda _: (
        '<div class="poll"><p>Do you agree?</p><ul><li><label>Yes 41 %</label></li><li><label>No 59 %</label></li></ul></div>',
        [],
    ),
    "pulled quote": lambda copy: (f'<aside class="pullquote">{escape(copy.paragraphs[0][:50])}</aside>', []),
}
