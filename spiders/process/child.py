"""The crawl process: one reactor for all sources, one crawler a source. Due sources enter it while others are crawled."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TextIO

import structlog
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import BaseSettings, SettingsAttribute
from scrapy.settings import Settings as ScrapySettings
from twisted.internet.error import ReactorNotRunning

from copytaster.logs import set_up
from copytaster.store.leases import Lease
from settings import Settings, scrapy_settings
from spiders.kinds import SPIDERS
from spiders.resources import Resources
from spiders.sources.transfer import sources_from_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from copytaster.errors import CopytasterError
    from spiders.run_report import RunReport
    from spiders.sources.config import Source

log = structlog.get_logger(__name__)

SIGN_EVERY_S = 1.0  # a sign of life, with the load


def serve_orders() -> int:
    """Read orders from stdin, crawl, and report on stdout. All other output goes to stderr."""
    reports = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    crawls = Crawls(json.loads(sys.stdin.readline()), reports)
    threading.Thread(target=_read_orders, args=(crawls,), daemon=True).start()
    crawls.run()
    return 0


def _read_orders(crawls: Crawls) -> None:
    for line in sys.stdin:
        crawls.loop.call_soon_threadsafe(crawls.take, json.loads(line))
    os.kill(os.getpid(), signal.SIGTERM)  # the parent is gone


def crawl_order(order: Mapping[str, Any], reports: TextIO) -> None:
    """Crawl the sources of one order that starts a process, and end."""
    crawls = Crawls(order, reports)
    crawls.loop.call_soon(crawls.take, {**order, "sources": None, "end": True})
    crawls.run()


class Crawls:
    """The crawls of this process.

    Args:
        order: its first order.
        reports: where events go, one JSON line each.
    """

    def __init__(self, order: Mapping[str, Any], reports: TextIO) -> None:
        settings = Settings.model_validate(order["settings"])
        self._process = AsyncCrawlerProcess(make_scrapy_settings(settings))
        set_up(settings.log_level, settings.log_format)
        # We log Scrapy's warnings ourselves, with source, run and reason.
        logging.getLogger("scrapy").setLevel("ERROR")
        self._reports = reports
        self._sources = sources_from_json(order["sources"])
        self._resources = Resources(
            settings,
            sources=self._sources,
            holder=order.get("holder"),
            announce=lambda source, version: self._write(
                {"event": "stored", "source": source, "version": version}
            ),
        )
        self.loop = asyncio.get_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._starting = asyncio.Lock()
        self._is_ended = asyncio.Event()

    def run(self) -> None:
        """Take orders and crawl, until one says that no more come and every crawl has ended."""
        serving = self.loop.create_task(self._serve())
        try:
            self._process.start(stop_after_crawl=False)
        finally:
            serving.cancel()
            if self._resources.start_error is not None:
                self._write({"event": "no-parser", "error": _as_json(self._resources.start_error)})
            self._resources.close()

    def take(self, order: Mapping[str, Any]) -> None:
        """Follow an order. Call it on the loop."""
        if order.get("sources"):
            self._sources = sources_from_json(order["sources"])
            self._resources.change_sources(self._sources)
        runs = order.get("runs", {})
        self._resources.runs.update({name: run_id for name, run_id in runs.items() if run_id is not None})
        self._resources.slices_s.update(order.get("slices_s", {}))
        self._resources.leases.update(
            {name: Lease(**lease) for name, lease in order.get("leases", {}).items()}
        )
        for source in self._select(runs):
            task = self.loop.create_task(self._crawl(source))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if order.get("end"):
            self._is_ended.set()

    def _select(self, names: Iterable[str]) -> list[Source]:
        return [self._sources.get(name) for name in names]

    async def _serve(self) -> None:
        from twisted.internet import reactor as installed

        reactor: Any = installed
        signs = self.loop.create_task(self._give_signs())
        try:
            await self._is_ended.wait()
            while self._tasks:
                await asyncio.wait(self._tasks)
        finally:
            signs.cancel()
            with contextlib.suppress(ReactorNotRunning):  # a signal has stopped it already
                reactor.stop()

    async def _give_signs(self) -> None:
        while True:
            self._write({"event": "load", "parse_waiting": self._resources.lanes.count_waiting()})
            await asyncio.sleep(SIGN_EVERY_S)

    async def _crawl(self, source: Source) -> None:
        resources = self._resources
        if resources.start_error is not None:
            return
        async with self._starting:  # making one takes 10 ms: what is under way goes on in between
            crawler = Crawler(SPIDERS[source.kind], self._process.settings)
            resources.lanes.begin_run(source.name)
            work = self._process.crawl(crawler, source=source, resources=resources)
            await asyncio.sleep(0)
        crash = None
        try:
            await work
        except Exception as error:
            log.exception("source.crashed", source=source.name, run=resources.runs.get(source.name))
            crash = repr(error)
        resources.forget_run(source.name)
        if resources.start_error is not None:
            self._is_ended.set()
        report: RunReport | None = getattr(crawler.spider, "report", None)
        if report is not None:
            self._write({"event": "ended", "report": asdict(report)})
        elif resources.start_error is None:
            self._write({"event": "lost", "source": source.name, "crash": crash})

    def _write(self, event: Mapping[str, Any]) -> None:
        try:
            self._reports.write(json.dumps(event, ensure_ascii=False) + "\n")
        except OSError:
            log.warning("parent.gone")


def _as_json(error: CopytasterError) -> dict[str, str]:
    return {"message": error.message, "resource": error.resource, "hint": error.hint}


class CrawlerSettings(ScrapySettings):
    """Scrapy's settings, of which every crawler takes a copy: a deep one of three hundred values costs 5 ms.

    The values themselves are shared; nobody changes one in place.
    """

    def copy(self) -> CrawlerSettings:
        """A copy in which every setting can be set without changing this one."""
        made = CrawlerSettings.__new__(CrawlerSettings)
        made.frozen = False
        made.attributes = _copy_attributes(self)
        return made


def _copy_attributes(settings: BaseSettings) -> dict[str, SettingsAttribute]:
    copied = {}
    for name, attribute in settings.attributes.items():
        value = attribute.value
        if isinstance(value, BaseSettings):
            nested = BaseSettings()
            nested.attributes = _copy_attributes(value)
            value = nested
        copied[name] = SettingsAttribute(value, attribute.priority)
    return copied


def make_scrapy_settings(settings: Settings) -> CrawlerSettings:
    """Scrapy's settings for a crawl of this service."""
    made = CrawlerSettings()
    made.setmodule("settings", priority="project")
    made.setdict(
        {"ADDONS": {}, "SPIDER_MODULES": [], "LOG_INSTALL_ROOT_HANDLER": False} | scrapy_settings(settings),
        priority="cmdline",
    )
    return made


if __name__ == "__main__":
    sys.exit(serve_orders())
