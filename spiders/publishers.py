"""Decides who published a page, by configuration and the page's host, never by a claim in the copy."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from copytaster.wire.agencies import agency_of_host

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spiders.sources.config import Source

LONGEST_NAME = 255  # of a publisher; a feed's claim may be any text
_PORTS = {"http": 80, "https": 443}


class Publisher(NamedTuple):
    """Who published a page.

    Attributes:
        family: the owner under whom it is counted, None where configuration names none; a page that only claims to be a
            configured publisher's is counted with that owner.
        claimed: the publisher that the feed's entry names, where that is another.
        by_host: the page's host decided: this corrects what the store has from an earlier lister.
        folds: sources of several channels bring its copy: its pages, a folder, a mailbox, pushes.
    """

    name: str
    family: str | None = None
    claimed: str | None = None
    by_host: bool = False
    folds: bool = False


class Publishers:
    """The publishers of the configured hosts.

    A host is configured by `hosts` in `[publishers."Name"]`, which covers its subdomains too, or by the address of a
    source. A host that sources of several publishers share says nothing.
    """

    def __init__(self, sources: Iterable[Source]) -> None:
        self._families: dict[str, str] = {}
        named: dict[str, set[tuple[str, str | None]]] = defaultdict(set)
        implied: dict[str, set[tuple[str, str | None]]] = defaultdict(set)
        channels: dict[str, set[str]] = defaultdict(set)
        for source in sources:
            channels[source.publisher_name].add(source.kind if source.is_received else "page")
            who = source.publisher_name, source.family
            if source.family:
                self._families[source.publisher_name] = source.family
            if not source.is_received:  # what people send to a mail server is not that server's own
                implied[site_of(source.url)].add(who)
            for host in source.hosts:
                named[host].add(who)
        self._named = {host: next(iter(who)) for host, who in named.items() if len(who) == 1}
        self._implied = {host: next(iter(who)) for host, who in implied.items() if len(who) == 1}
        self._with_channels = {name for name, found in channels.items() if len(found) > 1}

    def of_page(self, url: str, source: Source, claim: str | None = None) -> Publisher:
        """Who published the page that was fetched from `url`, after redirects.

        The first of these decides: the publisher configured for the host, the agency that owns the host, the
        source's own publisher where the page lies on the source's host or the entry claims no other, the host's name.

        Args:
            url: of the page; a file's address has no host, and the source's publisher counts.
            source: the source that listed the page.
            claim: the publisher that the entry names.
        """
        found = self._of_page(url, source, claim)
        return found._replace(folds=found.name in self._with_channels)

    def _of_page(self, url: str, source: Source, claim: str | None) -> Publisher:
        site = site_of(url)
        claimed = claim[:LONGEST_NAME] if claim else None
        found = self._of_site(site)
        if found is not None:
            return Publisher(*found, claimed if claimed != found[0] else None, by_host=True)
        own = not site or claimed in (None, source.publisher_name) or site == site_of(source.url)
        if own:
            return Publisher(
                source.publisher_name, source.family, claimed if claimed != source.publisher_name else None
            )
        return Publisher(site, self._families.get(claimed or ""), claimed)

    def of_host(self, url: str) -> Publisher:
        """Who published a page that no source listed: the publisher of its host, or the host's own name."""
        site = site_of(url)
        found = self._of_site(site)
        return Publisher(site) if found is None else Publisher(*found, by_host=True)

    def _of_site(self, site: str) -> tuple[str, str | None] | None:
        for host in _parents(site.partition(":")[0]):
            if host in self._named:
                return self._named[host]
        if site in self._implied:
            return self._implied[site]
        agency = agency_of_host(site)
        return (agency, None) if agency else None


def site_of(url: str) -> str:
    """Host of an address without `www.`, with its port where that is not the scheme's; empty where there is none."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removeprefix("www."), parts.port
    except ValueError:
        return ""
    return host if port in (None, _PORTS.get(parts.scheme)) else f"{host}:{port}"


def _parents(host: str) -> Iterator[str]:
    """The host, then each domain above it."""
    while host:
        yield host
        host = host.partition(".")[2]
