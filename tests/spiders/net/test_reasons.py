from dataclasses import asdict

import pytest
from scrapy import exceptions
from scrapy.http import Request, Response
from scrapy.spidermiddlewares.httperror import HttpError

from copytaster.errors import UnparsableError, UnsafeAddressError
from spiders.net.reasons import HostClosedError, RobotsRefusedError, is_fault, is_for_good, reason_of
from spiders.net.responses import describe_failure
from spiders.run_report import RunReport, Tally


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


@pytest.mark.parametrize(
    ("counts", "outcome", "settled"),
    [
        ({}, "failed", False),
        ({"answered": True, "whole": True}, "ran", True),
        ({"answered": True, "whole": True, "stored": 1, "pending": {"k"}}, "partial", False),
        ({"answered": True, "whole": True, "stored": 1, "unsettled": 1}, "ran", False),
        ({"answered": True, "stored": 1}, "ran", False),
        ({"skipped": "told to wait"}, "skipped", False),
    ],
)
def test_how_a_run_ended_follows_from_its_counts(counts, outcome, settled):
    tally = Tally(**counts)
    assert (tally.outcome(), tally.is_settled()) == (outcome, settled)


def test_errors_make_a_run_partial_or_failed():
    tally = Tally(answered=True, whole=True)
    tally.errors["http-404"] += 2
    assert tally.outcome() == "failed"
    tally.unchanged = 1
    assert tally.outcome() == "partial"
    report = tally.report("town", 7)
    assert report.why == "http-404 (2)"
    assert RunReport(**asdict(report)) == report
    assert report.errors == {"http-404": 2}
