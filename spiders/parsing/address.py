"""Chooses the address of a story: the page's canonical link if it is plausible."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

_MAX_CHARS = 2000
_VARIANTS = ("www.", "m.", "mobile.", "amp.", "wap.", "touch.", "edition.", "beta.", "old.", "origin.")


def choose_address(page_url: str, *claimed: str | None) -> str:
    """Return the first claimed address on the same site that is no home page, else the page's own."""
    for claim in claimed:
        if claim and (address := _believe(page_url, claim.strip())):
            return address
    return page_url


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
    if page_host and not _same_site(host, page_host):
        return None
    if not found.path.strip("/") and not found.query and page.path.strip("/"):
        return None
    return found._replace(fragment="").geturl()


def _same_site(one: str, other: str) -> bool:
    one, other = _bare(one), _bare(other)
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _bare(host: str) -> str:
    for prefix in _VARIANTS:
        host = host.removeprefix(prefix)
    return host
