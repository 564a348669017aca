"""Reason codes: why a request, page or entry gave no story, and whether a later run tries it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy import exceptions
from scrapy.spidermiddlewares.httperror import HttpError

from copytaster.errors import RefusedError
from spiders.net.responses import is_challenged

if TYPE_CHECKING:
    from scrapy.http import Response

HTTP_TRY_AGAIN = frozenset({401, 403, 408, 425, 429})
TRY_AGAIN = frozenset(
    {
        "cancelled",
        "challenge",
        "crashed",
        "connection-lost",
        "connection-refused",
        "cut-short",
        "dns",
        "internal",
        "over-budget",
        "retry-after",
        "robots-unreachable",
        "timeout",
        "wall",
    }
)
_FAULTS = frozenset(
    {
        "bad-address",
        "bad-redirect",
        "too-large",
        "too-many-redirects",
        "too-much-memory",
        "took-too-long",
        "unsafe-address",
    }
)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SERVER_ERRORS = 500

_BY_TYPE: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.DownloadTimeoutError, "timeout"),
    (exceptions.CannotResolveHostError, "dns"),
    (exceptions.DownloadConnectionRefusedError, "connection-refused"),
    (exceptions.ResponseDataLossError, "cut-short"),
    (exceptions.UnsupportedURLSchemeError, "unsafe-address"),
    (exceptions.NotSupported, "unsafe-address"),
    (exceptions.DownloadFailedError, "connection-lost"),
)


class LaterError(RefusedError):
    """The run's time for back-fill is over; the next run takes the page."""

    reason = "later"


class HostClosedError(RefusedError):
    """The host answered 429 or 503 and is closed for a while."""

    reason = "retry-after"


def reason_of(error: BaseException) -> str:
    """The reason code of an error; `internal` for an unexpected one."""
    if isinstance(error, RefusedError):
        return error.reason
    if isinstance(error, HttpError):
        return _response_reason(error.response)
    if isinstance(error, exceptions.IgnoreRequest):
        return "too-many-redirects" if "redirections" in str(error) else "too-large"
    if isinstance(error, exceptions.DownloadCancelledError):
        return "too-large" if "max size" in str(error) else "cancelled"
    return next((word for kind, word in _BY_TYPE if isinstance(error, kind)), "internal")


def _response_reason(response: Response) -> str:
    if response.status in _REDIRECTS:
        return "bad-redirect"
    return "challenge" if is_challenged(response) else f"http-{response.status}"


def is_for_good(reason: str) -> bool:
    """True if a later run would refuse the entry again; False for faults that may pass."""
    if not reason.startswith("http-"):
        return reason not in TRY_AGAIN
    status = int(reason.removeprefix("http-"))
    return status < _SERVER_ERRORS and status not in HTTP_TRY_AGAIN


def is_fault(reason: str) -> bool:
    """True if something failed; False for a page that holds no story for us."""
    return reason.startswith("http-") or reason in TRY_AGAIN or reason in _FAULTS
