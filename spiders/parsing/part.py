"""Finds out whether only a part of a story was read.

It is the first of several pages, a teaser with an offer below it, or its element prints more text than was taken.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from copytaster.late_pattern import late_pattern
from copytaster.wire.photo import is_photo_line
from spiders.parsing.block_scores import latin_length
from spiders.parsing.boilerplate import name_words
from spiders.parsing.following import NEXT_PAGE, continues, last_linked, list_next, names_page
from spiders.parsing.paragraphs import text_blocks
from spiders.parsing.wall_words import has_topic, speaks_to_reader

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

    from spiders.parsing.blocks import Block
    from spiders.parsing.body import Body
    from spiders.parsing.page_view import PageView
    from spiders.parsing.structured import PageClaims

PARTIAL = "partial"  # the warning
SUBSCRIBE, CONTINUE = "subscribe", "continue"  # topics of what is said below a teaser
_TEASER_WORDS = 200  # a flagged story of more words is printed whole for readers who may read it
_LEFT_OUT_CHARS = 150
_LEFT_OUT_SHARE = 0.2  # of the body: above, no page of 314 whose body is whole
_OFFER_LINES = 5  # at the end of a body
_PAGER_CHARS = 60
_MAX_LINKS, _MAX_PREVIOUS = 5_000, 10
PAGER_WORDS = frozenset({"pager", "pages", "paging", "pagination", "pagenav", "pagenavi", "pagelinks"})
_PAGE_OF = late_pattern(
    r"(?:page|seite|página|pagina|strona|strana|side|sida|sivu|oldal|страница|стр\.|сторінка|σελίδα|sayfa|halaman|trang|עמוד"
    r"|صفحة|صفحه|पृष्ठ)\s(\d{1,2})\s?(?:of|von|sur|de|di|van|z|ze|av|af|din|из|з|από|מתוך|من|از|/|dari)\s?(\d{1,2})\b"
    r"|第\s?(\d{1,2})\s?[页頁].{0,4}[共/]\s?(\d{1,2})|\b(\d{1,2})\s?/\s?(\d{1,2})\s?(?:ページ|페이지|页|頁|\.?\s?oldal)",
    re.IGNORECASE,
)
_FIRST_OF = late_pattern(r"^\W{0,3}1\s?/\s?([2-9]|1\d)\W{0,3}$")
_DIGIT, _DIGITS = late_pattern(r"\d"), late_pattern(r"\d+")
_CONTINUED = late_pattern(
    r"\s?[(（\[]\s?(?:(?:continued|more) on (?:the )?next page|to be continued|fortsetzung (?:auf der nächsten seite|folgt)"
    r"|(?:lire la )?suite (?:à la )?page suivante|(?:continúa|sigue) en la página siguiente|continua na próxima página"
    r"|continua nella pagina successiva|vervolg op volgende pagina|продолжение на следующей странице|продолжение следует"
    r"|ciąg dalszy na następnej stronie|接下一?[頁页]|(?:見|见|转|轉)下一?[頁页]|未完(?:待[續续])?|次ページ(?:へ|に)続く)"
    r"[\s.…:>»]{0,4}[)）\]]\s?$",
    re.IGNORECASE,
)
_MARK_CHARS = 60  # the longest of them
_PAGE_QUERY = late_pattern(
    r"(?:^|&)(?:page|pagen_1|pg|p|seite|pagina|part|start_page)=2(?:&|$)", re.IGNORECASE
)
_LOCKED = frozenset({"locked", "paid", "premium", "metered", "subscriber", "subscribers", "subscription"})
_TIER_META = ("article:content_tier", "content_tier", "og:article:content_tier", "paywall", "access")
_BELOW_BLOCKS = 6  # below a body, where an offer to read on may be printed
_OFFER_CHARS = 600
_HEADING_CHARS = 80  # of an offer


def cut_offers(view: PageView, body: Body) -> bool:
    """Cut an offer of a subscription from the end of the body; returns whether the story is a teaser."""
    locked = is_locked(view.claims)
    ends = range(max(1, len(body.paragraphs) - _OFFER_LINES), len(body.paragraphs))
    offers = locked or (bool(ends) and _sells(body.paragraphs[-1]))
    first = (
        next(
            (
                place
                for place in ends
                if _is_offer(body.paragraphs[place], view.claims.language, locked=locked)
            ),
            None,
        )
        if offers
        else None
    )
    if first is not None:
        while first > 1 and _heads_offer(body.paragraphs[first - 1]):
            first -= 1
        if len(body.blocks) == len(body.paragraphs):
            del body.blocks[first:]
        del body.paragraphs[first:]
        return True
    if locked and sum(len(text.split()) for text in body.paragraphs) < _TEASER_WORDS:
        return True
    return _offers_rest_below(view, body)


def _sells(line: str) -> bool:
    return has_topic(line, SUBSCRIBE) or has_topic(line, CONTINUE)


def _is_offer(paragraph: str, language: str | None, *, locked: bool) -> bool:
    """True if a paragraph sells the rest of a story to whoever reads it."""
    if len(paragraph) > _OFFER_CHARS or not has_topic(paragraph, SUBSCRIBE):
        return False
    return locked or has_topic(paragraph, CONTINUE) or speaks_to_reader(paragraph, language)


def _heads_offer(line: str) -> bool:
    return len(line) <= _HEADING_CHARS and _sells(line)


def _offers_rest_below(view: PageView, body: Body) -> bool:
    """True if right below the body a line says that the rest of the story is for subscribers."""
    if not body.blocks:
        return False
    below = view.layout.blocks[body.blocks[-1] + 1 :][:_BELOW_BLOCKS]
    said = [block.text for block in below if len(block.text) <= _OFFER_CHARS]
    return any(has_topic(text, CONTINUE) for text in said) and any(
        has_topic(text, SUBSCRIBE) for text in said
    )


def cut_continuation(body: Body) -> bool:
    """Cut `(continued on next page)` from the end of the body; returns whether it was there."""
    last = body.paragraphs[-1] if body.paragraphs else ""
    found = _CONTINUED.search(last[-_MARK_CHARS:])
    if found is None:
        return False
    body.paragraphs[-1] = last[: len(last) - len(found[0])]
    return True


def leaves_text_out(view: PageView, body: Body) -> bool:
    """True if the body's own element prints much text that is neither body nor recognised as anything else."""
    if body.main_element < 0 or len(body.blocks) != len(body.paragraphs):
        return False
    chosen, read = set(body.blocks), set(body.paragraphs)
    texts = (
        view.layout.blocks[index].text
        for index in text_blocks(view, body.main_element)
        if index not in chosen and (body.end < 0 or view.layout.blocks[index].element <= body.end)
    )
    left_out = sum(latin_length(text) for text in texts if text not in read and not is_photo_line(text))
    size = sum(map(latin_length, body.paragraphs))
    return left_out >= max(_LEFT_OUT_CHARS, _LEFT_OUT_SHARE * size)


