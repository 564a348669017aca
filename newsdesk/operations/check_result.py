"""What a check of `copytaster doctor` reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Level = Literal["ok", "note", "fault"]
SHOWN = 5


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check: its level, what was found, and how to fix it (`way_out`) unless all is well."""

    check: str
    level: Level
    detail: str
    way_out: str = ""


def list_some(found: Sequence[object]) -> str:
    """The first few, and how many more there are."""
    shown = ", ".join(str(item) for item in found[:SHOWN])
    return f"{shown} and {len(found) - SHOWN} more" if len(found) > SHOWN else shown or "none"
