"""`python -m bench soak`: run the trials, print what each injected and held, and whether its control failed as it must."""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bench.soak.trial import Outcome, Trial, find_trials
from copytaster.logs import set_up

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def main(options: Sequence[str] = ()) -> dict[str, Any]:
    """Run the chosen trials and their controls, print a table, return the outcomes for bench/results/.

    Raises SystemExit with 1 when a promise was not held or a control was.
    """
    known = find_trials()
    parser = argparse.ArgumentParser(prog="python -m bench soak", description=__doc__)
    parser.add_argument(
        "--trial", action="append", choices=list(known), help="only this trial; may be repeated"
    )
    parser.add_argument("--short", action="store_true", help="the small sizes that the tests use")
    parser.add_argument("--seed", type=int, default=1, help="start of the random numbers (default 1)")
    chosen = parser.parse_args(options)
    set_up("CRITICAL", "text")
    results = {name: _try(known[name], chosen.seed, short=chosen.short) for name in chosen.trial or known}
    failed = [name for name, result in results.items() if result["verdict"] not in {"held", "skipped"}]
    print(
        f"{len(results)} trials, seed {chosen.seed}: {len(failed)} failed{': ' if failed else ''}{', '.join(failed)}"
    )
    if failed:
        raise SystemExit(1)
    return {"seed": chosen.seed, "short": chosen.short, "trials": results}


def _try(trial: Trial, seed: int, *, short: bool) -> dict[str, Any]:
    size = trial.short if short else trial.long
    print(f"{trial.name}: {trial.promise}", flush=True)
    outcome = _show("trial", trial.run, size, seed)
    control = _show("control", trial.control, size, seed)
    verdict = _judge(outcome, control)
    print(f"  {verdict}", flush=True)
    return {"size": size, "outcome": asdict(outcome), "control": asdict(control), "verdict": verdict}


def _show(role: str, run: Callable[[int, int], Outcome], size: int, seed: int) -> Outcome:
    started, used = time.perf_counter(), time.process_time()
    outcome = run(size, seed)
    spent = f"{time.perf_counter() - started:.1f} s, {time.process_time() - used:.1f} s of CPU"
    counted = (
        f"SKIPPED: {outcome.skipped}" if outcome.skipped else f"{outcome.held} of {outcome.injected} held"
    )
    figures = "".join(f"; {name.replace('_', ' ')} {value:g}" for name, value in outcome.figures.items())
    print(f"  {role:8} {counted}: {outcome.detail}{figures} ({spent})", flush=True)
    return outcome


def _judge(outcome: Outcome, control: Outcome) -> str:
    if outcome.skipped:
        return "skipped"
    if not outcome.met:
        return "NOT HELD"
    if control.met or control.skipped:
        return "NO CONTROL: without the protection the trial ends the same"
    return "held"
