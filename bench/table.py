"""Prints figures, one per line, with floors or targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bench.rows import Figure


def print_figures(figures: Mapping[str, Any], floors: Mapping[str, float] | None = None) -> None:
    """Print figures by name, or the reason why they were skipped."""
    if "skipped" in figures:
        print(f"SKIPPED: {figures['skipped']}")
        return
    for name, value in figures.items():
        shown = f"{value:.4f}" if isinstance(value, float) else str(value)
        floor = (floors or {}).get(name)
        said = "" if floor is None else f"  floor {floor:.2f} {'met' if value >= floor else 'MISSED'}"
        print(f"{name.replace('_', ' '):32} {shown:>12}{said}")


def print_targets(figures: Iterable[Figure]) -> None:
    """Print figures with their targets; the last line counts met, missed and skipped."""
    shown = list(figures)
    print(f"{'row':26}{'figure':48}{'measured':>10}  {'target':<10}")
    for figure in shown:
        target = (
            ""
            if figure.target is None
            else f"{'>=' if figure.wanted == 'at least' else '<='} {figure.target:g}"
        )
        value = "-" if figure.value is None else _show(figure.value)
        verdict = "" if figure.met is None else "met" if figure.met else "MISSED"
        verdict = f"SKIPPED: {figure.skipped}" if figure.skipped else verdict
        print(f"{figure.row:26}{figure.name:48}{value:>10}  {target:<10}{verdict}".rstrip())
    met, missed = (sum(figure.met is wanted for figure in shown) for wanted in (True, False))
    skipped = sum(bool(figure.skipped) for figure in shown)
    print(f"{met} met, {missed} missed, {skipped} skipped")


def _show(value: float) -> str:
    return f"{value:d}" if isinstance(value, int) else f"{value:.4f}"
