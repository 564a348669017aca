"""Chooses, of the articles that a page describes in JSON-LD, the one that is the page's own story.

Pages describe other stories too: lists of the day, parts, live updates, comments. The longest description is often one
of those, so length decides nothing: an article must name this page, or have its headline.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from copytaster.late_pattern import late_pattern
from spiders.parsing.address import is_home, is_same_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WORD = late_pattern(r"\w+")
_AGREES = 0.4  # share of common words with a headline of the page
_AGREES_WELL = 0.8  # the same for an article that names another page: a syndicated story
_MAX_TITLE_CHARS = 400
_WIDE = late_pattern(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff]"
)  # scripts that do not space words


@dataclass(frozen=True, slots=True)
class ThisPage:
    """What a page is known by: its addresses, and the headlines that it or its feed gives."""

    addresses: tuple[str, ...]
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """An article in JSON-LD; `nested` if it is part of another object: an item of a list, a part, a mention."""

    item: dict[str, Any]
    nested: bool = False


def choose_article(described: Sequence[Description], page: ThisPage) -> dict[str, Any]:
    """The page's own article, or an empty dict."""
    ranked = [
        (rank, number, one.item)
        for number, one in enumerate(described)
        if (rank := _rank(one, page, alone=len(described) == 1)) is not None
    ]
    return max(ranked, key=lambda found: (found[0], -found[1]))[2] if ranked else {}


def agreement(one: str, other: str) -> float:
    """Share of common words of two headlines, 0..1: of both, or of the shorter one if it is a cut of the other."""
    ours, theirs = _words(one), _words(other)
    shared = len(ours & theirs)
    if not shared:
        return 0.0
    shorter = min(len(ours), len(theirs))
    contained = shared / shorter if shorter > 2 else 0.0  # noqa: PLR2004  two words are in many headlines
    return max(2 * shared / (len(ours) + len(theirs)), 0.9 * contained if contained > _AGREES_WELL else 0.0)


def _words(text: str) -> set[str]:
    text = text[:_MAX_TITLE_CHARS].casefold()
    if _WIDE.search(text):
        letters = "".join(_WORD.findall(text))
        return {letters[at : at + 2] for at in range(max(1, len(letters) - 1))}
    return set(_WORD.findall(text))


def _rank(
    one: Description, page: ThisPage, *, alone: bool
) -> tuple[bool, bool, float, tuple[bool, int, int]] | None:
    """How surely the article is the page's own, to compare; None if nothing says so."""
    item = one.item
    named = [address for address in _addresses(item, page) if not is_home(address)]
    names_this = any(is_same_page(mine, address) for mine in page.addresses for address in named)
    headline = item.get("headline") or item.get("name")
    headline = headline if isinstance(headline, str) else ""
    agreed = max((agreement(headline, title) for title in page.titles), default=0.0)
    if named and not names_this:
        believed = agreed >= _AGREES_WELL
    elif one.nested:
        believed = agreed >= _AGREES
    else:
        says_nothing = alone and not named and not (headline and page.titles)
        believed = names_this or agreed >= _AGREES or says_nothing
    return (agreed >= _AGREES, names_this, round(agreed, 1), _weight(item)) if believed else None


def _addresses(item: dict[str, Any], page: ThisPage) -> Iterator[str]:
    """The addresses by which an article names its page; a fragment alone names none."""
    base = page.addresses[0] if page.addresses else ""
    for key in ("url", "mainEntityOfPage", "@id"):
        value = item.get(key)
        for said in value if isinstance(value, list) else [value]:
            address = (said.get("@id") or said.get("url")) if isinstance(said, dict) else said
            if isinstance(address, str) and address.startswith(("http://", "https://", "/")):
                try:
                    yield urljoin(base, address)
                except ValueError:
                    continue


def _weight(item: dict[str, Any]) -> tuple[bool, int, int]:
    body = item.get("articleBody")
    return ("headline" in item, len(body) if isinstance(body, str) else 0, len(item))
