"""The configured sources of sources.toml, checked, as values. The store holds their state."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cached_property, partial
from importlib import resources
from typing import TYPE_CHECKING, Any

from copytaster.errors import ConfigurationError, NotFoundError, nearest
from copytaster.masking.known import learn_address
from spiders.sources.faults import Faults
from spiders.sources.tables import DefaultsTable, LimitsTable, PublisherTable, SourceTable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import timedelta
    from pathlib import Path

CRAWLED = ("feed", "sitemap", "listing")  # fetched by a spider when they are due
RECEIVED = ("folder", "mailbox", "push")  # copy that others bring: taken in as it arrives
KINDS = CRAWLED + RECEIVED
TABLES = ("settings", "defaults", "publishers", "source")


@dataclass(frozen=True, slots=True)
class SourceSelectors:
    """CSS selectors for the parts of a page; an empty one leaves that part to the general reading.

    `links` are those to the stories of a listing page.
    """

    headline: str = ""
    body: str = ""
    byline: str = ""
    published: str = ""
    remove: tuple[str, ...] = ()
    links: str = ""

    def __bool__(self) -> bool:
        """True if any selector is set."""
        return self != SourceSelectors()


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one source; None means the value in the settings."""

    max_entries: int | None = None
    delay_s: float | None = None
    max_bytes: int | None = None
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class Mailbox:
    """How a mailbox is opened, and whose word on senders counts.

    `trusted_receivers` are the servers whose Authentication-Results count, of mail in a folder too.
    """

    password_file: str = ""
    ca_file: str = ""
    trusted_receivers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One configured source.

    Exactly one of `interval` and `cron` (weekdays by name) is set. `agency` is set where the publisher is
    the agency itself; `hosts` are those that only the publisher uses; `timezone` is that of `cron`, None for the one of the settings;
    with `longest_interval`, habits choose between it and `interval`; `follow_moves` lets the service ask where permanent redirects of `url` lead;
    `revisit` lets it request the pages of stored stories again;
    `archive` is a sitemap, or the site whose robots.txt names its sitemaps, that lists older stories than `url` does.
    """

    name: str
    publisher_name: str
    kind: str
    url: str
    family: str | None = None
    agency: str | None = None
    hosts: tuple[str, ...] = ()
    interval: timedelta | None = None
    longest_interval: timedelta | None = None
    cron: str | None = None
    timezone: str | None = None
    language: str | None = None
    enabled: bool = True
    follow_moves: bool = True
    revisit: bool = True
    selectors: SourceSelectors = SourceSelectors()
    limits: Limits = Limits()
    mailbox: Mailbox = Mailbox()
    archive: str | None = None

    @property
    def is_received(self) -> bool:
        """True if copy arrives by itself; False for a source that falls due."""
        return self.kind in RECEIVED


@dataclass(frozen=True)
class Sources:
    """Every configured source, in the order of the file."""

    all: tuple[Source, ...] = ()
    path: str = "sources.toml"

    def __iter__(self) -> Iterator[Source]:
        """Iterate in the order of the file."""
        return iter(self.all)

    def __len__(self) -> int:
        """The number of sources."""
        return len(self.all)

    def get(self, name: str) -> Source:
        """Return the source of this name.

        Raises:
            NotFoundError: no source has this name; the hint names the nearest.
        """
        found = self._by_name.get(name)
        if found is not None:
            return found
        hint = nearest(name, (source.name for source in self.all))
        raise NotFoundError(f"no source is named {name!r}", resource=self.path, hint=hint)

    def has(self, name: str) -> bool:
        """True if a source has this name."""
        return name in self._by_name

    @cached_property
    def _by_name(self) -> dict[str, Source]:
        return {source.name: source for source in self.all}

    def enabled(self) -> tuple[Source, ...]:
        """The enabled sources."""
        return tuple(source for source in self.all if source.enabled)

    def select(self, names: Iterable[str]) -> tuple[Source, ...]:
        """The named sources, enabled or not; without names, all enabled ones.

        Raises:
            NotFoundError: a name is unknown.
        """
        return tuple(self.get(name) for name in names) or self.enabled()


def read_sources(path: Path, *, kinds: Collection[str] = KINDS) -> Sources:
    """Read and check sources.toml.

    Raises:
        ConfigurationError: the file cannot be read or is invalid; the message names every fault with its line,
            its source and the nearest valid value.
    """
    text = read_text(path)
    if text is None:
        raise ConfigurationError(
            "there is no such file", resource=str(path), hint="`copytaster source add URL` makes it"
        )
    return parse_sources(text, resource=str(path), kinds=kinds)


def read_text(path: Path) -> str | None:
    """The file's text; None if there is no file.

    Raises:
        ConfigurationError: the file cannot be read, or is not UTF-8; the message names the line.
    """
    try:
        content = path.read_bytes()
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error}", resource=str(path)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        message = f"line {line} cannot be read: byte 0x{error.object[error.start]:02x} is not UTF-8"
        raise ConfigurationError(message, resource=str(path), hint="save the file as UTF-8") from error


def read_starter() -> Sources:
    """Read the sources that ship with the product, all disabled."""
    return parse_sources(starter_text(), resource="starter_sources.toml")


def starter_text() -> str:
    """The text of the starter file."""
    return resources.files("spiders").joinpath("starter_sources.toml").read_text(encoding="utf-8")


def parse_sources(text: str, *, resource: str = "sources.toml", kinds: Collection[str] = KINDS) -> Sources:
    """Check the text of a sources file and return its sources, like `read_sources`."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"not valid TOML: {error}", resource=resource) from error
    return _Reader(text, tables, resource, kinds).read()


