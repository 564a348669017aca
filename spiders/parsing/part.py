"""Finds out whether only a part of a story was read.

It is the first of several pages, a teaser with an offer below it, or its element prints more text than was taken.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copytaster.wire.photo import is_photo_line
from spiders.parsing.block_scores import latin_length
from spiders.parsing.following import NEXT_PAGE, list_next
from spiders.parsing.paragraphs import text_blocks

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

    from spiders.parsing.blocks import Block
    from spiders.parsing.body import Body
    from spiders.parsing.page_view import PageView
    from spiders.parsing.structured import PageClaims

PARTIAL = "partial"  # the warning
_TEASER_WORDS = 200  # a flagged story of more words is printed whole for readers who may read it
_LEFT_OUT_CHARS = 150
_LEFT_OUT_SHARE = 0.2  # of the body: above, no page of 314 whose body is whole
_OFFER_LINES = 5  # at the end of a body
_PAGER_CHARS = 60
_PAGE_OF = re.compile(
    r"(?:page|seite|página|pagina|strona|side|sida|sivu|страница|стр\.|σελίδα|sayfa|halaman)\s(\d{1,2})\s?"
    r"(?:of|von|sur|de|di|van|z|ze|av|af|из|από|/|dari)\s?(\d{1,2})\b|第\s?(\d{1,2})\s?[页頁].{0,4}[共/]\s?(\d{1,2})",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_CONTINUED = re.compile(
    r"\s?[(（\[]\s?(?:(?:continued|more) on (?:the )?next page|to be continued|fortsetzung (?:auf der nächsten seite|folgt)"
    r"|(?:lire la )?suite (?:à la )?page suivante|(?:continúa|sigue) en la página siguiente|continua na próxima página"
    r"|continua nella pagina successiva|vervolg op volgende pagina|продолжение на следующей странице|продолжение следует"
    r"|ciąg dalszy na następnej stronie|接下一?[頁页]|(?:見|见|转|轉)下一?[頁页]|未完(?:待[續续])?|次ページ(?:へ|に)続く)"
    r"[\s.…:>»]{0,4}[)）\]]\s?$",
    re.IGNORECASE,
)
_MARK_CHARS = 60  # the longest of them
_LOCKED = frozenset({"locked", "paid", "premium", "metered", "subscriber", "subscribers", "subscription"})
_TIER_META = ("article:content_tier", "content_tier", "og:article:content_tier", "paywall", "access")
_OFFER = re.compile(
    r"\bsubscri(?:be|ber|bers|ption|ptions)\b|\bbecome a member\b|\bmembership\b|\bfree (?:stories|articles)\b"
    r"|\bunlock (?:this|the)|\babo(?:s|nnement|nnieren|nnent(?:en)?)?\b|\bfreischalten\b|\bdigitalabo"
    r"|\babonn(?:é|és|ée|ez|er|ement)\b|\bsuscr(?:íbete|ibirse|íbase|iptor|iptores|ipción)\b|\babbona(?:ti|mento)\b"
    r"|\bassin(?:e|ante|antes|atura)\b|\babonne(?:e|es|er|ment)\b|\blid worden\b|\bprenumer\w{1,8}|\bpodpis\w{0,3}\b"
    r"|\bподпи(?:ска|ску|ске|шитесь|счик\w{0,3}|сывайтесь)\b|\btilaa(?:ja\w{0,4})?\b|\babone ol|订阅|会员|購読|有料会員",
    re.IGNORECASE,
)
_YOU = re.compile(
    r"\bread (?:on|this|the rest)\b|\b(?:you|your|our|sie|ihr|ihre|vous|votre|vos|usted|tu|tus|você|seu|jij|je|u|uw|du|din|ditt|ty|twój|вы|вас|ваш\w{0,3})\b"
    r"|您|あなた",
    re.IGNORECASE,
)


def cut_offers(view: PageView, body: Body) -> bool:
    """Cut an offer of a subscription from the end of the body; returns whether the story is a teaser."""
    locked = is_locked(view.claims)
    ends = range(max(1, len(body.paragraphs) - _OFFER_LINES), len(body.paragraphs))
    offers = locked or (bool(ends) and _OFFER.search(body.paragraphs[-1]) is not None)
    first = (
        next((place for place in ends if _is_offer(body.paragraphs[place], locked)), None) if offers else None
    )
    if first is not None:
        if len(body.blocks) == len(body.paragraphs):
            del body.blocks[first:]
        del body.paragraphs[first:]
        return True
    return locked and sum(len(text.split()) for text in body.paragraphs) < _TEASER_WORDS


def _is_offer(paragraph: str, locked: bool) -> bool:
    return _OFFER.search(paragraph) is not None and (locked or _YOU.search(paragraph) is not None)


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
        if index not in chosen
    )
    left_out = sum(latin_length(text) for text in texts if text not in read and not is_photo_line(text))
    size = sum(map(latin_length, body.paragraphs))
    return left_out >= max(_LEFT_OUT_CHARS, _LEFT_OUT_SHARE * size)


def is_locked(claims: PageClaims) -> bool:
    """True if the page says that not everybody may read its story."""
    free = claims.article.get("isAccessibleForFree")
    said = {str(value).strip().lower() for value in (free if isinstance(free, list) else [free])}
    return "false" in said or any((claims.first(name) or "").lower() in _LOCKED for name in _TIER_META)


def is_first_of_several(tree: LexborHTMLParser, view: PageView, url: str) -> bool:
    """True if the page links the story's next page or numbers itself: `Page 1 of 3`."""
    return bool(list_next(tree, url)) or says_more(view)


def says_more(view: PageView) -> bool:
    """True if the page prints that other pages of its story follow."""
    return any(_page_of(block) == "first" for block in view.layout.blocks)


def numbers_pages(block: Block) -> bool:
    """True if this block says which page of a story it is on, or links the next one."""
    return _page_of(block) != ""


def _page_of(block: Block) -> str:
    """`first` if the block says that other pages follow, `last` if it numbers the page, else nothing."""
    if len(block.text) > _PAGER_CHARS:
        return ""
    found = _PAGE_OF.search(block.text) if _DIGIT.search(block.text) else None
    if found is not None:
        number, of = (int(part) for part in found.groups() if part)
        return "first" if 1 <= number < of else "last"
    return "first" if block.link_chars and NEXT_PAGE.match(block.text) else ""
