"""Recognises pages that stand in a story's place with status 200: consent, sign-in, robot checks, errors.

No word list knows them all, so what the feed and the page's own head promise is compared with what is printed. And walls
speak to their reader about what he has to do, in few words and without a date; stories report.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spiders.parsing.dates import claimed_published
from spiders.parsing.own_article import agreement
from spiders.parsing.promise import says_nothing_of
from spiders.parsing.wall_words import speaks_to_reader, topics_of

if TYPE_CHECKING:
    from spiders.parsing.body import Body
    from spiders.parsing.page_view import PageView

_REFUSED = 6  # points
_DISAGREES = 0.2  # share of common words of two headlines
_SHORT_WORDS = 130
_SHORT_CHARS = 900  # of a text whose words are not spaced
_SEVERAL, _MANY = 2, 3  # topics
_ALL_DOUBTS = 4  # kept from indices, no article, short, without a date
_ASIDE = frozenset({"sorry", "moved", "home", "region", "partners"})  # no topic of a wall's heading
_STATUS = re.compile(
    r"^\W{0,3}(?:(?:error|fehler|erreur|http)\s)?(?:40[0134]|410|429|50[0234])\b"
    r"(?=\W{0,5}$|\s?[-–—|:·]|\s(?:error|not|page|forbidden|fehler|erreur|seite))",
    re.IGNORECASE,
)


def is_wall(view: PageView, body: Body, *, headline: str, feed_title: str | None) -> bool:
    """True if the page is no story but what stands in its place."""
    claims = view.claims
    printed = " ".join(body.paragraphs)
    shown = [block.text for block in view.layout.blocks if _is_heading(view, block.element)][:3] or [headline]
    promised = [
        title for title in (claims.first("og:title", "twitter:title"), claims.text("headline")) if title
    ]
    broken = any(not _keeps(title, shown, printed) for title in promised)
    strays = bool(feed_title) and not _keeps(feed_title or "", [*shown, headline], printed)
    status = bool(_STATUS.match(claims.title) or any(map(_STATUS.match, shown)))
    doubts = int("noindex" in (claims.first("robots", "googlebot") or "").lower())
    doubts += not (claims.article or (claims.first("og:type") or "").lower() == "article")
    is_short = len(printed.split()) < _SHORT_WORDS and len(printed) < _SHORT_CHARS
    doubts += is_short
    doubts += not (view.layout.times or claimed_published(claims))
    points = 2 * broken + 2 * strays + 2 * status
    if broken and strays and doubts:
        return True  # the page's head and the feed agree on another story than the one printed
    # nothing of the page speaks for a story, and it prints another than the feed announced
    if strays and doubts == _ALL_DOUBTS:
        return True
    if not points and doubts < (1 if is_short else _MANY):
        return False  # whatever the words say, which take longest to look for
    topics = topics_of(printed)
    addresses = speaks_to_reader(f"{printed} {' '.join(shown)}", claims.language)
    if not topics or not (addresses or points):
        return False
    named = bool(topics_of(" | ".join([*shown, headline, claims.title])) - _ASIDE)
    points += 2 * named + (len(topics) >= _SEVERAL) + (len(topics) >= _MANY) + addresses
    return points + doubts >= _REFUSED


def _is_heading(view: PageView, element: int) -> bool:
    path = view.layout.ancestors(element)[:3]
    return any(view.layout.elements[index].tag == "h1" for index in path)


def _keeps(promised: str, shown: list[str], printed: str) -> bool:
    """True if what is printed is about what the headline promised."""
    return any(agreement(promised, heading) >= _DISAGREES for heading in shown) or not says_nothing_of(
        promised, printed
    )
