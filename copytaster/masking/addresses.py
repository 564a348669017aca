"""Addresses without secrets and without sessions, which still work as links."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit, urlunsplit

from copytaster.masking.names import is_secret, rate_session
from copytaster.masking.text import mask_secrets

if TYPE_CHECKING:
    from collections.abc import Callable

_SEPARATOR = re.compile("([&;])")
_NAMES_A_PAGE = re.compile(r"[0-9]|[^/-]-[^/-]")  # a number or a slug in the path


def public_address(url: str) -> str:
    """The address without user name, session and secret parameters; the same text if it has none.

    Harmless parameters stay, so that the link works: `id=7`, `code=US`.
    """
    if mask_secrets(url) == url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return mask_secrets(url)
    shown = _drop_parameters(parts, _is_secret_part)
    netloc, fragment = parts.netloc.rpartition("@")[2], _drop(parts.fragment, _is_secret_part)
    return mask_secrets(urlunsplit(shown._replace(netloc=netloc, fragment=fragment)))


def sessionless_address(url: str) -> str:
    """The address without the parameters of a visitor's session; the same text if it has none.

    A `sid` that alone may name the page stays. The result depends on nothing but the address.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    bare = _drop_parameters(parts, lambda part: _rate_part(part) != "harmless")
    if not bare.query and _NAMES_A_PAGE.search(bare.path) is None:
        bare = _drop_parameters(parts, lambda part: _rate_part(part) == "secret")
    return url if bare == parts else urlunsplit(bare)


def _drop_parameters(parts: SplitResult, is_dropped: Callable[[str], bool]) -> SplitResult:
    """The address without some parameters of its query and of the segments of its path, `/story;jsessionid=...`."""
    path = "/".join(
        _drop(segment, is_dropped) if ";" in segment else segment for segment in parts.path.split("/")
    )
    return parts._replace(path=path, query=_drop(parts.query, is_dropped))


def _drop(text: str, is_dropped: Callable[[str], bool]) -> str:
    """The text without some of its parts, each dropped with the separator before it."""
    pieces = _SEPARATOR.split(text)
    kept = [
        (sign, part)
        for sign, part in zip(["", *pieces[1::2]], pieces[::2], strict=True)
        if not is_dropped(part)
    ]
    return "".join(sign + part for sign, part in kept)[len(kept[0][0]) if kept else 0 :]


def _is_secret_part(part: str) -> bool:
    name, sign, value = part.partition("=")
    return bool(sign) and (is_secret(name, value) or mask_secrets(value) != value)


def _rate_part(part: str) -> str:
    name, _, value = part.partition("=")
    return rate_session(name, value) if value else "harmless"
