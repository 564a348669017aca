import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

# Closes a handler with one open connection, with no patience at all: its timer falls due in the turn of the event loop in
# which the connection closes, as both do when the loop was busy for longer than the timer.
CLOSE = """
import sys
from importlib import import_module
from scrapy.utils.reactor import install_reactor
install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
from scrapy import Request
from scrapy.utils.misc import build_from_crawler
from scrapy.utils.test import get_crawler
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.python import log

module, name, url = sys.argv[1:]
module, errors = import_module(module), []
module.CLOSING_S = 0
log.addObserver(lambda event: errors.append(event["failure"]) if event["isError"] else None)

async def run():
    handler = build_from_crawler(getattr(module, name), get_crawler())
    handler._disconnect_timeout = 0
    response = await Deferred.fromFuture(loop.create_task(handler.download_request(Request(url))))
    await Deferred.fromFuture(loop.create_task(handler.close()))
    print(response.status, *(one.type.__name__ for one in errors))
    reactor.stop()

loop = reactor._asyncioEventloop
reactor.callWhenRunning(lambda: Deferred.fromCoroutine(run()).addErrback(lambda why: (print(why), reactor.stop())))
reactor.run()
"""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def url():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def _close(module, name, url):
    command = [sys.executable, "-c", CLOSE, module, name, url]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()


def test_connections_that_close_as_the_wait_ends_log_no_error(url):
    assert _close("spiders.net.downloads", "DownloadHandler", url) == "200"


def test_the_library_s_own_wait_logs_one(url):
    found = _close("scrapy.core.downloader.handlers.http11", "HTTP11DownloadHandler", url)
    assert found == "200 AlreadyCalledError"
