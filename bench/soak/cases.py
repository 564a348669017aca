"""The shape of trials whose faults are drawn one by one: each has a kind, and the service notices it or does not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bench.soak.trial import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def count_cases(
    cases: Iterable[tuple[str, bool]], figures: Mapping[str, float] | None = None, *, also: str = ""
) -> Outcome:
    """The outcome of cases (kind, whether the promise was held): how many of each kind were held."""
    listed = list(cases)
    injected, held = Counter(kind for kind, _ in listed), Counter(kind for kind, is_held in listed if is_held)
    said = [f"{kind} {held[kind]} of {injected[kind]}" for kind in sorted(injected)]
    return Outcome(len(listed), held.total(), ", ".join([*said, *([also] if also else [])]), figures or {})
