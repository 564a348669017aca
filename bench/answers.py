"""How the web servers of benches and trials answer a request whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler


def send_whole(
    handler: BaseHTTPRequestHandler, body: bytes, kind: str = "text/html", *, status: int = 200
) -> None:
    """Send an answer with its length; `kind` is its content type."""
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
