"""The response to a page that wants to stay fresh: a stream of events, or one answer for a page that asks again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.responses import JSONResponse, StreamingResponse

if TYPE_CHECKING:
    from fastapi import Request, Response

    from newsdesk.web.search.live import LineSearches, LiveFeed

NEVER_KEPT = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # by a cache or a proxy
MAX_DIGITS = 19  # of a change number


async def answer_line(live: LiveFeed, line: LineSearches, after: int, request: Request) -> Response:
    """What came after a number, and what comes from now on.

    Raises:
        QueryError: the text of a search cannot be read.
        UnreachableError: store or index does not answer, or as many pages are live as may be.
    """
    if "text/event-stream" not in request.headers.get("accept", ""):
        return JSONResponse(await live.read_once(line, after), headers=NEVER_KEPT)
    resumed = request.headers.get("last-event-id", "")
    begin = int(resumed) if resumed.isdecimal() and len(resumed) < MAX_DIGITS else after
    live.admit()
    events = live.follow(line, begin)
    return StreamingResponse(events, media_type="text/event-stream", headers=NEVER_KEPT)