class _Reader:
    """Converts the file's tables into sources and collects their faults."""

    def __init__(self, text: str, tables: dict[str, Any], resource: str, kinds: Collection[str]) -> None:
        self.tables = tables
        self.kinds = kinds
        self.faults = Faults(text, resource)

    def read(self) -> Sources:
        """Return every source, or raise every fault."""
        faults = self.faults
        for name in self.tables.keys() - set(TABLES):
            faults.add(faults.line_of_header(name), f"unknown table {name!r}, {nearest(name, TABLES)}")
        defaults = self._read_defaults()
        publishers = self._read_publishers()
        found = [self._read_source(number, table, defaults) for number, table in enumerate(self._blocks())]
        self._check_unique(found)
        faults.raise_any()
        sources = [_with_publisher(source, publishers) for source in found if source is not None]
        for source in sources:
            learn_address(source.url)
            learn_address(source.archive or "")
        return Sources(tuple(sources), faults.resource)

    def _read_defaults(self) -> DefaultsTable:
        faults = self.faults
        found = faults.check(
            DefaultsTable,
            self.tables.get("defaults", {}),
            "[defaults]",
            lambda: faults.line_of_header("defaults"),
        )
        return found or DefaultsTable()

    def _read_publishers(self) -> dict[str, PublisherTable]:
        tables = self.tables.get("publishers", {})
        if not isinstance(tables, dict):
            line = self.faults.line_of_header("publishers")
            self.faults.add(line, 'publishers is no table; write [publishers."Name"]')
            return {}
        checked = {}
        for name, table in tables.items():
            find_line = partial(self.faults.line_of_header, "publishers", name)
            found = self.faults.check(PublisherTable, table, f"publisher {name!r}", find_line)
            checked[name] = found or PublisherTable()
        return checked

    def _blocks(self) -> list[Any]:
        blocks = self.tables.get("source", [])
        if isinstance(blocks, list):
            return blocks
        self.faults.add(self.faults.line_of_header("source"), "source is one table; write [[source]]")
        return []

    def _read_source(self, number: int, table: Any, defaults: DefaultsTable) -> Source | None:
        faults = self.faults
        line = faults.line_of_block(number)
        name = table.get("name") if isinstance(table, dict) else None
        label = f"source {name!r}" if name else f"source number {number + 1}"
        checked = faults.check(SourceTable, table, label, lambda: line)
        if checked is None:
            return None
        if checked.kind not in self.kinds:
            where = faults.line_of_key(line, "kind")
            faults.add(where, f"{label}: unknown kind {checked.kind!r}, {nearest(checked.kind, self.kinds)}")
        has_rhythm = checked.interval or checked.cron or defaults.interval or checked.kind in RECEIVED
        if not has_rhythm:
            faults.add(line, f'{label}: neither interval nor cron is given; e.g. interval = "15m"')
        return _make_source(checked, defaults)

    def _check_unique(self, found: list[Source | None]) -> None:
        first: dict[str, int] = {}
        for number, source in enumerate(found):
            if source is None:
                continue
            if source.name in first:
                line = self.faults.line_of_block(first[source.name])
                seen = f", first in line {line}" if line else ""
                where = self.faults.line_of_block(number)
                self.faults.add(where, f"source {source.name!r}: the name is taken{seen}")
            first.setdefault(source.name, number)


def _make_source(table: SourceTable, defaults: DefaultsTable) -> Source:
    selectors, limits, fallback = table.selectors, table.limits, defaults.limits
    return Source(
        name=table.name,
        publisher_name=table.publisher,
        kind=table.kind,
        url=table.url,
        interval=table.interval or (None if table.cron or table.kind in RECEIVED else defaults.interval),
        longest_interval=table.longest_interval,
        cron=table.cron,
        timezone=table.timezone or defaults.timezone,
        language=table.language or defaults.language,
        enabled=table.enabled,
        follow_moves=table.follow_moves,
        revisit=table.revisit,
        selectors=SourceSelectors(
            selectors.headline,
            selectors.body,
            selectors.byline,
            selectors.published,
            tuple(selectors.remove),
            selectors.links,
        ),
        limits=Limits(
            **{
                name: getattr(fallback, name) if getattr(limits, name) is None else getattr(limits, name)
                for name in LimitsTable.model_fields
            }
        ),
        archive=table.archive,
        mailbox=Mailbox(
            table.mailbox.password_file, table.mailbox.ca_file, tuple(table.mailbox.trusted_receivers)
        ),
    )


def _with_publisher(source: Source, publishers: Mapping[str, PublisherTable]) -> Source:
    table = publishers.get(source.publisher_name, PublisherTable())
    return replace(source, family=table.family, agency=table.agency, hosts=tuple(table.hosts))
