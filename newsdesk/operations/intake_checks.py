"""Checks of `copytaster doctor` on what comes in: does the parser read a page, and do the sources bring anything?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from copytaster.values import RawPage
from newsdesk.operations.check_result import CheckResult, list_some
from newsdesk.operations.source_report import read_sources_report
from spiders.parsing.context import ParseContext
from spiders.sandbox.pool import ParsingWorker

if TYPE_CHECKING:
    from copytaster.store.engine import Store
    from newsdesk.operations.source_report import SourceReport
    from settings import Settings
    from spiders.sources.config import Sources

FAILED = 3  # runs in a row after which a source is a fault; fewer may be an outage of an hour
HEADLINE = "Ferry to Aldhaven sails again after repairs"
SENTENCE = "The ferry to Aldhaven will sail again on Friday after nine weeks in the yard, its captain said."
PAGE = f"""<!doctype html><html lang="en"><head><title>{HEADLINE}</title></head><body><article>
<h1>{HEADLINE}</h1><time datetime="2026-03-02T10:00:00Z">2 March 2026</time>
<p>ALDHAVEN, March 2 (Reuters) - {SENTENCE}</p>
<p>Divers had found two cracks below the car deck in December, and the harbour board paid for new plates.</p>
</article></body></html>"""


def check_parsing(settings: Settings) -> CheckResult:
    """Parse a built-in page as a crawl parses pages, in a worker process."""
    page = RawPage("https://doctor.example/ferry", PAGE.encode(), datetime.now(UTC))
    crawl = settings.crawl
    with ParsingWorker(cpu_s=crawl.parse_cpu_s, memory_bytes=crawl.parse_memory_bytes) as parser:
        story = parser.parse(page, ParseContext())
    if story.headline != HEADLINE or SENTENCE not in story.body:
        detail = f"the built-in page gives {story.headline!r}, not {HEADLINE!r}"
        return CheckResult("parser", "fault", detail, "install this version of copytaster again")
    return CheckResult("parser", "ok", "reads the built-in page")


def check_sources(store: Store, settings: Settings, sources: Sources) -> CheckResult:
    """Do the last runs of the sources that are switched on bring anything?"""
    check = "sources"
    with store.read() as connection:
        reports = read_sources_report(
            connection, settings.schedule, sources, with_outcomes=False, with_habits=False
        )
    found = [one for one in reports if one.state not in {"off", "unconfigured"}]
    failing = [one for one in found if one.failures >= FAILED]
    shaky = [one for one in found if 0 < one.failures < FAILED]
    way_out = "`copytaster status` shows the reasons; `copytaster source probe URL` tries an address"
    if failing:
        return CheckResult(
            check, "fault", f"failing: {list_some([_describe(one) for one in failing])}", way_out
        )
    if shaky:
        return CheckResult(
            check, "note", f"failed lately: {list_some([_describe(one) for one in shaky])}", way_out
        )
    never = [one.source for one in found if one.last_run is None]
    if never:
        return CheckResult(
            check, "note", f"not run yet: {list_some(never)}", "`copytaster run`, or `copytaster crawl`"
        )
    return CheckResult(check, "ok", f"{len(found)} sources on, none failed at its last run")


def _describe(source: SourceReport) -> str:
    times = "once" if source.failures == 1 else f"{source.failures} times in a row"
    return f"{source.source} ({times}: {source.reason or 'unknown'})"
