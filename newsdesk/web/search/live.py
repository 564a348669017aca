"""What arrives while a list is open: server-sent events, or the same as JSON for a page that asks again and again.

One look at the store a tick serves every open page; pages with the same search share one search of the index. An event
names dispatches only: a page that wants to show them reads the list again. A board has one line for all of its columns.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from copytaster.errors import CopytasterError, UnreachableError
from copytaster.masking.text import mask_secrets
from copytaster.store.changes import list_changes, read_findable_to, read_newest
from newsdesk.web.formatting import to_iso
from newsdesk.web.search.rise import read_rise

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from copytaster.store.changes import Change
    from indexer.search import SearchQuery
    from newsdesk.web.backend import Backend

    Searches = Mapping[str, SearchQuery]  # name of a column -> its search

TICK_S = 0.5  # between two looks at the store while a page is open
BEAT_S = 10.0  # in which a page hears something, so that it knows the line is alive
MOST_CHANGES = 500  # an event; of more, a page reads the list again
REST_S = 2.0  # after an error
BEFORE = timedelta(seconds=5)  # the start of a page's line, before the page was made; it knows what it shows

LIST = ""  # the name of the search of a page that has one

log = structlog.get_logger(__name__)


class LineSearches:
    """The searches of an open page.

    Args:
        read: makes them.
        moves: whether time or marks change what they mean; then they are made again whenever something comes.
    """

    def __init__(self, read: Callable[[], Searches], *, moves: bool) -> None:
        self._read = read
        self._moves = moves
        self._kept: Searches | None = None

    async def find(self) -> Searches:
        """The searches as they are now."""
        if self._kept is None or self._moves:
            self._kept = await asyncio.to_thread(self._read)
        return self._kept


class LiveFeed:
    """Follows the store while at least one page is open. Lives on the loop that serves the pages.

    Args:
        backend: store and index.
        most: how many pages may be open at once.
    """

    def __init__(self, backend: Backend, *, most: int) -> None:
        self._backend = backend
        self._most = most
        self._open = 0
        self._complete_to = 0
        self._settling: deque[tuple[float, int]] = deque()  # (when searches find it, complete to)
        self._moved = asyncio.Event()  # set, and another put in its place, at each move
        self._watching: asyncio.Task[None] | None = None
        self._events: dict[tuple[SearchQuery, int], asyncio.Task[dict[str, Any]]] = {}
        self._closed = False

    def find_start(self) -> int | None:
        """The number from which a page made now goes on; None where the store cannot be read."""
        try:
            with self._backend.store.read() as connection:
                return read_newest(connection, before=datetime.now(UTC) - BEFORE)
        except CopytasterError:
            return None

    async def read_once(self, line: LineSearches, after: int) -> dict[str, Any]:
        """What came after a number, at once: as the data of an event has it.

        Raises:
            QueryError: the text of the search cannot be read.
            UnreachableError: store or index does not answer.
        """
        upto = await asyncio.to_thread(self._read_findable_to, after)
        await asyncio.sleep(self._backend.index.find_delay_s if upto > after else 0)
        return await asyncio.to_thread(self._read_all, await line.find(), after, upto)

    def admit(self) -> None:
        """Refuse one more page where as many are open as may be.

        Raises:
            UnreachableError: no page more.
        """
        if self._open >= self._most:
            raise UnreachableError(
                f"{self._most} pages are live already",
                resource="web.max_live_pages",
                hint="request JSON every few seconds",
            )

    async def follow(self, line: LineSearches, after: int) -> AsyncIterator[bytes]:
        """Events after a number, until the page closes or the service stops.

        Call `admit` before.
        """
        self._open += 1
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch())
        try:
            while not self._closed:
                event, after = await self._next_event(line, after)
                yield event
                await self._wait_past(after)
        finally:
            self._open -= 1

    def close(self) -> None:
        """End every line: the service stops."""
        self._closed = True
        if self._watching is not None:
            self._watching.cancel()
        self._wake()

    async def _next_event(self, line: LineSearches, after: int) -> tuple[bytes, int]:
        if self._complete_to <= after:
            return _write_event("beat", {}, after), after
        try:
            tasks = {name: self._begin(query, after) for name, query in (await line.find()).items()}
            reads = {name: await asyncio.shield(task) for name, task in tasks.items()}
        except CopytasterError as error:
            await asyncio.sleep(REST_S)
            return _write_event("trouble", {"detail": mask_secrets(str(error))}, after), after
        read = _put_together(reads)
        return _write_event("changes", read, read["complete_to"]), read["complete_to"]

    def _begin(self, query: SearchQuery, after: int) -> asyncio.Task[dict[str, Any]]:
        """The task that reads what one search finds; pages and columns that wait for the same share it."""
        task = self._events.get((query, after))
        if task is None:
            task = asyncio.create_task(asyncio.to_thread(self._read, query, after, self._complete_to))
            self._events[query, after] = task
        return task

    async def _wait_past(self, after: int) -> None:
        """Until something came after this number, or it is time for a beat."""
        moved = self._moved
        if self._complete_to <= after and not self._closed:
            with suppress(TimeoutError):
                await asyncio.wait_for(moved.wait(), BEAT_S)

    async def _watch(self) -> None:
        clock = asyncio.get_running_loop().time
        while self._open and not self._closed:
            try:
                newest = self._settling[-1][1] if self._settling else self._complete_to
                read = await asyncio.to_thread(self._read_findable_to, newest)
            except CopytasterError as error:
                log.warning("live.unread", error=str(error))
                read = newest
            if read > newest:
                self._settling.append((clock() + self._backend.index.find_delay_s, read))
            self._move_on(clock())
            await asyncio.sleep(TICK_S)

    def _move_on(self, now: float) -> None:
        moved = False
        while self._settling and self._settling[0][0] <= now:
            self._complete_to = self._settling.popleft()[1]
            moved = True
        if moved:
            self._events.clear()
            self._wake()

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    def _read_findable_to(self, after: int) -> int:
        with self._backend.store.read() as connection:
            return read_findable_to(connection, after)

    def _read_all(self, searches: Searches, after: int, upto: int) -> dict[str, Any]:
        return _put_together({name: self._read(query, after, upto) for name, query in searches.items()})

    def _read(self, query: SearchQuery, after: int, upto: int) -> dict[str, Any]:
        with self._backend.store.read() as connection:
            found = list_changes(connection, after, MOST_CHANGES, upto=upto)
        if len(found.items) == MOST_CHANGES:
            return {"changes": [], "complete_to": upto, "reload": True}
        return {"changes": self._describe(query, found.items), "complete_to": found.complete_to}

    def _describe(self, query: SearchQuery, changes: tuple[Change, ...]) -> list[dict[str, Any]]:
        found = self._match(query, [change.dispatch_id for change in changes])
        return [_describe_change(change, found.get(change.dispatch_id)) for change in changes]

    def _match(self, query: SearchQuery, ids: list[str]) -> Mapping[str, Mapping[str, Any]]:
        """The documents of those that the search finds."""
        found: dict[str, Mapping[str, Any]] = {}
        if query.ids is not None:
            chosen = set(query.ids)
            ids = [one for one in ids if one in chosen]
        for start in range(0, len(ids), _AT_ONCE):
            part = replace(query, ids=tuple(ids[start : start + _AT_ONCE]), limit=_AT_ONCE, offset=0)
            bare = replace(part, cursor=None, facets=(), highlight=False, sort="newest")
            found |= {hit.id: hit.document for hit in self._backend.search(bare).hits}
        return found


_AT_ONCE = 100  # ids a search


def _put_together(reads: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """One event of several searches: the changes of each under its name, or bare where there is a single one without a name.

    All were read up to the same change; where one was not, the page goes on from the earliest.
    """
    if LIST in reads:
        return reads[LIST]
    reload = {"reload": True} if any("reload" in read for read in reads.values()) else {}
    columns = {name: read["changes"] for name, read in reads.items()}
    return {"columns": columns, "complete_to": min(read["complete_to"] for read in reads.values()), **reload}


def _describe_change(change: Change, document: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a page must know to count it: `rose` is when it last became news, and moves by no bare reprint."""
    if document is None:
        return {"id": change.dispatch_id, "rev": change.rev, "matches": False}
    rise = read_rise(document)
    return {
        "id": change.dispatch_id,
        "rev": document["rev"],
        "matches": True,
        "rose": to_iso(rise.at),
        "why": rise.why,
        "headline": document["headline"],
    }


def _write_event(kind: str, data: dict[str, Any], number: int) -> bytes:
    return f"event: {kind}\nid: {number}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
