"""Finds the headline of a page, without the site's name and section."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spiders.parsing.blocks import Block, PageLayout
    from spiders.parsing.structured import PageClaims

_JOINTS = re.compile(r" (?:[|»«·•–—:>/~<]|-{1,2}|::) | ?[|»_] ?|: (?=\S{1,40}$)")
_WORD = re.compile(r"\w+")
_HEADING_TAGS = ("h1", "h2", "h3", "h4")
_HEADLINE_NAMES = re.compile(r"head(?:line|ing)|title|titre|titel|titulo|heading", re.IGNORECASE)
_MAX_CHARS = 300  # of a printed line
_MAX_MARKED_CHARS = 1_000  # of what the page itself calls its headline: some print a whole message there
_MAX_BLOCKS = 3_000
_MIN_CHARS = 8
_MIN_WIDE_CHARS = 3  # where characters are not Latin letters
_PLAIN_PARTS = 2
_NAME_CHARS = 3
_CONTENT_CHARS = 4  # of a word that counts as content
_MIN_HEADING_CHARS = 12
_MIN_HEADING_WORDS = 3
_AGREED = 0.6  # of the words: a line that is the headline
_AGREED_HEADING = 0.35  # the same for a line that is marked up as one
_HEADING_BONUS = 0.4


def headline_words(text: str) -> list[str]:
    """The words of a text, casefolded."""
    return _WORD.findall(text.casefold())


def find_headline(
    claims: PageClaims, layout: PageLayout, *, site_names: tuple[str, ...] = ()
) -> tuple[str | None, int]:
    """Find the headline and the position of the block that prints it (-1 if no block does).

    A printed heading is used if it agrees with the page's claims, else the most trusted claim.
    """
    claimed = _claimed(claims, site_names)
    headings = _headings(layout)
    claimed_words = [words for words in (set(headline_words(text)) for text in claimed) if words]
    best: tuple[float, int] = (0.0, -1)
    for order, index in enumerate(headings):
        words = headline_words(layout.blocks[index].text)
        agreement = max((_agreement(set(words), theirs) for theirs in claimed_words), default=0.0)
        if agreement < _AGREED_HEADING:
            continue
        bonus = _heading_bonus(layout, index)
        rank = agreement + bonus - 0.001 * order
        marked_up = bonus >= _HEADING_BONUS and len(words) > _MIN_HEADING_WORDS
        if agreement >= (_AGREED_HEADING if marked_up else _AGREED) and rank > best[0]:
            best = (rank, index)
    if best[1] >= 0:
        return layout.blocks[best[1]].text, best[1]
    if claimed:
        return claimed[0], -1
    first = next(
        (index for index in headings if layout.elements[layout.blocks[index].element].tag == "h1"), -1
    )
    return (layout.blocks[first].text, first) if first >= 0 else (None, -1)


def headline_above(layout: PageLayout, first: int, claimed: str | None) -> str | None:
    """Find the best heading above the body, for pages whose `title` names only the site.

    Returns `claimed` if it shares words with the text, or if there is no heading.
    """
    lead = {word for block in layout.blocks[first : first + 4] for word in _content_words(block.text)}
    if claimed and len(_content_words(claimed) & lead) > 1:
        return claimed
    best, best_bonus = claimed, 0.1
    for index in range(first - 1, max(-1, first - 15), -1):
        text = layout.blocks[index].text
        bonus = _heading_bonus(layout, index)
        shared = len(_content_words(text) & lead)
        long_enough = (
            _MIN_HEADING_CHARS <= len(text) <= _MAX_CHARS and len(headline_words(text)) >= _MIN_HEADING_WORDS
        )
        if long_enough and bonus + 0.2 * shared > best_bonus:
            best, best_bonus = text, bonus + 0.2 * shared
    return best


def strip_site_name(title: str, site_names: tuple[str, ...]) -> str:
    """Remove the parts of a `title` that name the site or its sections; the title is one line with single blanks."""
    known = {"".join(headline_words(name)) for name in site_names if name}
    prefix, colon, rest = title.partition(": ")
    if colon and len(rest) > len(prefix) and _names_site(prefix, known):
        return rest.strip()
    parts = [part.strip() for part in _JOINTS.split(title) if part and part.strip()]
    if len(parts) == 1:
        return title
    kept = [part for part in parts if not _names_site(part, known)]
    if len(kept) == len(parts):
        longest = max(parts, key=len)
        return longest if len(longest) > 0.55 * len(title) or len(parts) > _PLAIN_PARTS else title
    start = title.find(kept[0]) if kept else 0
    end = title.rfind(kept[-1]) + len(kept[-1]) if kept else len(title)
    remaining = title[start:end].strip()
    if len(kept) > 1:
        longest = max(kept, key=len)
        if len(longest) > 0.7 * len(remaining):
            return longest
    return remaining


def _names_site(part: str, known: set[str]) -> bool:
    flat = "".join(headline_words(part))
    return any(flat and name and (flat in name or name in flat) for name in known if len(name) >= _NAME_CHARS)


def _claimed(claims: PageClaims, site_names: tuple[str, ...]) -> list[str]:
    """The page's claims of its headline, most trusted first."""
    texts = [
        claims.text("headline"),
        claims.first("og:title", "twitter:title", "dc.title", "dcterms.title", "title", "headline", "hdl"),
        claims.title,
        claims.text("name"),
    ]
    names = (
        *site_names,
        claims.first("og:site_name", "application-name") or "",
        claims.text("publisher") or "",
    )
    found = []
    for text in texts:
        if text and len(text) <= _MAX_MARKED_CHARS:
            bare = strip_site_name(text, names)
            if bare and bare not in found:
                found.append(bare)
    return found


def _headings(layout: PageLayout) -> list[int]:
    """Blocks that may print a headline, near enough to the page's top."""
    return [index for index, block in enumerate(layout.blocks[:_MAX_BLOCKS]) if _fits(layout, block)]


def _fits(layout: PageLayout, block: Block) -> bool:
    most = _MAX_MARKED_CHARS if layout.elements[block.element].tag == "h1" else _MAX_CHARS
    return (_MIN_CHARS if block.text.isascii() else _MIN_WIDE_CHARS) <= len(block.text) <= most


def _content_words(text: str) -> set[str]:
    return {word for word in headline_words(text) if len(word) >= _CONTENT_CHARS}


def _heading_bonus(layout: PageLayout, index: int) -> float:
    block = layout.blocks[index]
    bonus = 0.0
    for element in layout.ancestors(block.element)[:3]:
        tag = layout.elements[element].tag
        if tag in _HEADING_TAGS:
            bonus = max(bonus, 0.5 - 0.1 * _HEADING_TAGS.index(tag))
        if _HEADLINE_NAMES.search(layout.elements[element].name):
            bonus = max(bonus, 0.25)
    if block.bold:
        bonus = max(bonus, 0.15)
    if block.link_chars:
        bonus -= 0.2
    return bonus


def _agreement(ours: set[str], theirs: set[str]) -> float:
    """Share of common words, 0..1 (Dice coefficient)."""
    shared = len(ours & theirs)
    return 2 * shared / (len(ours) + len(theirs)) if shared else 0.0
