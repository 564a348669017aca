"""Recognises pages that stand in a story's place with status 200: consent, sign-in, robot checks, errors.

No word list knows them all, so what the feed and the page's own head promise is compared with what is printed; words
count beside that.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spiders.parsing.own_article import agreement

if TYPE_CHECKING:
    from spiders.parsing.body import Body
    from spiders.parsing.page_view import PageView

_REFUSED = 4  # points
_DISAGREES = 0.2  # share of common words of two headlines
_FULFILLED = 0.25  # share of a promised headline's words that a story's text holds
_SHORT_WORDS = 130
_MANY_HITS = 3
_STEM = 5
_STATUS = re.compile(
    r"^\W{0,3}(?:(?:error|fehler|erreur|http)\s)?(?:40[0134]|410|429|50[0234])\b"
    r"(?=\W{0,5}$|\s?[-–—|:·]|\s(?:error|not|page|forbidden|fehler|erreur|seite))",
    re.IGNORECASE,
)
_HEADLINES = re.compile(
    r"""^\W*(?:cookies?|privacy|consent|toestemming|zustimmung|datenschutz|confidentialité|login|log\sin|anmelden|connexion
    |(?:access|zugriff)\s(?:denied|verweigert)|forbidden|just\sa\smoment|one\smoment|please\swait|maintenance|wartung.{0,20}
    |(?:page|seite|página|pagina|strona|sidan|siden)\s(?:was\s)?(?:not|nicht|no|non|niet|nie|hittades|ikke)\b.{0,30}|not\sfound
    |страница\sне\sнайдена|sign\sin\b.{0,30}|verify\b.{0,30}|are\syou\sa?\s?(?:robot|human).{0,20}|we\svalue\syour\sprivacy
    |(?:.{0,40}\b(?:ad[\s-]?block(?:er)?|werbeblocker|bloqueur\sde\spub\w{0,6}|bloqueador|javascript|could\snot\sfind|nothing\shere
    |introuvable|no\s(?:encontrad|existe)|nicht\sgefunden|niet\sgevonden|non\strovata|nie\sznaleziono|under\smaintenance
    |not\savailable\sin\syour|unavailable\sin\syour|read\son\b|before\syou\s(?:read|continue)).{0,40}))\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
_BODY_HITS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bcookies?\b|\bidentifiers\b|\btracking\b",
        r"\b(?:consent|akkoord|zustimm\w{1,4}|einwillig\w{1,4}|accept(?:er|ez|ing)?\b|aceptar|accett\w{1,4}|godkänn\w{0,3}|соглас\w{1,4})",
        r"\b(?:our|onze|unsere?n?|nos|nuestros|nossos|nostri)\s(?:partners?|socios|partner|parceiros|site|website|newsroom|help)\b|derde partijen|\bpartners store\b",
        r"\b(?:your|ihre?[mn]?|votre|tu|su|seu|jouw|din)\s(?:browser|navigateur|navegador|device|gerät|appareil|dispositivo|webbläsare)\b|javascript",
        r"\bad[\s-]?block|\bwerbeblocker|\badvertis\w{1,7} pays|\bbloqueur\b|\bbloqueador",
        r"\b(?:robot|captcha|human being|unusual traffic|automated|automatisierte)\b",
        r"\b(?:sign|log)(?:ging|ing)?[\s-]in\b|\bpassword\b|\bpasswort\b|\banmeld\w{1,4}\b|\bse connecter\b|\biniciar sesión\b|\bsubscri(?:bers?|ption)\b",
        r"\b(?:moved|renamed|taken down|umbenannt|verschoben|gelöscht|déplacée|supprimée|movida|eliminada|verplaatst|verwijderd|przeniesion\w|usunięt\w)\b",
        r"\b(?:search|suche|recherche|búsqueda|zoek\w{0,6})\b.{0,40}|\b(?:front|home)\s?page\b|\bstartseite\b|\baccueil\b|\bmistyped\b|\bthe address\b",
        r"\b(?:maintenance|wartungsarbeiten|try again|later again|versuchen sie es|réessayez|inténtelo)\b",
        r"\bin your (?:country|region|location)\b|\bin ihrem land\b|\bdans votre pays\b|\ben su país\b",
    )
)


def is_wall(view: PageView, body: Body, *, headline: str, feed_title: str | None) -> bool:
    """True if the page is no story but what stands in its place."""
    claims = view.claims
    printed = " ".join(body.paragraphs)
    shown = [block.text for block in view.layout.blocks if _is_heading(view, block.element)][:3] or [headline]
    promised = [
        title for title in (claims.first("og:title", "twitter:title"), claims.text("headline")) if title
    ]
    broken = [title for title in promised if not _keeps(title, shown, printed)]
    points = 2 * bool(broken)
    points += 2 * bool(_STATUS.match(claims.title) or any(map(_STATUS.match, shown)))
    named = any(map(_HEADLINES.match, [*shown, headline]))
    strays = bool(feed_title) and not _keeps(feed_title or "", [*shown, headline], printed)
    doubts = int("noindex" in (claims.first("robots", "googlebot") or "").lower())
    doubts += not (claims.article or (claims.first("og:type") or "").lower() == "article")
    doubts += len(printed.split()) < _SHORT_WORDS
    if points + 2 * named + 1 + 2 * strays + doubts < _REFUSED:
        return False  # whatever the words say, which take longest to look for
    hits = sum(hit.search(printed) is not None for hit in _BODY_HITS)
    points += 2 * (named and hits > 0) + (hits >= _MANY_HITS)
    if strays:  # alone it may be a headline of the feed's own, or in another language
        points += 2 if points or hits else 1
    return points > 0 and points + doubts >= _REFUSED


def _is_heading(view: PageView, element: int) -> bool:
    path = view.layout.ancestors(element)[:3]
    return any(view.layout.elements[index].tag == "h1" for index in path)


def _keeps(promised: str, shown: list[str], printed: str) -> bool:
    """True if what is printed is about what the headline promised."""
    if any(agreement(promised, heading) >= _DISAGREES for heading in shown):
        return True
    stems = {word[:_STEM] for word in re.findall(r"\w{4,}", promised.casefold())}
    if not stems:
        return True
    said = {word[:_STEM] for word in re.findall(r"\w{4,}", printed.casefold())}
    return len(stems & said) >= _FULFILLED * len(stems)
