"""Addresses that may be shown: without user names, sessions and secret parameters, and still working as links."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from copytaster.masking.names import is_secret
from copytaster.masking.text import mask_secrets

_SEPARATOR = re.compile("([&;])")


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
    shown = parts._replace(
        netloc=parts.netloc.rpartition("@")[2],
        path=_drop_parameters(parts.path),
        query=_drop_secrets(parts.query),
        fragment=_drop_secrets(parts.fragment),
    )
    return mask_secrets(urlunsplit(shown))


def _drop_parameters(path: str) -> str:
    """Drop the secret parameters of each segment, `/story;jsessionid=...`."""
    return "/".join(_drop_secrets(segment) if ";" in segment else segment for segment in path.split("/"))


def _drop_secrets(text: str) -> str:
    """Drop secret parameters, each with the separator before it."""
    pieces = _SEPARATOR.split(text)
    kept = [
        (sign, part)
        for sign, part in zip(["", *pieces[1::2]], pieces[::2], strict=True)
        if not _is_secret_part(part)
    ]
    return "".join(sign + part for sign, part in kept)[len(kept[0][0]) if kept else 0 :]


def _is_secret_part(part: str) -> bool:
    name, sign, value = part.partition("=")
    return bool(sign) and (is_secret(name, value) or mask_secrets(value) != value)
