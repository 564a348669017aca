"""Which record is a page, and the page that it gives."""

import gzip
import zlib
from datetime import UTC, datetime

import pytest

from copytaster.errors import UnparsableError
from copytaster.values import RawPage
from spiders.warc.pages import page_of
from spiders.warc.records import Record, RecordReader
from spiders.warc.stream import Position
from tests import archives

URL = f"{archives.HOST}/story/1"
HTML = archives.html(1)
TYPE = ("Content-Type", "text/html")


def take(record, max_bytes=1_000_000, tmp=None):
    tmp.write_bytes(record)
    with tmp.open("rb") as file:
        [found] = RecordReader(file, Position(), max_bytes=max_bytes).read()
    assert isinstance(found, Record)
    return page_of(found, max_bytes=max_bytes)


@pytest.fixture
def page_in(tmp_path):
    return lambda record, **more: take(record, tmp=tmp_path / "a.warc", **more)


def test_a_page_has_the_address_the_moment_and_the_headers_of_its_record(page_in):
    headers = [TYPE, ("Set-Cookie", "id=7"), ("Content-Language", "en")]
    page = page_in(archives.response(URL, HTML, headers=headers))
    kept = (("Content-Type", "text/html"), ("Content-Language", "en"), ("WARC-Date", archives.DATE))
    assert page == RawPage(URL, HTML, datetime(2020, 2, 24, 10, 30, tzinfo=UTC), 200, kept)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (archives.info(), "warcinfo"),
        (archives.request(URL), "request"),
        (archives.metadata(URL), "metadata"),
        (archives.revisit(URL), "revisit"),
        (archives.response(URL, HTML, kind="resource"), "resource"),
        (archives.response(URL, HTML, kind="later-invention"), "other-kind"),
        (archives.response(URL, HTML, "404 Not Found"), "http-404"),
        (archives.response(URL, HTML, "301 Moved"), "http-301"),
        (archives.response(URL, b"%PDF", headers=[("Content-Type", "application/pdf")]), "not-html"),
        (archives.response(URL, HTML, headers=[]), "not-html"),
        (archives.response(f"{archives.HOST}/robots.txt", HTML), "robots-txt"),
        (archives.response("dns:gazette.example", b"1.2.3.4"), "not-web"),
        (archives.response("file:///etc/passwd", HTML), "not-web"),
        (archives.response("https:///story", HTML), "not-web"),
        (archives.response("https://[gazette/story", HTML), "not-web"),
        (archives.response(f"{URL}?{'x' * 3000}", HTML), "not-web"),
    ],
)
def test_other_records_are_counted_by_reason(page_in, record, reason):
    assert page_in(record) == reason


def chunked(body, size=100):
    parts = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x;a=b\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(HTML), [("Content-Encoding", "gzip")]),
        (zlib.compress(HTML), [("Content-Encoding", "deflate")]),
        (chunked(HTML), [("Transfer-Encoding", "chunked")]),
        (chunked(gzip.compress(HTML)), [("Content-Encoding", "gzip"), ("Transfer-Encoding", "Chunked")]),
        (HTML, [("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")]),  # removed by the writer
        (HTML, [("Content-Encoding", "br")]),
    ],
)
def test_a_body_is_read_whether_its_writer_decoded_it_or_not(page_in, body, headers):
    page = page_in(archives.response(URL, body, headers=[TYPE, *headers]))
    assert (page.body, page.headers) == (HTML, (TYPE, ("WARC-Date", archives.DATE)))


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (archives.response(URL, bytes(1001)), "too-large"),
        (archives.response(URL, bytes(100_000)), "too-large"),
        (
            archives.response(
                URL, gzip.compress(bytes(50_000)), headers=[TYPE, ("Content-Encoding", "gzip")]
            ),
            "too-large",
        ),
        (archives.response(URL, b"\x8b\x01", headers=[TYPE, ("Content-Encoding", "br")]), "undecodable"),
        (archives.response(URL, HTML, warc={"WARC-Date": "yesterday"}), "archive-damaged"),
        (archives.response(URL, HTML).replace(b"HTTP/1.1", b"SMTP/1.1"), "archive-damaged"),
    ],
)
def test_what_cannot_be_a_page_is_refused_by_reason_and_address(page_in, record, reason):
    with pytest.raises(UnparsableError) as caught:
        page_in(record, max_bytes=1_000)
    assert (caught.value.reason, caught.value.resource) == (reason, URL)


def test_endless_small_chunks_are_refused(page_in, monkeypatch):
    monkeypatch.setattr("spiders.warc.pages._MOST_CHUNKS", 5)
    record = archives.response(URL, chunked(HTML, 1), headers=[TYPE, ("Transfer-Encoding", "chunked")])
    with pytest.raises(UnparsableError, match="5 chunks"):
        page_in(record)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2020-02-24T10:30:00.123456789Z", datetime(2020, 2, 24, 10, 30, 0, 123456, UTC)),
        ("2020-02-24T10:30:00", datetime(2020, 2, 24, 10, 30, tzinfo=UTC)),
    ],
)
def test_moments_of_both_versions_of_the_format(page_in, text, moment):
    assert page_in(archives.response(URL, HTML, warc={"WARC-Date": text})).fetched_at == moment


def test_nothing_was_fetched_in_the_future(page_in):
    page = page_in(archives.response(URL, HTML, warc={"WARC-Date": "2999-01-01T00:00:00Z"}))
    assert page.fetched_at <= datetime.now(UTC)
