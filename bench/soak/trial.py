"""What a trial is, what one run of it gives, and the list of the trials that are there."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from bench.soak import trials

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Outcome:
    """What one run gave: of `injected` faults the service dealt with `held` as promised; `detail` says what it did.

    `figures` are further measurements by name. `skipped` gives the reason where the run could not take place.
    """

    injected: int
    held: int
    detail: str
    figures: Mapping[str, float] = field(default_factory=dict)
    skipped: str = ""

    @property
    def met(self) -> bool:
        """Whether there were faults and the service dealt with every one; False for a skipped run."""
        return not self.skipped and 0 < self.injected == self.held


@dataclass(frozen=True)
class Trial:
    """One promise, and how to try it.

    `run(size, seed)` puts `size` faults into the service as it is. `control(size, seed)` does the same with the
    protection taken off; its outcome must not be met, or the trial could not notice a broken promise.
    `short` and `long` are the sizes for the tests and for `make soak`.
    """

    name: str
    promise: str
    run: Callable[[int, int], Outcome]
    control: Callable[[int, int], Outcome]
    short: int
    long: int


def find_trials() -> dict[str, Trial]:
    """Every trial of bench/soak/trials by name, in order of name."""
    modules = (import_module(f"{trials.__name__}.{module.name}") for module in iter_modules(trials.__path__))
    return {
        trial.name: trial
        for trial in sorted((module.TRIAL for module in modules), key=lambda trial: trial.name)
    }
