"""What the pages of each host have taught, for the processes that fetch and parse: read from the store, followed, filed.

What pages teach counts once it is filed, in the transaction of the caller. Until then every page meets what was known
before, so that the order in which workers end changes nothing.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

import structlog

from copytaster.store.page_templates import keep_template, read_template
from spiders.parsing.lessons import (
    Lessons,
    choose_template,
    lessons_from_json,
    lessons_to_json,
    note_page,
    note_use,
)
from spiders.publishers import site_of
from spiders.sandbox.jobs import page_job

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from copytaster.values import ParsedStory, RawPage
    from spiders.parsing.context import ParseContext
    from spiders.parsing.template_values import Observation
    from spiders.sandbox.jobs import Job

log = structlog.get_logger(__name__)

_MAX_HOSTS = 2_000  # in memory
_MAX_HOST_CHARS = 255
_FEWEST = 2  # taught pages; a host with fewer is not stored
_USES = 50  # pages read with a template after which that is stored, although none taught


def with_template(connection: Connection, page: RawPage, context: ParseContext) -> ParseContext:
    """The context with the present template of the page's host, whatever would be checked."""
    kept = read_template(connection, _host(context.url or page.url))
    return replace(context, template=lessons_from_json(kept.lessons).template) if kept else context


class PageTemplates:
    """The templates of all hosts; threads may share it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._known: OrderedDict[str, Lessons] = OrderedDict()
        self._seen: defaultdict[str, list[Observation]] = defaultdict(list)
        self._used: defaultdict[str, int] = defaultdict(int)
        self._publishers: dict[str, str] = {}

    def prepare(self, page: RawPage, context: ParseContext) -> ParseContext:
        """The context with the template of the page's host, if it is to be followed."""
        address = context.url or page.url
        host = _host(address)
        return replace(context, template=choose_template(self._lessons(host), address)) if host else context

    def job(self, page: RawPage, context: ParseContext) -> Job[ParsedStory]:
        """The job that parses a page in a prepared context; what it teaches waits until it is filed."""
        host = _host(context.url or page.url)
        return (
            page_job(page, context, partial(self._note, host, context)) if host else page_job(page, context)
        )

    def _note(self, host: str, context: ParseContext, seen: Observation | None) -> None:
        with self._lock:
            if seen is not None:
                self._seen[host].append(seen)
            elif context.template is not None:
                self._used[host] += 1
            self._publishers[host] = context.publisher or host

    def file(self, connection: Connection) -> None:
        """Write what pages have taught since the last call, in the caller's transaction."""
        with self._lock:
            taught = {host for host, seen in self._seen.items() if seen}
            hosts = sorted(taught | {host for host, used in self._used.items() if used >= _USES})
            filed = [(host, self._seen.pop(host, []), self._used.pop(host, 0)) for host in hosts]
        for host, seen, used in filed:
            self._file(connection, host, sorted(seen, key=lambda one: (one.address, one.text)), used)

    def _file(self, connection: Connection, host: str, seen: list[Observation], used: int) -> None:
        now = datetime.now(UTC)
        kept = read_template(connection, host)
        before = lessons_from_json(kept.lessons) if kept else self._recall(host) or Lessons()
        after = note_use(before, used) if used and before.template else before
        for one in seen:
            after = note_page(after, one, at=now)
        self._remember(host, after)
        if kept is None and len(after.taught) < _FEWEST:
            return
        if after.drifted_at != before.drifted_at:
            log.warning("template.drifted", host=host, version=after.version)
        keep_template(
            connection,
            host,
            publisher=self._publishers.get(host, host),
            state=after.state,
            version=after.version,
            drifted_at=after.drifted_at,
            lessons=lessons_to_json(after),
            now=now,
        )

    def _lessons(self, host: str) -> Lessons:
        known = self._recall(host)
        if known is None:
            with self._store.read() as connection:
                kept = read_template(connection, host)
            known = lessons_from_json(kept.lessons) if kept else Lessons()
            self._remember(host, known)
        return known

    def _recall(self, host: str) -> Lessons | None:
        with self._lock:
            return self._known.get(host)

    def _remember(self, host: str, lessons: Lessons) -> None:
        with self._lock:
            self._known[host] = lessons
            self._known.move_to_end(host)
            while len(self._known) > _MAX_HOSTS:
                gone, _ = self._known.popitem(last=False)
                self._publishers.pop(gone, None)


def _host(url: str) -> str:
    """The site of a page's address; empty for what is no page of the web."""
    site = site_of(url) if url.startswith(("http://", "https://")) else ""
    return site if len(site) <= _MAX_HOST_CHARS else ""
