"""Compiles functions to machine code at their first call, and keeps the code on disk for the next process.

Kept code holds the code of the functions that it calls, too, and numba looks at the file of the outer one alone. So each state
of the sources has a folder of its own.
"""

from __future__ import annotations

import hashlib
import shutil
import time
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


_SOURCES = Path(__file__).parents[1]  # every compiled function is in one of its files
_KEEP_S = 30 * 86_400  # the folder of another state of the sources, since something was last put there


def name_sources(folder: Path = _SOURCES) -> str:
    """A name for the state of the sources in this folder: another one once a file is changed, added or taken away."""
    found = hashlib.blake2b(digest_size=8)
    for path in sorted(folder.rglob("*.py")):
        about = path.stat()
        found.update(f"{path.relative_to(folder)} {about.st_size} {about.st_mtime_ns}\n".encode())
    return f"sources-{found.hexdigest()}"


_STATE = name_sources()  # of this process, which goes on with the code that it has loaded


class _Compiler:
    """Every function that was handed to `compiled`, and whether their code is kept."""

    def __init__(self) -> None:
        self.kernels: list[Any] = []
        self.folder: Path | None = Path(__file__).parent / "__pycache__"  # None: nowhere
        self._choose()

    def compile(self, function: Callable[..., Any]) -> Any:
        kernel = numba.njit(nogil=True)(function)
        self.kernels.append(kernel)
        self._keep(kernel)
        return kernel

    def keep_in(self, folder: Path | None) -> None:
        """Keep the code of every function in this folder; with None, nowhere."""
        if folder != self.folder:
            self.folder = folder
            self._choose()
            for kernel in self.kernels:
                self._keep(kernel)

    def _choose(self) -> None:
        """Give numba the folder of these sources, and take away what is left of others."""
        if self.folder is None:
            return
        own = self.folder / _STATE
        numba.config.CACHE_DIR = str(own)  # type: ignore[attr-defined]
        for other in self.folder.glob("sources-*"):
            if other != own and other.stat().st_mtime < time.time() - _KEEP_S:
                shutil.rmtree(other, ignore_errors=True)

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
    """True if an earlier process kept code of these sources in the folder of this one."""
    folder = _compiler.folder
    return folder is not None and any((folder / _STATE).rglob("*.nbi"))
