"""How many rows have left tables whose rows are counted for metrics: a counter that fell would look like a restart.

What ever came is what is there and what has left. Every function works in the transaction in which rows leave or come back.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from copytaster.store.installation import read_fact, set_fact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

Kind = Literal["stories", "versions", "refusals"]
_FACT = "left_"  # before a kind


def count_left(connection: Connection, kind: Kind, numbers: Mapping[str, int]) -> None:
    """Add numbers of rows that leave; of rows that come back, numbers below 0. Of refusals by reason, else under ''."""
    changed = {key: number for key, number in numbers.items() if number}
    if changed:
        before = read_left(connection, kind)
        after = before | {key: before.get(key, 0) + number for key, number in changed.items()}
        set_fact(connection, f"{_FACT}{kind}", json.dumps(after, sort_keys=True))


def read_left(connection: Connection, kind: Kind) -> dict[str, int]:
    """How many have left since this was first counted; of refusals by reason, else under ''."""
    found: dict[str, int] = json.loads(read_fact(connection, f"{_FACT}{kind}") or "{}")
    return found
