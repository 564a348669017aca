"""Models of the tables in sources.toml, with a check for each field."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from copytaster.errors import nearest
from copytaster.schedule.cron import check_cron

_INTERVAL = re.compile(r"(\d{1,8})\s?(s|m|h|d)")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = timedelta(days=366)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_LONGEST_SERVER = 253
_PUSH = re.compile(r"push:[a-z0-9-]{1,64}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_HOST = re.compile(r"(?:[\w-]{1,63}\.){1,8}[\w-]{1,63}")
_EMPTY_PAGE = LexborHTMLParser("")


def read_interval(value: Any) -> timedelta:
    """Read `15m` as a duration; units s, m, h, d.

    Raises:
        ValueError: the text is no interval, zero, or longer than a year.
    """
    found = _INTERVAL.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r} is no interval; a number and s, m, h or d, e.g. '15m'")
    interval = timedelta(seconds=int(found[1]) * _UNIT_SECONDS[found[2]])
    if not timedelta(0) < interval <= _LONGEST:
        raise ValueError(f"{value!r} is no usable interval; more than nothing and at most 366d")
    return interval


def write_interval(interval: timedelta) -> str:
    """The shortest spelling that reads back as the same duration, e.g. `15m`."""
    seconds = int(interval.total_seconds())
    unit = next(unit for unit in ("d", "h", "m", "s") if seconds % _UNIT_SECONDS[unit] == 0)
    return f"{seconds // _UNIT_SECONDS[unit]}{unit}"


def _check_name(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"{name!r} is no source name; 1 to 64 of a-z, 0-9 and -, e.g. 'harbour-world'")
    return name


def check_source_url(url: str) -> str:
    """Check and return an http or https address without credentials.

    Raises:
        ValueError: the address has another scheme, no host, or a user name.
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"{_masked(url)!r} is no address: {error}") from error
    if parts.scheme not in {"http", "https"} or not host or any(character.isspace() for character in url):
        raise ValueError(
            f"{_masked(url)!r} is no address; it begins with http:// or https:// and names a host"
        )
    if parts.username is not None or parts.password is not None:
        raise ValueError(
            "the address carries a user name or password; credentials do not belong in sources.toml"
        )
    return url


def check_address(kind: str, url: str) -> str:
    """Check and return the address of a source of this kind.

    Raises:
        ValueError: it is none, with an example of a good one.
    """
    if kind == "folder":
        if not url.startswith(("/", "file:///")) or "\0" in url:
            raise ValueError(f"{_masked(url)!r} is no folder; a path from the root, e.g. '/srv/wire/in'")
        return url
    if kind == "mailbox":
        return _check_mailbox(url)
    if kind == "push":
        if _PUSH.fullmatch(url) is None:
            raise ValueError(f"{_masked(url)!r} is no push address; 'push:' and a name, e.g. 'push:harbour'")
        return url
    return check_source_url(url)


def _check_mailbox(url: str) -> str:
    """Check the address of a mailbox, which names the user and never the password."""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme == "imaps" and parts.hostname and parts.username and (parts.port or 1)
    except ValueError:
        is_good = False
    plain = unquote(url)  # what is sent to the server
    if not is_good or any(one in '"\\' or one.isspace() or not one.isprintable() for one in plain):
        raise ValueError(
            f"{_masked(url)!r} is no mailbox; e.g. 'imaps://desk@mail.example.org/INBOX' (an @ in the name is %40)"
        )
    if urlsplit(url).password is not None:
        raise ValueError(
            "the address carries a password; put it into a file, and name that as mailbox.password_file"
        )
    return url


def _check_server(name: str) -> str:
    if not 0 < len(name) <= _LONGEST_SERVER or any(one.isspace() or one in ";()" for one in name):
        raise ValueError(
            f"{name!r} is no name of a mail server; as its headers write it, e.g. 'mx.example.org'"
        )
    return name


def _check_path(path: str) -> str:
    if path and not path.startswith("/"):
        raise ValueError(f"{path!r} is no path from the root")
    return path


def _check_url(url: str, info: ValidationInfo) -> str:
    return check_address(info.data.get("kind", "feed"), url)


def _masked(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}***@{rest.rpartition('@')[2]}" if "@" in rest else url


@cache
def _list_timezones() -> frozenset[str]:
    """Every zone of this machine; reading them takes 10 ms."""
    return frozenset(available_timezones())