def is_locked(claims: PageClaims) -> bool:
    """True if the page says that not everybody may read its story."""
    parts = claims.article.get("hasPart")
    described = [claims.article, *(parts if isinstance(parts, list) else [parts])]
    free = [one.get("isAccessibleForFree") for one in described if isinstance(one, dict)]
    said = {
        str(value).strip().lower().rpartition("/")[2]  # of schema.org/False
        for found in free
        for value in (found if isinstance(found, list) else [found])
    }
    return "false" in said or any((claims.first(name) or "").lower() in _LOCKED for name in _TIER_META)


def is_first_of_several(tree: LexborHTMLParser, view: PageView, url: str) -> bool:
    """True if the page links the story's next page or numbers itself: `Page 1 of 3`."""
    return bool(list_next(tree, url)) or says_more(view) or _links_second(tree, url)


def _links_second(tree: LexborHTMLParser, url: str) -> bool:
    """True if a `2` links what is this address but for a page number, and this page is not itself numbered."""
    return any(
        names_page((node.text(strip=True) or "")[:_PAGER_CHARS].strip(), 2)
        and _numbers_on(url, node.attributes.get("href") or "")
        for node in tree.css("a[href]")[:_MAX_LINKS]
    )


def _numbers_on(url: str, link: str) -> bool:
    """True if a link leads to page 2 of what is at this address: by its path, or by a query that names a page of it."""
    if not continues(url, link):
        return False
    try:
        ours, theirs = urlsplit(url), urlsplit(urljoin(url, link))
    except ValueError:
        return False
    return ours.path != theirs.path or _PAGE_QUERY.search(theirs.query) is not None


def is_later_of_several(tree: LexborHTMLParser, view: PageView, url: str) -> bool:
    """True if the page links the one before it of the same story, or prints the page number in its own address: `?page=3`."""
    before = tree.css('link[rel~="prev" i][href], a[rel~="prev" i][href]')[:_MAX_PREVIOUS]
    if any(_precedes(node.attributes.get("href") or "", url) for node in before):
        return True
    own = _DIGITS.findall(url)[-1:]
    printed = (_numbers_of(block) for block in view.layout.blocks)
    return any(numbers is not None and numbers[0] > 1 and own == [str(numbers[0])] for numbers in printed)


def _precedes(link: str, url: str) -> bool:
    try:
        return continues(urljoin(url, link), url)
    except ValueError:
        return False


def says_more(view: PageView) -> bool:
    """True if the page prints that other pages of its story follow."""
    return any(_page_of(block) == "first" or _is_counter(view, block) for block in view.layout.blocks)


def count_pages(tree: LexborHTMLParser, view: PageView, url: str) -> int:
    """How many pages its story has by a first page's own account: by its links or `Page 1 of 3`; 1 where it says nothing."""
    printed = (_numbers_of(block) for block in view.layout.blocks)
    return max([last_linked(tree, url), *(of for numbers in printed if numbers for of in numbers[1:])])


def _is_counter(view: PageView, block: Block) -> bool:
    """True for `1 / 4` in an element that is named for a story's pages."""
    return _FIRST_OF.match(block.text) is not None and bool(
        PAGER_WORDS & name_words(view.layout.elements[block.element].name)
    )


def numbers_pages(block: Block) -> bool:
    """True if this block says which page of a story it is on, or links the next one."""
    return _page_of(block) != ""


def _page_of(block: Block) -> str:
    """`first` if the block says that other pages follow, `last` if it numbers the page, else nothing."""
    if len(block.text) > _PAGER_CHARS:
        return ""
    if (numbers := _numbers_of(block)) is not None:
        return "first" if 1 <= numbers[0] < numbers[1] else "last"
    return "first" if block.link_chars and NEXT_PAGE.match(block.text) else ""


def _numbers_of(block: Block) -> tuple[int, int] | None:
    """The numbers of `Page 2 of 3`; None where a block is not about them."""
    if len(block.text) > _PAGER_CHARS or not _DIGIT.search(block.text):
        return None
    found = _PAGE_OF.search(block.text)
    if found is None:
        return None
    number, of = (int(part) for part in found.groups() if part)
    return number, of
