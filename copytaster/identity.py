"""When two addresses are one story and two contents one version. Pure functions; hashes are SHA-256 in hex."""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from copytaster.masking.addresses import sessionless_address

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copytaster.values import ParsedStory


_TABLE: dict[str, list[str]] = tomllib.loads(
    files("copytaster").joinpath("tracking_parameters.toml").read_text(encoding="utf-8")
)
TRACKING_PARAMETERS = frozenset(_TABLE["names"])
TRACKING_PREFIXES = tuple(_TABLE["prefixes"])
_VARIANT_NAMES = frozenset(_TABLE["variant_names"])
_VARIANT_VALUES = frozenset(_TABLE["variant_values"])
_VARIANT_FOLDER = re.compile(r"^/(?:amp|print|printable)(?=/)|/(?:amp|print|printable)/?$", re.IGNORECASE)
_VARIANT_ENDING = re.compile(r"[.](?:amp|print)(?=[.]html?$|$)|(?<=[.])amp(?=[.]?html$)", re.IGNORECASE)
_DEFAULT_FILE = re.compile(r"/(?:index[.](?:html?|php|aspx?|jsp))?$", re.IGNORECASE)
_NAMES_A_PAGE = re.compile(r"\d|[^/-]-[^/-]|[.]\w{3,5}$")  # a number, a slug or a file in the path
_JOINERS = re.compile("[\u200c\u200d\ufe0f]")  # spelling, and often lost
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_PRINTABLE = "".join(map(chr, range(33, 127)))
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def canonical_url(url: str) -> str:
    """One spelling of an address: parts that cannot choose the page are dropped, all others are kept.

    The host is lower-case ASCII; default port, fragment and tracking parameters are dropped, other parameters sorted,
    escapes normalised by RFC 3986 section 6.2.2. The path keeps its case: servers distinguish `/A` and `/a`. An
    address that cannot be parsed is returned unchanged.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return url.strip()
    if not host:
        return url.strip()
    scheme = parts.scheme.lower()
    kept_port = "" if port is None or port == _DEFAULT_PORTS.get(scheme) else f":{port}"
    netloc = f"{_ascii_host(host)}{kept_port}"
    path = _normalise_escapes(parts.path) or "/"
    return urlunsplit(SplitResult(scheme, netloc, path, _sort_query(parts.query), ""))


def _ascii_host(host: str) -> str:
    host = host.lower().rstrip(".")
    if ":" in host:
        return f"[{host}]"
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _normalise_escapes(text: str) -> str:
    def choose(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if character in _UNRESERVED else found[0].upper()

    return _ESCAPE.sub(choose, quote(text, safe=_PRINTABLE, errors="replace"))


def _sort_query(query: str) -> str:
    kept = (part for part in query.split("&") if part and not is_tracking(part.partition("=")[0]))
    return "&".join(sorted(_normalise_escapes(part) for part in kept))


def is_tracking(parameter: str) -> bool:
    """True if a query parameter of this name only tracks the reader."""
    name = parameter.lower()
    return name in TRACKING_PARAMETERS or name.startswith(TRACKING_PREFIXES)


def story_identity(*, url: str, wire_id: str | None, publisher: str) -> str:
    """The story's identity: the publisher's wire id if it has one, else its address.

    Of the address count neither session nor variant (AMP, print, the list it was reached from), nor the scheme: a page
    served over http and https is one page.
    """
    if wire_id:
        return hash_of(("wire", publisher, wire_id))
    return address_identity(_fold_ending(fold_variants(sessionless_address(url))))


def former_identities(url: str) -> tuple[str, ...]:
    """Identities that stories at this address were stored under before endings, variants and sessions were left out."""
    bare = sessionless_address(url)
    return (address_identity(fold_variants(bare)), address_identity(bare), address_identity(url))


def further_identity(identity: str, number: int) -> str:
    """The identity of the `number`-th story at an address that is used again for others, as `/latest` is."""
    return hash_of(("further", identity, str(number)))


def fold_variants(url: str) -> str:
    """The address without what names a variant of the page: `?source=rss`, `?output=amp`, `/amp/`, `/print`.

    The same text if it has none, or if nothing else in it names a page.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    query = "&".join(part for part in parts.query.split("&") if part and not _is_variant(part))
    path = _VARIANT_ENDING.sub("", _VARIANT_FOLDER.sub("", parts.path))
    if (query == parts.query and path == parts.path) or not (query or _NAMES_A_PAGE.search(path)):
        return url
    return urlunsplit(parts._replace(path=path, query=query))


def _fold_ending(url: str) -> str:
    """The address without a last slash or `index.html`, if what is left names a page."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    path = _DEFAULT_FILE.sub("", parts.path)
    return urlunsplit(parts._replace(path=path)) if _NAMES_A_PAGE.search(path) else url


def _is_variant(part: str) -> bool:
    name, _, value = part.lower().partition("=")
    return name in _VARIANT_NAMES or value in _VARIANT_VALUES


def address_identity(url: str) -> str:
    """The identity by the whole address. Stories stored before sessions and variants were left out have it."""
    return hash_of(("url", canonical_url(url).partition("://")[2] or url))


def content_digest(story: ParsedStory) -> str:
    """What makes a new version: headline, markers, change note, dateline and body.

    Changed pictures, captions, metadata, dates, blanks, joiners or Unicode composition make no new version, nor does a
    marker that only repeats the change note.
    """
    note = story.change_note or ""
    markers = (
        f"{marker.kind}:{marker.number or ''}:{marker.text}"
        for marker in story.markers
        if marker.text not in note
    )
    dateline = story.dateline.raw if story.dateline else ""
    parts = (story.headline, " ".join(markers), story.change_note or "", dateline, story.body)
    return hash_of(_plain(part) for part in parts)


def _plain(text: str) -> str:
    return " ".join(_JOINERS.sub("", unicodedata.normalize("NFC", text)).split())


def hash_of(parts: Iterable[str]) -> str:
    """SHA-256 over texts, each preceded by its length, so that no two lists give the same bytes."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


_ID_BYTES = 10
ID_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"  # of base 32 (RFC 4648), in small letters
_PAIRS = tuple(first + second for first in ID_LETTERS for second in ID_LETTERS)
_PAIR_SHIFTS = range(8 * _ID_BYTES - 10, -1, -10)


def name_dispatch(identity: str, number: int) -> str:
    """A dispatch's id, made from the story and version that founded it, so that a rebuild gives the same id."""
    digest = hashlib.sha256(f"{identity}\n{number}".encode()).digest()
    number_of_id = int.from_bytes(digest[:_ID_BYTES], "big")
    return "d" + "".join([_PAIRS[(number_of_id >> shift) & 1023] for shift in _PAIR_SHIFTS])