def _check_timezone(name: str) -> str:
    zones = _list_timezones()
    if name not in zones:
        close = nearest(name, zones)
        raise ValueError(
            f"{name!r} is no time zone, " + (close if "mean" in close else "e.g. 'Europe/Berlin'")
        )
    return name


def _check_language(tag: str) -> str:
    if _LANGUAGE.fullmatch(tag) is None:
        raise ValueError(f"{tag!r} is no language tag; e.g. 'en' or 'pt-BR'")
    return tag


def _check_host(host: str) -> str:
    if _HOST.fullmatch(host) is None:
        raise ValueError(f"{host!r} is no host name; e.g. 'example.org', which covers www.example.org too")
    return host.lower().removeprefix("www.")


def _check_selector(selector: str) -> str:
    try:
        _EMPTY_PAGE.css(selector)
    except SelectolaxError as error:
        raise ValueError(f"{selector!r} is no CSS selector; e.g. 'div.story p'") from error
    return selector


def _check_optional_selector(selector: str) -> str:
    return _check_selector(selector) if selector else selector


Interval = Annotated[timedelta, BeforeValidator(read_interval)]
Language = Annotated[str, AfterValidator(_check_language)]
Label = Annotated[str, Field(min_length=1, max_length=255)]
Selector = Annotated[str, AfterValidator(_check_optional_selector)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class SelectorsTable(_Table):
    """`selectors` of a source: CSS; an empty one leaves that part to the general reading."""

    headline: Selector = ""
    body: Selector = ""
    byline: Selector = ""
    published: Selector = ""
    remove: list[Annotated[str, AfterValidator(_check_selector)]] = []
    links: Selector = ""


class LimitsTable(_Table):
    """`limits` of a source or of `[defaults]`; a missing value means that of the settings."""

    max_entries: int | None = Field(default=None, gt=0)
    delay_s: float | None = Field(default=None, ge=0)
    max_bytes: int | None = Field(default=None, gt=0)
    timeout_s: float | None = Field(default=None, gt=0)


class MailboxTable(_Table):
    """`mailbox` of a source: how it is opened, and whose word on senders counts."""

    password_file: Annotated[str, AfterValidator(_check_path)] = ""
    ca_file: Annotated[str, AfterValidator(_check_path)] = ""
    trusted_receivers: list[Annotated[str, AfterValidator(_check_server)]] = []


class DefaultsTable(_Table):
    """`[defaults]`: values for sources that set none."""

    interval: Interval | None = None
    language: Language | None = None
    timezone: Annotated[str, AfterValidator(_check_timezone)] | None = None
    limits: LimitsTable = Field(default_factory=LimitsTable)


class PublisherTable(_Table):
    """`[publishers."Harbour Post"]`."""

    family: Label | None = None
    agency: Label | None = None
    hosts: list[Annotated[str, AfterValidator(_check_host)]] = []


class SourceTable(_Table):
    """One `[[source]]`."""

    name: Annotated[str, AfterValidator(_check_name)]
    publisher: Label
    kind: str = "feed"
    url: Annotated[str, AfterValidator(_check_url)]
    interval: Interval | None = None
    longest_interval: Interval | None = None
    cron: Annotated[str, AfterValidator(check_cron)] | None = None
    timezone: Annotated[str, AfterValidator(_check_timezone)] | None = None
    language: Language | None = None
    enabled: bool = True
    follow_moves: bool = True
    revisit: bool = True
    archive: Annotated[str, AfterValidator(_check_url)] | None = None
    selectors: SelectorsTable = Field(default_factory=SelectorsTable)
    limits: LimitsTable = Field(default_factory=LimitsTable)
    mailbox: MailboxTable = Field(default_factory=MailboxTable)

    @model_validator(mode="after")
    def _check_password(self) -> SourceTable:
        if self.kind == "mailbox" and not self.mailbox.password_file:
            raise ValueError(
                "a mailbox needs a file with its password, e.g. mailbox = { password_file = '/etc/copytaster/mail.password' }"
            )
        return self

    @model_validator(mode="after")
    def _check_rhythm(self) -> SourceTable:
        if self.interval is not None and self.cron is not None:
            raise ValueError("interval and cron are both given; keep one of them")
        if self.longest_interval is None:
            return self
        if self.interval is None:
            raise ValueError("longest_interval needs an interval, the shortest one, e.g. interval = '5m'")
        if self.longest_interval < self.interval:
            raise ValueError(
                f"longest_interval {write_interval(self.longest_interval)} is below interval {write_interval(self.interval)}"
            )
        return self
