"""Articles over several pages: their pages as one raw page, which is stored and read again as one, and their text as one body."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copytaster.values import RawPage
    from spiders.parsing.story_draft import StoryDraft

HEADER = "X-Copytaster-Pages"  # of a kept page: the pages that it is made of
MOST_PAGES = 20  # of one article
_EDGE = 3  # paragraphs from an end of a page, where each page may print the same


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of an article in order; `missing` says why the one after them is not here: `page-3-http-404`, or nothing.

    `is_alone`: what the only page links as its next is another story.
    """

    pages: tuple[RawPage, ...]
    missing: str = ""
    is_alone: bool = False


@dataclass(frozen=True, slots=True)
class FurtherPages:
    """What was read of an article's pages after the first, in order."""

    drafts: tuple[StoryDraft, ...]
    missing: str = ""


def join_pages(found: Pages) -> RawPage:
    """The pages as one: address, moment and headers of the first, their bytes one after the other."""
    first = found.pages[0]
    about = {
        "pages": [[page.url, len(page.body), _type_of(page)] for page in found.pages],
        "missing": found.missing,
        "alone": found.is_alone,
    }
    others = tuple(pair for pair in first.headers if pair[0].lower() != HEADER.lower())
    body = b"".join(page.body for page in found.pages)
    return replace(first, body=body, headers=(*others, (HEADER, json.dumps(about))))


def split_pages(page: RawPage) -> Pages:
    """The pages that `join_pages` joined; the page alone if its header says nothing, or what its bytes are not."""
    said = next((value for name, value in page.headers if name.lower() == HEADER.lower()), None)
    if said is None:
        return Pages((page,))
    others = tuple(pair for pair in page.headers if pair[0].lower() not in {HEADER.lower(), "content-type"})
    try:
        about = json.loads(said)
        sizes = [(str(url), int(size), str(kind)) for url, size, kind in about["pages"]]
        missing, is_alone = str(about["missing"]), bool(about.get("alone"))
    except (ValueError, TypeError, KeyError):  # a server sent it
        return Pages((page,))
    fits = sum(size for _, size, _ in sizes) == len(page.body) and len(sizes) <= MOST_PAGES
    if not fits or any(size < 1 for _, size, _ in sizes):
        return Pages((page,))
    found, start = [], 0
    for url, size, kind in sizes:
        headers = (*others, ("Content-Type", kind)) if kind else others
        found.append(replace(page, url=url, body=page.body[start : start + size], headers=headers))
        start += size
    return Pages(tuple(found), missing, is_alone)


def _type_of(page: RawPage) -> str:
    return next((value for name, value in page.headers if name.lower() == "content-type"), "")


def add_further(draft: StoryDraft, further: FurtherPages) -> None:
    """Add the text of an article's further pages to the draft of its first."""
    bodies = [draft.paragraphs, *(one.paragraphs for one in further.drafts)]
    draft.paragraphs = [text for body in drop_repeated(bodies) for text in body]
    for one in further.drafts:
        draft.captions += [caption for caption in one.captions if caption not in draft.captions]
        draft.credit_lines += [line for line in one.credit_lines if line not in draft.credit_lines]


def drop_repeated(bodies: Sequence[Sequence[str]]) -> list[list[str]]:
    """The bodies, each text once: what several pages print at their ends stays on the last of them, else on the first."""
    places: dict[str, list[tuple[int, int]]] = {}
    for number, body in enumerate(bodies):
        for place, text in enumerate(body):
            places.setdefault(" ".join(text.split()), []).append((number, place))
    kept = set()
    for found in places.values():
        at_ends = len(found) > 1 and all(
            place >= max(_EDGE, len(bodies[number]) - _EDGE) for number, place in found
        )
        kept.add(found[-1] if at_ends else found[0])
    return [
        [text for place, text in enumerate(body) if (number, place) in kept]
        for number, body in enumerate(bodies)
    ]
