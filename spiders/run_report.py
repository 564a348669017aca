"""The report of one run of one source, and the exit code of a crawl from its reports."""

from __future__ import annotations

import resource
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import ExitCode
from copytaster.masking.text import mask_secrets
from copytaster.schedule.slowdown import CAPS, FROM_FAILURE
from copytaster.store.ledger import Result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copytaster.store.ledger import Outcome

log = structlog.get_logger(__name__)

REASONS_SHOWN = 4
_KIBIBYTE = 1024  # unit of ru_maxrss on Linux


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport(Result):
    """The result of one source's run as the ledger keeps it, with the source's name and the row's id.

    Every entry found is stored, unchanged, dropped or an error; an unreadable feed adds an error of its own. `fetched`
    counts pages; `peak_bytes` is the peak of the process, which all sources share.
    """

    source: str
    run_id: int | None = None


@dataclass(slots=True)
class Tally:
    """Counts while a run is under way.

    Attributes:
        answered: the source gave a usable response.
        whole: the response was complete.
        pending: keys of entries that are not handled yet.
        unsettled: number of entries that the next run tries again.
        notes: what the report says besides faults.
        from_feed: stories whose text is the feed's own, by the reason why their page gave none.
    """

    found: int = 0
    fetched: int = 0
    stored: int = 0
    unchanged: int = 0
    new: int = 0
    usable: int = 0
    fruitless: int = 0
    not_modified: bool = False
    dropped: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    answered: bool = False
    whole: bool = False
    pending: set[str] = field(default_factory=set)
    unsettled: int = 0
    trouble: str | None = None
    skipped: str | None = None
    notes: list[str] = field(default_factory=list)
    from_feed: Counter[str] = field(default_factory=Counter)
    started: float = field(default_factory=time.monotonic)

    def is_read(self) -> bool:
        """True if the list of the source was read whole."""
        return self.answered and self.whole

    def is_settled(self) -> bool:
        """True if the response was complete and all its entries are settled, so that the cursor may move on."""
        return self.is_read() and not self.pending and not self.unsettled

    def outcome(self) -> Outcome:
        """`ran`, `partial`, `failed`, or `skipped`."""
        if self.skipped:
            return "skipped"
        if not self.answered or (self.errors and not self.stored + self.unchanged):
            return "failed"
        return "partial" if self.errors or self.pending else "ran"

    def why(self) -> str | None:
        """The reasons in one line; None for a run without faults."""
        if self.skipped:
            return self.skipped
        reasons = [f"{reason} ({count})" for reason, count in self.errors.most_common(REASONS_SHOWN)]
        if self.pending:
            reasons.append(f"{len(self.pending)} entries were not reached")
        if self.trouble:
            reasons.append(self.trouble)
        if reasons:
            return mask_secrets("; ".join(reasons))
        return None if self.answered else "the source gave no readable response"

    def _say_from_feed(self) -> str | None:
        """The stories whose pages could not be had, in a line; None without any."""
        reasons = ", ".join(
            f"{reason} ({count})" for reason, count in self.from_feed.most_common(REASONS_SHOWN)
        )
        return f"text taken from the feed, its pages gave none or less: {reasons}" if reasons else None

    def report(self, source: str, run_id: int | None) -> RunReport:
        """The current counts as a report."""
        return RunReport(
            source=source,
            outcome=self.outcome(),
            why="; ".join(filter(None, (self.why(), *self.notes, self._say_from_feed()))) or None,
            run_id=run_id,
            found=self.found,
            fetched=self.fetched,
            stored=self.stored,
            unchanged=self.unchanged,
            new=self.new,
            usable=self.usable,
            fruitless=self.fruitless,
            not_modified=self.not_modified,
            dropped=dict(self.dropped),
            errors=dict(self.errors),
            seconds=round(time.monotonic() - self.started, 3),
            peak_bytes=peak_bytes(),
        )


def log_slowdown(report: RunReport, failures: int) -> None:
    """Say once that a source is requested less often from now on, and once that it works again; `failures` of before."""
    name, run_id = report.source, report.run_id
    if report.outcome == "failed" and failures + 1 == FROM_FAILURE and CAPS.keys() & report.errors.keys():
        log.warning("source.slowed", source=name, run=run_id, why=report.why)
    elif report.outcome in {"ran", "partial"} and failures >= FROM_FAILURE:
        log.info("source.recovered", source=name, run=run_id, failures=failures)


def peak_bytes() -> int:
    """Peak memory of this process in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIBIBYTE


def exit_code(reports: Iterable[RunReport]) -> ExitCode:
    """DONE when every run ended as `ran`, FAILED when every run failed, PARTLY_DONE otherwise."""
    outcomes = {report.outcome for report in reports}
    if outcomes <= {"ran"}:
        return ExitCode.DONE
    return ExitCode.FAILED if outcomes == {"failed"} else ExitCode.PARTLY_DONE
