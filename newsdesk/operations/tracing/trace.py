"""Where a story is, and why: its steps in order and the end of its road, or what is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from copytaster.errors import NotFoundError
from copytaster.masking.addresses import public_address
from copytaster.masking.text import mask_secrets
from copytaster.store import ledger
from copytaster.store.entries import TAKEN
from newsdesk.operations.tracing.findings import is_address, read_findings
from newsdesk.operations.tracing.steps import Step, StepName, format_utc, list_index_steps, list_steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from copytaster.store.whereabouts import DispatchPlace, StoredVersion
    from indexer.port import SearchIndex
    from newsdesk.operations.tracing.findings import Findings
    from spiders.sources.config import Source

End = Literal[
    "searchable",
    "waits for grouping",
    "waits for the index",
    "quarantined",
    "index unknown",
    "not in the index",
    "under embargo",
    "taken down",
    "left by retention",
    "dropped",
    "stored elsewhere",
]
# The ends that need somebody, and those that are no fault.
ALARMING = frozenset({"quarantined", "not in the index", "dropped", "refused", "not-indexed"})
CAUTIOUS = frozenset(
    {"index unknown", "index-unknown", "under embargo", "embargoed", "taken down", "taken-down"}
)
_ELSEWHERE = (
    "a source named it and its story was stored, but the store has none at this address: its story has another"
    " address, or left by retention. Which is not known"
)


@dataclass(frozen=True, slots=True)
class Trace:
    """The road of what was searched for: its end in words, the reason, the steps in order, and what they are about."""

    of: str
    end: End
    detail: str
    steps: tuple[Step, ...]
    stories: tuple[int, ...]
    dispatches: tuple[str, ...]


def trace_story(connection: Connection, of: str, index: SearchIndex, sources: Iterable[Source]) -> Trace:
    """The road of an address, a story (`12`), a version (`12/2`, `v34`), a dispatch, or an agency's id of its copy.

    Args:
        connection: one read transaction.
        of: what to look for. Of an address count neither session nor tracking parameters, as in intake.
        index: that is read for the document; one that does not answer is a step that says so.
        sources: the configured ones, for a hint where nothing is known.

    Raises:
        NotFoundError: no table of the store names it.
    """
    of = of.strip()
    known = read_findings(connection, of)
    if known.is_nothing:
        raise _explain_unknown(connection, of, sources)
    indexed = list(list_index_steps(known.places, index))
    end, detail = _find_end(known, indexed)
    return Trace(
        of=public_address(of) if is_address(of) else mask_secrets(of),
        end=end,
        detail=detail,
        steps=(*list_steps(known), *indexed),
        stories=tuple(one.id for one in known.stories),
        dispatches=tuple(sorted(known.places)),
    )


def _find_end(known: Findings, indexed: Sequence[Step]) -> tuple[End, str]:
    """Where it is now, and why."""
    if known.versions:
        return _find_end_of_versions(known.versions[-1], known.places, indexed)
    by_index = _read_index_end(indexed)
    if by_index is not None:
        return by_index
    return _find_early_end(known)


def _find_early_end(known: Findings) -> tuple[End, str]:
    """Why the store has no version of it."""
    if known.embargoes:
        until = known.embargoes[-1].until
        free = f"stored by itself at {format_utc(until)}" if until else "its hour cannot be read"
        return "under embargo", free
    if known.takedowns:
        act = known.takedowns[-1]
        return "taken down", f"by {act.who}: {act.why}"
    if known.departures:
        last = known.departures[-1]
        return ("taken down" if last.removal_id is None else "left by retention"), f"on {format_utc(last.at)}"
    dropped = [(one.at, one.reason, one.detail) for one in known.refused]
    named = [one for one in known.entries if one.outcome not in TAKEN]
    dropped += [(one.fetched_at or one.last_seen_at, one.outcome, "") for one in named]
    if not dropped:
        return "stored elsewhere", _ELSEWHERE
    _, reason, detail = max(dropped)
    return "dropped", f"{reason}: {detail}" if detail else reason


def _find_end_of_versions(
    last: StoredVersion, places: Mapping[str, DispatchPlace], indexed: Sequence[Step]
) -> tuple[End, str]:
    if last.dispatch_id is None:
        return (
            "waits for grouping",
            f"since {format_utc(last.seen_at)}; the service, or `copytaster group`, groups it",
        )
    name = last.dispatch_id
    while name in places and places[name].merged_into:
        name = places[name].merged_into or name
    about = [one for one in indexed if one.dispatch in {name, None}]
    return _read_index_end(about) or ("index unknown", "nothing is known of its document")


def _read_index_end(indexed: Sequence[Step]) -> tuple[End, str] | None:
    steps = {one.step: one for one in indexed}
    ends: tuple[tuple[StepName, End], ...] = (
        ("quarantined", "quarantined"),
        ("waits", "waits for the index"),
        ("index-unknown", "index unknown"),
        ("not-indexed", "not in the index"),
        ("indexed", "searchable"),
    )
    return next(((end, steps[step].detail) for step, end in ends if step in steps), None)


def _explain_unknown(connection: Connection, of: str, sources: Iterable[Source]) -> NotFoundError:
    """What is not known, and which source would have named it."""
    if not is_address(of):
        hint = (
            "give an address, a story's number, v and a version's number, a dispatch's id, or the agency's id"
        )
        return NotFoundError(
            "no story, version, dispatch or wire id like this", resource=mask_secrets(of), hint=hint
        )
    shown = public_address(of)
    host = _host(of)
    readers = [one for one in sources if host and host in {_host(one.url), *map(_bare, one.hosts)}]
    if not readers:
        hint = f"no configured source has the host {host or '(none)'}"
        return NotFoundError("no source has named this address", resource=shown, hint=hint)
    runs = ledger.last_runs(connection)
    return NotFoundError(
        "no source has named this address",
        resource=shown,
        hint="; ".join(_describe_reader(one.name, runs.get(one.name)) for one in readers[:3]),
    )


def _describe_reader(name: str, run: ledger.Run | None) -> str:
    if run is None:
        return f"{name} has this host, and never ran"
    why = f": {mask_secrets(run.why)}" if run.why else ""
    return f"{name} has this host; its last run, due {format_utc(run.due_at)}, {run.outcome}{why}, found {run.found}"


def _host(url: str) -> str:
    try:
        return _bare(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def _bare(host: str) -> str:
    return host.lower().rstrip(".").removeprefix("www.")
