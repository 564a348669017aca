"""Compiles functions to machine code at their first call, and keeps the code on disk for the next process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

Kernel = TypeVar("Kernel", bound="Callable[..., Any]")


def compiled(function: Kernel) -> Kernel:
    """Compile a function of numbers and NumPy arrays; it releases the interpreter's lock while it runs.

    Where neither the program's folder nor the user's cache can be written, each process compiles for itself.
    """
    try:
        return cast("Kernel", numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # numba found no folder to keep it in
        return cast("Kernel", numba.njit(nogil=True)(function))
