"""Chooses the address of a story, and compares addresses of pages: the canonical link counts if it is plausible."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urljoin, urlsplit

from copytaster.identity import fold_variants

_MAX_CHARS = 2000
_VARIANTS = ("www.", "m.", "mobile.", "amp.", "wap.", "touch.", "edition.", "beta.", "old.", "origin.")
_NAMES_A_PAGE = re.compile(r"\d|[^-]-[^-]")  # a number or a slug
_SLUG = re.compile(r"[^-]-[^-]+-[^-]|\d{4,}")
_FURTHER_PART = re.compile(
    r"(?:amp|print|printable|full|index\.\w{2,5}|(?:page[-_]?)?\d{1,2}|\d+|story|article)/?$"
)


def choose_address(page_url: str, *claimed: str | None) -> str:
    """Return the first claimed address on the same site that can be one story's, else the page's own."""
    for claim in claimed:
        if claim and (address := _believe(page_url, claim.strip())):
            return address
    return page_url


def is_same_page(one: str, other: str) -> bool:
    """True if two addresses name one page: scheme, host variant, AMP or print form, fragment and tracking apart."""
    try:
        ours, theirs = urlsplit(fold_variants(one)), urlsplit(fold_variants(other))
        hosts = (ours.hostname or "", theirs.hostname or "")
    except ValueError:
        return one == other
    return (
        _bare(hosts[0]) == _bare(hosts[1])
        and _bare_path(ours) == _bare_path(theirs)
        and ours.query == theirs.query
    )


def is_home(url: str) -> bool:
    """True if an address has neither path nor query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return not parts.path.strip("/") and not parts.query


def _bare_path(parts: SplitResult) -> str:
    return parts.path.rstrip("/").removesuffix("/index.html").removesuffix(".html")


def _believe(page_url: str, claim: str) -> str | None:
    try:
        address = urljoin(page_url, claim)
        page, found = urlsplit(page_url), urlsplit(address)
        host, page_host = found.hostname, page.hostname
        found.port  # noqa: B018  raises on a port that is none
    except ValueError:
        return None
    if found.scheme not in ("http", "https") or not host or len(address) > _MAX_CHARS or found.username:
        return None
    if page_host and (not _same_site(host, page_host) or _stands_above(found, page)):
        return None
    return found._replace(fragment="").geturl()


def _stands_above(found: SplitResult, page: SplitResult) -> bool:
    """True for the home page, a section or a standing page such as `/latest`, if the page itself is deeper."""
    claimed, own = found.path.strip("/"), page.path.strip("/")
    if found.query or not own or claimed == own:
        return False
    if not claimed:
        return True
    last = claimed.rpartition("/")[2]
    if own.startswith(f"{claimed}/"):
        return not (_NAMES_A_PAGE.search(last) and _FURTHER_PART.match(own[len(claimed) + 1 :]))
    deeper = own.count("/") > claimed.count("/")
    return deeper and not _NAMES_A_PAGE.search(last) and _SLUG.search(own.rpartition("/")[2]) is not None


def _same_site(one: str, other: str) -> bool:
    one, other = _bare(one), _bare(other)
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _bare(host: str) -> str:
    for prefix in _VARIANTS:
        host = host.removeprefix(prefix)
    return host
