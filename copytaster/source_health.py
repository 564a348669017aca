"""What the ended runs of a source say about it: one word for people, with the evidence. Pure decisions on values.

A run that asked nothing and read nothing new proves nothing: a response "not modified", entries remembered from earlier
runs and entries left for the next one leave what is known as it is. So does a run that the service itself stopped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class SourceHealth(StrEnum):
    """The state of a source, in the words of every page, command, API and metric."""

    NEW_STORIES = "new stories"
    UNCHANGED = "unchanged"
    MOVED = "moved"  # works, at another address than the configured one
    EMPTY = "empty"  # the feed lists nothing
    NOTHING_USABLE = "nothing usable"  # what it lists gives no story
    WALL = "wall"  # its pages show readers something else than the story
    NOT_A_FEED = "not a feed"
    BLOCKED = "blocked"  # the server or its robots.txt refuses us
    FAILING = "failing"
    LATE = "late"  # due, and not started
    QUIET = "quiet"  # works, and brought nothing new for longer than usual
    NOT_RUN = "not run yet"


HEALTHY = frozenset(
    {SourceHealth.NEW_STORIES, SourceHealth.UNCHANGED, SourceHealth.MOVED, SourceHealth.NOT_RUN}
)
FRUITLESS = 3  # entries in a row without a story, after which a source with older stories is at fault
_UNREAD = "later"  # the run ended before it came to the entry
_HARMLESS = frozenset({"twice-in-feed", "embargoed", _UNREAD})  # no fault of anybody
_BLOCKING = frozenset(
    {"http-401", "http-402", "http-403", "http-429", "http-451", "challenge", "retry-after", "robots"}
)
_PAGE_TROUBLE = frozenset(
    {"timeout", "dns", "connection-refused", "connection-lost", "cut-short", "child-died", "no-parser"}
    | {"not-stored", "internal"}
)


class EndedRun(Protocol):
    """What is read of a run: the columns of the ledger."""

    @property
    def outcome(self) -> str:
        """`ran`, `partial`, `failed`, `skipped`, ..."""

    @property
    def why(self) -> str | None:
        """The reason in one line."""

    @property
    def found(self) -> int:
        """Entries listed."""

    @property
    def stored(self) -> int:
        """Versions stored."""

    @property
    def unchanged(self) -> int:
        """Entries with a story that is stored already."""

    @property
    def usable(self) -> int:
        """Pages read in this run that gave a story, stored already or not."""

    @property
    def fruitless(self) -> int:
        """Entries met for the first time in this run that gave no story."""

    @property
    def not_modified(self) -> bool:
        """True if the server said so instead of sending the feed."""

    @property
    def dropped(self) -> Mapping[str, int]:
        """Reason -> entries without a story."""

    @property
    def errors(self) -> Mapping[str, int]:
        """Reason -> faults."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of a source after a run.

    Attributes:
        evidence: what the last run that proved something found, in one line.
        reason: the most frequent reason of a fault, e.g. `http-404`; empty for a healthy source.
        fruitless: entries in a row that gave no story when they were met first.
    """

    health: SourceHealth = SourceHealth.NOT_RUN
    evidence: str = ""
    reason: str = ""
    fruitless: int = 0

    @property
    def is_fault(self) -> bool:
        """True for a source that someone should look at."""
        return self.health not in HEALTHY


def judge_run(run: EndedRun, before: Finding) -> Finding:
    """What is known of a source after one more run."""
    if run.outcome not in {"ran", "partial", "failed"} or (run.outcome == "failed" and not run.errors):
        return before
    if run.not_modified:
        return _judge_not_modified(before)
    if not run.found:
        return _judge_source(run, before)
    if run.stored or run.usable:
        health = SourceHealth.NEW_STORIES if run.stored else SourceHealth.UNCHANGED
        return Finding(health, describe_counts(run))
    return _judge_fruitless(run, before)


def _judge_fruitless(run: EndedRun, before: Finding) -> Finding:
    """Judge a run that read no page with a story."""
    faults = _count_faults(run)
    unread = run.dropped.get(_UNREAD, 0)
    proves_all = faults and not run.unchanged and not unread
    fruitless = FRUITLESS if proves_all else before.fruitless + run.fruitless
    if fruitless < FRUITLESS and unread and not run.unchanged:
        return replace(before, fruitless=fruitless)
    if fruitless < FRUITLESS:
        return Finding(SourceHealth.UNCHANGED, describe_counts(run), fruitless=fruitless)
    if faults and (run.fruitless or not run.unchanged):
        reason = _most_frequent(faults)
        return Finding(_name_pages(reason), describe_counts(run), reason, fruitless)
    return replace(before, fruitless=fruitless)


def _judge_not_modified(before: Finding) -> Finding:
    if before.health is SourceHealth.NOT_RUN:
        return Finding(SourceHealth.EMPTY, "the server says 'not modified', and never sent the feed")
    if before.is_fault:
        return before
    return replace(before, health=SourceHealth.UNCHANGED, evidence="not modified")


def _judge_source(run: EndedRun, before: Finding) -> Finding:
    """Judge a run that found no entry: the feed is empty, or no feed."""
    if not run.errors:
        return Finding(SourceHealth.EMPTY, "the feed lists no entry", fruitless=before.fruitless)
    reason = _most_frequent(run.errors)
    health = SourceHealth.FAILING
    if reason in _BLOCKING:
        health = SourceHealth.BLOCKED
    elif reason == "not-a-feed":
        health = SourceHealth.NOT_A_FEED
    elif reason == "empty":
        health = SourceHealth.EMPTY
    return Finding(health, run.why or reason, reason, before.fruitless)


def _name_pages(reason: str) -> SourceHealth:
    if reason == "wall":
        return SourceHealth.WALL
    if reason in _BLOCKING:
        return SourceHealth.BLOCKED
    return SourceHealth.FAILING if reason in _PAGE_TROUBLE else SourceHealth.NOTHING_USABLE


def _count_faults(run: EndedRun) -> dict[str, int]:
    counts: dict[str, int] = {}
    for reasons in (run.dropped, run.errors):
        for reason, count in reasons.items():
            if reason not in _HARMLESS:
                counts[reason] = counts.get(reason, 0) + count
    return counts


def _most_frequent(counts: Mapping[str, int]) -> str:
    return max(counts, key=lambda reason: (counts[reason], reason))


def describe_counts(run: EndedRun) -> str:
    """`8 found, 2 stored, 6 http-404`: what a run met, without what it did not meet."""
    parts = [f"{run.found} found"]
    parts += [
        f"{count} {word}" for word, count in (("stored", run.stored), ("unchanged", run.unchanged)) if count
    ]
    for reasons in (run.dropped, run.errors):
        parts += [f"{count} {reason}" for reason, count in reasons.items()]
    return ", ".join(parts)
