"""A receiver of webhooks on loopback: keeps what was posted, and answers with the status that a test sets."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((dict(self.headers), data))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_words):
        pass


@contextmanager
def running_hook():
    """A server whose `posts` are (headers, body), and whose `status` is the next answer."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Hook) as server:
        server.posts, server.status = [], 204
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
