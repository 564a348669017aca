"""A proxy on loopback that does to requests for a search server what networks and servers do on bad days."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

PRODUCT = ("X-Elastic-Product", "Elasticsearch")


class AbortError(Exception):
    """Ends the connection."""


class FaultProxy:
    """Passes requests on; `fault(handler, upstream)` may respond instead of the server. Counts both.

    `choose` is given the handler of a request and names one of FAULTS, or None. Each fault is a function of (handler, ask)
    where `ask()` gives (status, headers, body) of the server.
    """

    def __init__(self, upstream):
        self.upstream = urlsplit(upstream)
        self.choose = lambda _handler: None
        self.requests = 0
        self.injected = 0
        self._lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

        for method in ("GET", "POST", "PUT", "DELETE", "HEAD"):
            setattr(Handler, f"do_{method}", lambda handler: self.handle(handler))  # noqa: PLW0108 - a method
        self._handler = Handler
        self._port = 0
        self._server = None
        self.listen()
        self.url = f"http://127.0.0.1:{self._port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.hang_up()

    def listen(self):
        """Listen, at the same address as before."""
        self._server = _Server(("127.0.0.1", self._port), self._handler)
        self._port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def hang_up(self):
        """Stop: end every open connection and refuse every new one."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.end_all()
        self._server.server_close()
        self._thread.join()
        self._server = None

    def handle(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        handler.body = body
        with self._lock:
            self.requests += 1
        name = self.choose(handler)
        try:
            if name is None:
                answer(handler, *self.ask(handler, body))
                return
            with self._lock:
                self.injected += 1
            FAULTS[name](handler, lambda other=body: self.ask(handler, other))
        except (AbortError, OSError):
            handler.close_connection = True

    def ask(self, handler, body):
        connection = http.client.HTTPConnection(self.upstream.hostname, self.upstream.port, timeout=60)
        with contextlib.closing(connection):
            kept = {
                name: value
                for name, value in handler.headers.items()
                if name.lower() not in {"host", "connection", "accept-encoding"}
            }
            connection.request(handler.command, handler.path, body=body or None, headers=kept)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, *arguments):
        self._open = set()
        super().__init__(*arguments)

    def handle_error(self, *_):
        pass

    def process_request(self, request, client_address):
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self._open.discard(request)
        super().shutdown_request(request)

    def end_all(self):
        for request in list(self._open):
            with contextlib.suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)


def answer(handler, status, headers, body):
    handler.send_response(status)
    for name, value in headers:
        if name.lower() not in {"content-length", "transfer-encoding", "connection", "content-encoding"}:
            handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)


def say(handler, status, value, *, product=PRODUCT):
    headers = [("Content-Type", "application/json"), *([product] if product else [])]
    answer(handler, status, headers, json.dumps(value).encode())


def error(handler, status, kind, reason="on purpose"):
    say(handler, status, {"error": {"type": kind, "reason": reason}, "status": status})


def reset(handler, _ask):
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    raise AbortError


def drop(handler, _ask):
    handler.connection.shutdown(socket.SHUT_RDWR)
    raise AbortError


def cut(handler, ask):
    """The server does the work; half of its response comes through."""
    status, _, body = ask()
    head = f"HTTP/1.1 {status} OK\r\nX-Elastic-Product: Elasticsearch\r\nContent-Type: application/json\r\n"
    handler.wfile.write(
        head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body[: len(body) // 2]
    )
    handler.connection.shutdown(socket.SHUT_RDWR)
    raise AbortError


def unread(handler, ask):
    """The server does the work; its response is lost."""
    ask()
    reset(handler, ask)


def late(handler, ask):
    ask()
    threading.Event().wait(0.9)  # longer than the client of these tests waits
    raise AbortError


def pass_some(handler, ask, every):
    """Of a bulk request each `every`th document, from the first on, is kept back; gives back the actions, and what the
    server says of the others in their order."""
    lines = handler.body.split(b"\n")
    pairs = list(zip(lines[::2], lines[1::2], strict=False))
    passed = [line for number, pair in enumerate(pairs) if number % every for line in pair]
    if not passed:
        return [action for action, _ in pairs], []
    whole = b"\n".join([*passed, b""])
    handler.headers.replace_header("Content-Length", str(len(whole)))
    return [action for action, _ in pairs], json.loads(ask(whole)[2])["items"]


def per_item(status, kind, every=2):
    """Refuse some items of a bulk request, as a busy or blocked server does; they never reach the server."""

    def fault(handler, ask):
        if not handler.path.startswith("/_bulk"):
            return answer(handler, *ask())
        actions, items = pass_some(handler, ask, every)
        answered, left = [], iter(items)
        for number, action in enumerate(actions):
            if number % every:
                answered.append(next(left))
            else:
                name = json.loads(action)["index"]["_id"]
                refusal = {"type": kind, "reason": "on purpose"}
                answered.append({"index": {"_id": name, "status": status, "error": refusal}})
        return say(handler, 200, {"took": 1, "errors": True, "items": answered})

    return fault


def lies(handler, ask):
    """Drop half of the documents; the response leaves them out and has the others in another order."""
    if not handler.path.startswith("/_bulk"):
        return answer(handler, *ask())
    _, items = pass_some(handler, ask, 2)
    return say(handler, 200, {"took": 1, "errors": False, "items": items[::-1]})


def dribble(handler, ask):
    status, headers, body = ask()
    handler.send_response(status)
    for name, value in headers:
        if name.lower() not in {"content-length", "transfer-encoding", "connection", "content-encoding"}:
            handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    for start in range(0, len(body), 4096):
        handler.wfile.write(body[start : start + 4096])
        handler.wfile.flush()
        threading.Event().wait(0.002)


FAULTS = {
    "dropped": drop,
    "reset": reset,
    "reset after the work": unread,
    "cut answer": cut,
    "time-out": late,
    "slow": dribble,
    "429 whole": lambda handler, _: error(handler, 429, "circuit_breaking_exception"),
    "503": lambda handler, _: error(handler, 503, "unavailable_shards_exception"),
    "403 flood stage": lambda handler, _: error(
        handler, 403, "cluster_block_exception", "read-only / allow delete"
    ),
    "401": lambda handler, _: error(handler, 401, "security_exception", "unable to authenticate user [desk]"),
    "wrong product": lambda handler, _: answer(
        handler, 200, [("Content-Type", "text/html")], b"<p>Sign in</p>"
    ),
    "429 per item": per_item(429, "es_rejected_execution_exception"),
    "503 per item": per_item(503, "unavailable_shards_exception"),
    "read-only index": per_item(403, "cluster_block_exception"),
    "missing index": per_item(404, "index_not_found_exception"),
    "lying answer": lies,
    "too large": lambda handler, ask: (
        error(handler, 413, "content_too_long") if b"too-large" in handler.body else answer(handler, *ask())
    ),
}
