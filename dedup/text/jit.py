"""Compiles functions to machine code at their first call, and keeps the code on disk for the next process."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from copytaster.compiled_code import register_compiler
from copytaster.hidden_modules import hidden_modules

with hidden_modules("scipy", "scipy.linalg", "yaml"):
    # SciPy is for linear algebra, of which nothing here is compiled; YAML for a file of settings, which we set ourselves
    import numba

    import_module("numba.np.arraymath")

if TYPE_CHECKING:
    from collections.abc import Callable

Kernel = TypeVar("Kernel", bound="Callable[..., Any]")


class _Compiler:
    """Every function that was handed to `compiled`, and whether their code is kept."""

    def __init__(self) -> None:
        self.kernels: list[Any] = []
        self.folder: str | None = ""  # empty: numba's choice; None: nowhere

    def compile(self, function: Callable[..., Any]) -> Any:
        kernel = numba.njit(nogil=True)(function)
        self.kernels.append(kernel)
        self._keep(kernel)
        return kernel

    def keep_in(self, folder: Path | None) -> None:
        """Keep the code of every function in this folder; with None, nowhere."""
        chosen = None if folder is None else str(folder)
        if chosen != self.folder:
            self.folder = chosen
            numba.config.CACHE_DIR = chosen or ""  # type: ignore[attr-defined]
            for kernel in self.kernels:
                self._keep(kernel)

    def _keep(self, kernel: Any) -> None:
        if self.folder is None:
            kernel._cache.disable()  # noqa: SLF001 - numba's decorators can only enable it
            return
        try:
            kernel.enable_caching()
        except RuntimeError:  # numba found no folder to keep it in
            kernel._cache.disable()  # noqa: SLF001


_compiler = _Compiler()
register_compiler(_compiler.keep_in)


def compiled(function: Kernel) -> Kernel:
    """Compile a function of numbers and NumPy arrays; it releases the interpreter's lock while it runs.

    Its code is kept in the folder of `copytaster.compiled_code`. Without one, each process compiles for itself.
    """
    return cast("Kernel", _compiler.compile(function))


def has_kept_code() -> bool:
    """True if an earlier process kept code in the folder of this one; it may be of another version of the program."""
    folder = _compiler.folder
    return folder is not None and folder != "" and any(Path(folder).rglob("*.nbi"))
