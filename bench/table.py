"""How figures are printed: one a line, its floor beside it where it has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def print_figures(figures: Mapping[str, Any], floors: Mapping[str, float] | None = None) -> None:
    """Print figures by name, or that they were skipped and why."""
    if "skipped" in figures:
        print(f"SKIPPED: {figures['skipped']}")
        return
    for name, value in figures.items():
        shown = f"{value:.4f}" if isinstance(value, float) else str(value)
        floor = (floors or {}).get(name)
        said = "" if floor is None else f"  floor {floor:.2f} {'met' if value >= floor else 'MISSED'}"
        print(f"{name.replace('_', ' '):32} {shown:>12}{said}")
