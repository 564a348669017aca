"""The child process that crawls: one reactor, one crawler a source, at most 64 crawlers at once."""

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
from scrapy.settings import Settings as ScrapySettings
from twisted.internet.error import ReactorNotRunning

from copytaster.logs import set_up
from settings import Settings, scrapy_settings
from spiders.kinds import SPIDERS
from spiders.resources import Resources
from spiders.sources.transfer import sources_from_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from copytaster.errors import CopytasterError
    from spiders.run_report import RunReport
    from spiders.sources.config import Source

log = structlog.get_logger(__name__)

CRAWLERS_AT_ONCE = 64


def serve_order() -> int:
    """Read the order from stdin, crawl, and report on stdout. All other output goes to stderr."""
    reports = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    order = json.loads(sys.stdin.readline())
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    crawl_order(order, reports)
    return 0


def _stop_with_parent() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def crawl_order(order: Mapping[str, Any], reports: TextIO) -> None:
    """Crawl every source of the order, and report each as soon as it has ended."""
    settings = Settings.model_validate(order["settings"])
    runs = {name: run_id for name, run_id in order["runs"].items() if run_id is not None}
    process = AsyncCrawlerProcess(make_scrapy_settings(settings))
    set_up(settings.log_level, settings.log_format)
    logging.getLogger("scrapy").setLevel(
        "ERROR"
    )  # we log its warnings ourselves, with source, run and reason
    sources = sources_from_json(order["sources"])
    resources = Resources(
        settings,
        sources=sources,
        announce=lambda source, version: _write_event(
            reports, {"event": "stored", "source": source, "version": version}
        ),
        runs=runs,
    )
    try:
        slots = asyncio.Semaphore(CRAWLERS_AT_ONCE)
        wanted = [sources.get(name) for name in order["runs"]]
        _run(process, [_crawl_source(process, source, resources, slots, reports) for source in wanted])
    finally:
        if resources.start_error is not None:
            _write_event(reports, {"event": "no-parser", "error": _as_json(resources.start_error)})
        resources.close()


def _as_json(error: CopytasterError) -> dict[str, str]:
    return {"message": error.message, "resource": error.resource, "hint": error.hint}


def _run(process: AsyncCrawlerProcess, works: list[Any]) -> None:
    from twisted.internet import reactor as installed

    reactor: Any = installed

    async def all_of_them() -> None:
        try:
            await asyncio.gather(*works)
        finally:
            with contextlib.suppress(ReactorNotRunning):  # a signal has stopped it already
                reactor.stop()

    asyncio.get_event_loop().create_task(all_of_them())
    process.start(stop_after_crawl=False)


async def _crawl_source(
    process: AsyncCrawlerProcess,
    source: Source,
    resources: Resources,
    slots: asyncio.Semaphore,
    reports: TextIO,
) -> None:
    async with slots:
        if resources.start_error is not None:
            return
        crawler = Crawler(SPIDERS[source.kind], process.settings)
        try:
            await process.crawl(crawler, source=source, resources=resources)
        except Exception:
            log.exception("source.crashed", source=source.name, run=resources.runs.get(source.name))
        report: RunReport | None = getattr(crawler.spider, "report", None)
        if report is not None:
            _write_event(reports, {"event": "ended", "report": asdict(report)})


def make_scrapy_settings(settings: Settings) -> ScrapySettings:
    """Scrapy's settings for a crawl of this service."""
    made = ScrapySettings()
    made.setmodule("settings", priority="project")
    made.setdict(
        {"ADDONS": {}, "SPIDER_MODULES": [], "LOG_INSTALL_ROOT_HANDLER": False} | scrapy_settings(settings),
        priority="cmdline",
    )
    return made


def _write_event(reports: TextIO, event: Mapping[str, Any]) -> None:
    try:
        reports.write(json.dumps(event, ensure_ascii=False) + "\n")
    except OSError:
        log.warning("parent.gone")


if __name__ == "__main__":
    sys.exit(serve_order())
