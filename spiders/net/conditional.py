"""The headers of a conditional request, for crawls and for single fetches."""

from __future__ import annotations

NOT_MODIFIED = 304


def conditional_headers(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """The headers of a conditional GET."""
    headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in headers.items() if value}
