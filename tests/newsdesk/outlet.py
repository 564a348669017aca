"""An outlet on loopback: a feed and its pages, which a test can hold back or add to."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE_S = 60
TEXT = (
    "The harbour board of {place} voted on Tuesday to dredge the {place} channel before the autumn gales, ending a"
    " dispute that had kept the largest grain carriers away for eleven weeks, officials said. The work will cost"
    " {number} million crowns and is to be finished within {number} days, according to the minutes of the meeting."
)


class Outlet(ThreadingHTTPServer):
    """A feed with pages on loopback; `gate` holds pages back while it is closed."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answer)
        self.stories = {"aldhaven": 11, "birkmouth": 23, "corrie": 37}
        self.gate = threading.Event()
        self.gate.set()
        self.requested = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def feed(self):
        items = "".join(
            f"<item><title>{place.title()} to dredge</title><link>{self.address}/{place}.html</link>"
            f"<guid>{place}</guid></item>"
            for place in self.stories
        )
        return f'<rss version="2.0"><channel><title>Harbour Wire</title>{items}</channel></rss>'

    def page(self, place):
        text = TEXT.format(place=place.title(), number=self.stories[place])
        return f"<html><head><title>x</title></head><body><article><h1>{place.title()} to dredge its channel</h1><p>{text}</p><p>{text[::-1][:60]}</p></article></body></html>"


@contextmanager
def serve_outlet(stories=None):
    """An outlet that serves until the block ends; `stories` as place -> number, by default three."""
    served = Outlet()
    if stories is not None:
        served.stories = stories
    try:
        yield served
    finally:
        served.gate.set()
        served.shutdown()
        served.server_close()


class _Answer(BaseHTTPRequestHandler):
    server: Outlet

    def do_GET(self):
        name = self.path.strip("/").removesuffix(".html")
        if name == "feed.xml":
            self._send("application/rss+xml", self.server.feed())
        elif name in self.server.stories:
            self.server.requested.set()
            self.server.gate.wait(PATIENCE_S)
            self._send("text/html", self.server.page(name))
        else:
            self.send_error(404)

    def _send(self, kind, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def write_config(path, outlet, settings=""):
    """sources.toml of one feed at the outlet, crawled once an hour; `settings` are lines under [settings]."""
    path.write_text(
        f"""
        [settings]
        {settings}
        [settings.crawl]
        allow_addresses = ["127.0.0.0/8"]
        delay_s = 0
        [settings.web]
        port = 0
        [settings.schedule]
        drain_s = 5
        [[source]]
        name = "harbour"
        publisher = "Harbour Wire"
        kind = "feed"
        url = "{outlet.address}/feed.xml"
        interval = "1h"
        """
    )
    return path
