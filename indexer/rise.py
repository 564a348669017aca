"""When a dispatch last became news, and by what: the order of lists. Pure: reads and writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

FIRST = "first"
CARRIED = "carried"
MANY = 10  # owners; news again when so many carry it, and at each doubling


@dataclass(frozen=True, slots=True)
class Rise:
    """The last rise of a dispatch, by our own clock.

    `kind` is `first`, `carried` with so many owners as `number`, or the kind and number of a step of the agency's chain.
    """

    at: datetime
    kind: str
    number: int | None = None


def find_rise(
    first_seen: datetime,
    steps: Iterable[tuple[str, int | None, datetime]],
    copies: Iterable[tuple[str, datetime]],
) -> Rise:
    """The last of: the first copy, a step of the agency after its first, a spread to many owners. A bare reprint is none.

    Args:
        first_seen: when the first copy came.
        steps: kind, number and arrival of the agency's versions, first to last.
        copies: owner and first arrival of each copy.
    """
    rises = [Rise(first_seen, FIRST)]
    rises += [Rise(at, kind, number) for kind, number, at in list(steps)[1:]]
    rises += _list_spreads(copies)
    return max(rises, key=lambda rise: rise.at)


def _list_spreads(copies: Iterable[tuple[str, datetime]]) -> Iterator[Rise]:
    seen: dict[str, datetime] = {}
    for owner, at in copies:
        seen[owner] = min(at, seen.get(owner, at))
    moments, number = sorted(seen.values()), MANY
    while number <= len(moments):
        yield Rise(moments[number - 1], CARRIED, number)
        number *= 2
