"""Functions compiled to machine code when first called; what was compiled is kept on disk for the next process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

Kernel = TypeVar("Kernel", bound="Callable[..., Any]")


def compiled(function: Kernel) -> Kernel:
    """Compile a function of numbers and NumPy arrays; it holds no lock of the interpreter while it runs.

    Where nothing can be written beside the program nor in the user's own cache, each process compiles for itself.
    """
    try:
        return cast("Kernel", numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # numba found no folder to keep it in
        return cast("Kernel", numba.njit(nogil=True)(function))
