"""What the pages of a host print around their stories, and reading a page without it.

A template names elements that held nothing of a story on any taught page. Pages are read as if these were not there: in
less time, and no boilerplate can be taken for text. It does not say where a story is: that stays the reader's
choice, and a page that does not look like the taught ones is read whole.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from spiders.parsing.block_scores import latin_length
from spiders.parsing.blocks import BLOCK_TAGS
from spiders.parsing.boilerplate import name_words
from spiders.parsing.part import PAGER_WORDS, numbers_pages
from spiders.parsing.template_values import Observation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from selectolax.lexbor import LexborNode

    from spiders.parsing.blocks import IsSkipped, PageLayout
    from spiders.parsing.template_values import Template

NEAR = 8  # blocks before the headline or the first paragraph and after the last that may belong to a story
_MAX_NAMES = 200  # of a page, inside its story and outside
_MAX_NAME_CHARS = 80
_GROWTH = 2  # an element with more than so many times its taught text ...
_GROWTH_CHARS = 200  # ... and so many characters is read
_LEAST_SHARE = 0.4  # of the shortest taught body; a shorter one makes the page be read whole
_BUILD_NAME = re.compile(
    r"(?:css|sc|jss|jsx|emotion|styled?)-[\w-]+$"
)  # another one with each build of a site
_DIGITS = re.compile(r"\d+")
_UNREAD = "script, style, noscript, template"


class UnlikeTemplateError(Exception):
    """A page, read without what a template names, is unlike the taught ones; `reason` says in what."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@lru_cache(maxsize=8192)
def element_key(tag: str, name: str) -> str:
    """The key of an element, the same on every page of a layout; empty for one without a name of its own."""
    words = [_DIGITS.sub("#", word) for word in name.split() if not _BUILD_NAME.match(word)]
    return f"{tag} {' '.join(words)}"[:_MAX_NAME_CHARS] if words and tag in BLOCK_TAGS else ""


def leave_out(template: Template) -> IsSkipped:
    """Whether an element is left out: the template names it, and it has not outgrown what it held on taught pages."""
    skips = template.skips

    def is_skipped(node: LexborNode, tag: str, name: str) -> bool:
        held = skips.get(element_key(tag, name))
        if held is None:
            return False
        room = _GROWTH * held + _GROWTH_CHARS
        size = len(node.text_content or "")
        if size > room:
            size -= sum(len(script.text_content or "") for script in node.css(_UNREAD))
        return size <= room

    return is_skipped


def require_likeness(template: Template, paragraphs: Sequence[str], *, has_headline: bool) -> None:
    """Check what was read with a template.

    Raises:
        UnlikeTemplateError: `no-headline` or `body-short`.
    """
    if template.has_headline and not has_headline:
        raise UnlikeTemplateError("no-headline")
    if sum(map(latin_length, paragraphs)) < _LEAST_SHARE * template.least_body:
        raise UnlikeTemplateError("body-short")


def observe(
    layout: PageLayout, blocks: Sequence[int], headline_at: int, *, address: str, refused: str = ""
) -> Observation:
    """What a page that was read whole teaches: nothing but its refusal where no block of it is the body.

    Args:
        layout: of the page.
        blocks: positions of the body's blocks.
        headline_at: position of the headline's block, or -1.
        address: of the page.
        refused: why its template was not followed.
    """
    if not blocks:
        return Observation(_digest(address), "", 0, has_headline=False, refused=refused)
    start = blocks[0] if headline_at < 0 else min(headline_at, blocks[0])
    first, last, size = _extents(layout)
    pagers = {at for block in layout.blocks if numbers_pages(block) for at in layout.ancestors(block.element)}
    outside: dict[str, int] = {}
    inside: set[str] = set()
    index, end = 0, len(layout.elements)
    while index < end:
        element = layout.elements[index]
        key = element_key(element.tag, element.name) if element.name else ""
        is_outside = index not in pagers and (first[index] > blocks[-1] + NEAR or last[index] < start - NEAR)
        if not key or not size[index] or PAGER_WORDS & name_words(element.name):
            index += 1
        elif is_outside:
            outside[key] = max(size[index], outside.get(key, 0))
            index = element.last + 1
        else:
            inside.add(key)
            index += 1
    texts = [layout.blocks[at].text for at in blocks]
    never = sorted(outside.keys() - inside)[:_MAX_NAMES] if len(inside) <= _MAX_NAMES else ()
    return Observation(
        _digest(address),
        _digest("\n".join(texts)),
        sum(map(latin_length, texts)),
        0 <= headline_at < blocks[0],
        {key: outside[key] for key in never},
        tuple(sorted(inside)) if never else (),
        refused,
    )


def _extents(layout: PageLayout) -> tuple[list[int], list[int], list[int]]:
    """Per element the positions of its first and last block, and the characters in it."""
    count = len(layout.elements)
    first, last, size = [len(layout.blocks)] * count, [-1] * count, [0] * count
    for at, block in enumerate(layout.blocks):
        index = block.element
        first[index], last[index] = min(first[index], at), at
        size[index] += len(block.text)
    for index in range(count - 1, 0, -1):
        above = layout.elements[index].parent
        first[above], last[above] = min(first[above], first[index]), max(last[above], last[index])
        size[above] += size[index]
    return first, last, size


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
