"""Measures of agencies and outlets: how soon they correct, how soon they are printed, how often without credit. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from copytaster.chain import CORRECTED
from newsdesk.operations.pickups import list_delays

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from indexer.record import DispatchRecord
    from newsdesk.operations.pickups import Pickup, PickupReport

UNKNOWN = "agency unknown"


class Spread(NamedTuple):
    """Half of `number` values are at most `p50`, 95 of 100 at most `p95`; both None without a value."""

    number: int
    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class PickupMeasure:
    """How soon copies come, in minutes from the first publication; `unknown` counts copies whose time nobody gives."""

    name: str
    delay_minutes: Spread
    unknown: int


@dataclass(frozen=True, slots=True)
class CreditMeasure:
    """Of `copies` whose agency is known, how many do not name it."""

    name: str
    copies: int
    without_credit: int

    @property
    def share(self) -> float | None:
        """The share without credit; None without copies."""
        return round(self.without_credit / self.copies, 4) if self.copies else None


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of some dispatches; moments that nobody gives are counted in none of them.

    Attributes:
        correction_minutes: from the agency's first version to its first correction.
        arrival_seconds: from the time that the agency gives its version until it came here.
    """

    dispatches: int
    correction_minutes: Spread
    by_agency: tuple[PickupMeasure, ...]
    by_owner: tuple[PickupMeasure, ...]
    credit: CreditMeasure
    credit_by_owner: tuple[CreditMeasure, ...]
    arrival_seconds: Spread


def measure(records: Iterable[DispatchRecord], reports: Sequence[PickupReport]) -> Measures:
    """The measures of these dispatches, of each its record and its report."""
    every = list(records)
    copies = [(report, one) for report in reports for one in report.pickups]
    by_owner = _group((one.owner, one) for _, one in copies)
    return Measures(
        dispatches=len(reports),
        correction_minutes=spread(
            minutes for record in every if (minutes := _find_correction(record)) is not None
        ),
        by_agency=_measure_pickups(_group((report.agency or UNKNOWN, one) for report, one in copies)),
        by_owner=_measure_pickups(by_owner),
        credit=_measure_credit("all", [one for _, one in copies]),
        credit_by_owner=tuple(
            found for name, some in by_owner.items() if (found := _measure_credit(name, some)).copies
        ),
        arrival_seconds=spread(
            (step.seen_at - step.at).total_seconds()
            for record in every
            for step in record.chain
            if step.own and not step.at_is_seen and step.seen_at >= step.at
        ),
    )


def spread(values: Iterable[float]) -> Spread:
    """The number of values and their quantiles, each one of the values (nearest rank)."""
    ordered = sorted(values)
    if not ordered:
        return Spread(0, None, None)
    ranks = [ordered[math.ceil(share * len(ordered)) - 1] for share in (0.5, 0.95)]
    return Spread(len(ordered), *(round(value, 2) for value in ranks))


def _find_correction(record: DispatchRecord) -> float | None:
    """Minutes from the first version to the first correction, where both times are the agency's own."""
    first = next(iter(record.chain), None)
    corrected = next((step for step in record.chain if step.kind == CORRECTED), None)
    if first is None or corrected is None or first is corrected or first.at_is_seen or corrected.at_is_seen:
        return None
    return max(0.0, (corrected.at - first.at).total_seconds() / 60)


def _group(pairs: Iterable[tuple[str, Pickup]]) -> dict[str, list[Pickup]]:
    """By name, the one with most copies first."""
    found: dict[str, list[Pickup]] = {}
    for name, one in pairs:
        found.setdefault(name, []).append(one)
    return dict(sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0].casefold())))


def _measure_pickups(groups: dict[str, list[Pickup]]) -> tuple[PickupMeasure, ...]:
    return tuple(
        PickupMeasure(
            name,
            spread(list_delays(some)),
            sum(one.delay_minutes is None for one in some),
        )
        for name, some in groups.items()
    )


def _measure_credit(name: str, some: Iterable[Pickup]) -> CreditMeasure:
    known = [one for one in some if one.credit != "unknown"]
    return CreditMeasure(name, len(known), sum(one.credit == "removed" for one in known))
