import pytest
from scrapy import exceptions
from scrapy.http import Request, Response
from scrapy.spidermiddlewares.httperror import HttpError

from copytaster.errors import UnparsableError, UnsafeAddressError
from spiders.net.reasons import HostClosedError, is_fault, is_for_good, reason_of
from spiders.net.responses import describe_failure
from spiders.net.robots_lifetime import RobotsRefusedError


def answered(status, url="http://gazette.example/a"):
    return HttpError(Response(url, status=status, request=Request(url)))


@pytest.mark.parametrize(
    ("error", "reason", "for_good", "fault"),
    [
        (answered(404), "http-404", True, True),
        (answered(410), "http-410", True, True),
        (answered(403), "http-403", False, True),
        (answered(429), "http-429", False, True),
        (answered(500), "http-500", False, True),
        (answered(302), "bad-redirect", True, True),
        (answered(304), "http-304", True, True),
        (exceptions.DownloadTimeoutError("60 s"), "timeout", False, True),
        (exceptions.CannotResolveHostError("x"), "dns", False, True),
        (exceptions.DownloadConnectionRefusedError("x"), "connection-refused", False, True),
        (exceptions.DownloadFailedError("x"), "connection-lost", False, True),
        (exceptions.ResponseDataLossError("x"), "cut-short", False, True),
        (exceptions.DownloadCancelledError("larger than download max size"), "too-large", True, True),
        (exceptions.DownloadCancelledError("shutdown"), "cancelled", False, True),
        (exceptions.IgnoreRequest("max redirections reached"), "too-many-redirects", True, True),
        (exceptions.IgnoreRequest("exceeded DOWNLOAD_MAXSIZE during decompression"), "too-large", True, True),
        (UnsafeAddressError("x"), "unsafe-address", True, True),
        (HostClosedError("x"), "retry-after", False, True),
        (RobotsRefusedError("x"), "robots", True, False),
        (UnparsableError("x", reason="no-body"), "no-body", True, False),
        (UnparsableError("x", reason="took-too-long"), "took-too-long", True, True),
        (UnparsableError("x", reason="crashed"), "crashed", False, True),
        (RuntimeError("x"), "internal", False, True),
    ],
)
def test_every_error_has_its_word(error, reason, for_good, fault):
    assert reason_of(error) == reason
    assert (is_for_good(reason), is_fault(reason)) == (for_good, fault)


def test_an_explanation_shows_no_secret():
    said = describe_failure(answered(404, "http://gazette.example/feed?api_key=hush-hush&page=2"))
    assert "hush" not in said
    assert "404" in said
