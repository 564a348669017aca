"""Reads headers and body of an HTTP response, and describes failures."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scrapy.spidermiddlewares.httperror import HttpError

from copytaster.masking.text import mask_secrets
from copytaster.values import RawPage
from spiders.net.challenges import is_challenge

if TYPE_CHECKING:
    from scrapy.http import Response


OUR_HEADERS = b"x-copytaster-"  # what this program notes of a kept page


def validators_of(response: Response) -> tuple[str | None, str | None]:
    """ETag and Last-Modified of a response."""
    return header_of(response, "ETag"), header_of(response, "Last-Modified")


def header_of(response: Response, name: str) -> str | None:
    """A header's text; None if it is missing or empty."""
    value: bytes | None = response.headers.get(name)
    return value.decode("latin-1") if value else None


def raw_page(response: Response) -> RawPage:
    """The response as the store keeps it, without cookies and without headers of the names that are ours."""
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
        if name.lower() != b"set-cookie" and not name.lower().startswith(OUR_HEADERS)
    )
    return RawPage(response.url, response.body, datetime.now(UTC), response.status, headers)


def is_challenged(response: Response) -> bool:
    """True if a response asks a browser to prove itself."""
    mitigated = header_of(response, "cf-mitigated") is not None
    return is_challenge(response.status, response.body, mitigated=mitigated)


def describe_failure(error: BaseException) -> str:
    """Describe an error in one line, with secrets in addresses masked."""
    if isinstance(error, HttpError):
        asked = " with a challenge for browsers" if is_challenged(error.response) else ""
        return mask_secrets(f"{error.response.url} answers {error.response.status}{asked}")
    return mask_secrets(" ".join(str(error).split()) or type(error).__name__)
