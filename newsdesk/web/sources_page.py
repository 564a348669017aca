"""The sources page: the last run of each configured source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copytaster.masking.text import mask_secrets
from copytaster.store.ledger import last_runs
from copytaster.store.sources import read_states

if TYPE_CHECKING:
    from collections.abc import Mapping

    from copytaster.store.ledger import Run
    from newsdesk.web.backend import Backend

TONES = {"ran": "", "running": "", "partial": "caution", "failed": "alarm"}


def describe_sources(backend: Backend) -> list[dict[str, Any]]:
    """One row per configured source, in the order of sources.toml."""
    with backend.store.read() as connection:
        runs = last_runs(connection)
        states = read_states(connection)
    whys = {name: state.paused_why or "" for name, state in states.items() if state.is_paused}
    return [
        {
            "name": source.name,
            "publisher": source.publisher_name,
            **_describe_run(runs.get(source.name)),
            **_describe_rest(source.name, enabled=source.enabled, whys=whys),
        }
        for source in backend.sources
    ]


def describe_fault(backend: Backend) -> str | None:
    """Why sources.toml as it is now is refused; None if it is good."""
    fault = backend.sources.fault
    return None if fault is None else str(fault)


def _describe_rest(name: str, *, enabled: bool, whys: Mapping[str, str]) -> dict[str, Any]:
    if not enabled:
        return {"outcome": "off", "tone": "quiet", "summary": ""}
    if name in whys:
        return {"outcome": "paused", "tone": "caution", "summary": mask_secrets(whys[name])}
    return {}


def _describe_run(run: Run | None) -> dict[str, Any]:
    if run is None:
        return {"last_run": None, "outcome": "waiting", "tone": "quiet", "summary": "not run yet"}
    if run.outcome == "running":
        return _describe_outcome(run, "")
    if run.outcome == "ran" and not run.found:
        return _describe_outcome(run, "nothing new")
    counts = [f"{run.found} found", f"{run.stored} stored", f"{run.unchanged} unchanged"]
    for reasons in (run.dropped, run.errors):
        counts += [f"{count} {reason}" for reason, count in reasons.items()]
    return _describe_outcome(run, ", ".join(([mask_secrets(run.why)] if run.why else []) + counts))


def _describe_outcome(run: Run, summary: str) -> dict[str, Any]:
    return {
        "last_run": run.ended_at or run.started_at,
        "outcome": run.outcome,
        "tone": TONES.get(run.outcome, "quiet"),
        "summary": summary,
    }
