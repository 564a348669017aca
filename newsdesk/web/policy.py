"""The headers that tell browsers what our pages may do."""

from __future__ import annotations

POLICY = "Content-Security-Policy"
HEADERS = {
    POLICY: "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
WITH_SCRIPTS = {POLICY: f"script-src 'self'; connect-src 'self'; {HEADERS[POLICY]}"}  # our own files alone
