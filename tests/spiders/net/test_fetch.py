import gzip
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from threading import Event, Thread

import pytest

from copytaster.errors import RefusedError, UnparsableError, UnsafeAddressError
from settings import CrawlSettings
from spiders.net.fetch import fetch_once

LOOPBACK = (ip_network("127.0.0.0/8"),)
BIG = 3_000_000


class Handler(BaseHTTPRequestHandler):
    """Answers by path; keeps what it was asked."""

    asked: list[tuple[str, dict[str, str]]] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.asked.append((self.path, dict(self.headers)))
        kind, _, rest = self.path.lstrip("/").partition("/")
        getattr(self, f"_{kind}")(rest)

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _ok(self, rest: str) -> None:
        self._answer(200, rest.encode(), Content_Type="text/plain")

    def _status(self, rest: str) -> None:
        self._answer(int(rest), b"sorry")

    def _to(self, rest: str) -> None:
        self._answer(302, Location=rest)

    _never = Event()  # waiting for it is how the server is slow

    def _loop(self, _rest: str) -> None:
        self._answer(301, Location="/loop/")

    def _big(self, _rest: str) -> None:
        self._answer(200, b"x" * BIG)

    def _bomb(self, _rest: str) -> None:
        self._answer(200, gzip.compress(b"\0" * BIG), Content_Encoding="gzip")

    def _parts(self, rest: str) -> None:
        self._answer(200, gzip.compress(b"") * int(rest), Content_Encoding="gzip")

    def _layers(self, rest: str) -> None:
        body = b"ferry"
        for _ in range(int(rest)):
            body = gzip.compress(body)
        self._answer(200, body, Content_Encoding=", ".join(["gzip"] * int(rest)))

    def _zipped(self, rest: str) -> None:
        self._answer(200, gzip.compress(rest.encode()), Content_Encoding="gzip")

    def _drip(self, _rest: str) -> None:
        self.send_response(200)
        self.end_headers()
        while True:
            try:
                self.wfile.write(b"x")
                self._never.wait(0.05)
            except OSError:
                return

    def _drip_head(self, _rest: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        self._drip("")

    def _short(self, _rest: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"cut")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def crawl(**values: object) -> CrawlSettings:
    return CrawlSettings.model_validate(
        {"allow_addresses": LOOPBACK, "timeout_s": 5, "max_bytes": 1_000_000} | values
    )


def test_a_page_comes_whole_with_who_we_are(base: str) -> None:
    page = fetch_once(f"{base}/ok/ferry?a=1", crawl=crawl(user_agent="harbour-desk"))
    assert (page.status, page.body, page.url) == (200, b"ferry?a=1", f"{base}/ok/ferry?a=1")
    assert ("content-type", "text/plain") in page.headers
    path, headers = Handler.asked[-1]
    assert (path, headers["User-Agent"]) == ("/ok/ferry?a=1", "harbour-desk")
    assert headers["Host"] == base.removeprefix("http://")


def test_a_compressed_page_is_unpacked(base: str) -> None:
    assert fetch_once(f"{base}/zipped/ferry", crawl=crawl()).body == b"ferry"


@pytest.mark.parametrize("path", ["/parts/101", "/layers/3"])
def test_many_parts_or_layers_of_compression_are_refused(base: str, path: str) -> None:
    assert fetch_once(f"{base}/layers/2", crawl=crawl()).body == b"ferry"
    with pytest.raises(UnparsableError) as caught:
        fetch_once(base + path, crawl=crawl())
    assert caught.value.reason == "undecodable"


@pytest.mark.parametrize("status", [404, 403, 500, 204])
def test_any_status_is_an_answer(base: str, status: int) -> None:
    assert fetch_once(f"{base}/status/{status}", crawl=crawl()).status == status


def test_redirects_are_followed_to_where_they_end(base: str) -> None:
    page = fetch_once(f"{base}/to//ok/ferry", crawl=crawl())
    assert (page.url, page.body) == (f"{base}/ok/ferry", b"ferry")


@pytest.mark.parametrize(
    ("path", "error", "message"),
    [
        ("/loop/", RefusedError, "more than 5 redirects"),
        ("/to/http://127.0.0.1:1/", RefusedError, "cannot be reached"),
        ("/to/http://10.0.0.1/", UnsafeAddressError, "not public"),
        ("/to/http://169.254.169.254/latest", UnsafeAddressError, "not public"),
        ("/to/http://[::1]/", UnsafeAddressError, "not public"),
        ("/to/http://0x0a000001/", UnsafeAddressError, "not public"),
        ("/to/file:///etc/passwd", UnsafeAddressError, "only http"),
        ("/to/ftp://127.0.0.1/x", UnsafeAddressError, "only http"),
        ("/to/http://ida:x@127.0.0.1/", UnsafeAddressError, "credentials"),
        ("/big/", UnparsableError, "larger than"),
        ("/bomb/", UnparsableError, "more than 1000000 bytes, decompressed"),
        ("/short/", RefusedError, "no usable answer"),
    ],
)
def test_a_bad_answer_is_named(base: str, path: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        fetch_once(base + path, crawl=crawl())


@pytest.mark.parametrize("path", ["/drip/", "/drip_head/"])
def test_an_endless_answer_ends_in_time(base: str, path: str) -> None:
    start = time.monotonic()
    with pytest.raises(UnparsableError, match="no whole answer within 0.5 s") as caught:
        fetch_once(base + path, crawl=crawl(timeout_s=0.5))
    assert caught.value.reason == "took-too-long"
    assert time.monotonic() - start < 3


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "[::ffff:127.0.0.1]"]
)
def test_nothing_inside_is_asked_unless_allowed(base: str, host: str) -> None:
    asked = len(Handler.asked)
    with pytest.raises(UnsafeAddressError):
        fetch_once(f"{base.replace('127.0.0.1', host)}/ok/", crawl=CrawlSettings())
    assert len(Handler.asked) == asked


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://127.0.0.1/", "http://", "http://[::1", "data:,x"]
)
def test_what_is_no_http_address_is_refused(url: str) -> None:
    with pytest.raises(RefusedError):
        fetch_once(url, crawl=crawl())
