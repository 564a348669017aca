"""The list of sources of a running process: read once a change of the file; a bad edit leaves the last good list."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from copytaster.errors import ConfigurationError
from spiders.sources.config import read_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from spiders.sources.config import Source, Sources

SETTLED_NS = 2_000_000_000  # two edits of equal length within a tick of the file system's clock look the same
Stamp = tuple[int, int, int]


class LiveSources:
    """Sources that follow their file.

    Args:
        sources: as read from the file at the start.
        path: the file; without it the list never changes.
        check: raises ConfigurationError for a list that cannot be used, e.g. for a rule that never comes due.

    Attributes:
        current: the last good list.
        fault: what is wrong with the file as it is now; None if it is good.
    """

    def __init__(
        self,
        sources: Sources,
        path: Path | None = None,
        *,
        check: Callable[[Sources], object] = lambda _sources: None,
    ) -> None:
        self.current = sources
        self.fault: ConfigurationError | None = None
        self._path = path
        self._check = check
        self._is_settled = True
        self._seen: Stamp | None = None  # so that the first look finds an edit since `sources` was read

    def __iter__(self) -> Iterator[Source]:
        """Iterate over the last good list, in the order of the file."""
        return iter(self.current)

    def has_changed(self) -> bool:
        """True if the file is another than the one read last, or may be: it was read soon after an edit."""
        return self._path is not None and (not self._is_settled or self._stamp() != self._seen)

    def refresh(self) -> bool:
        """Read the file; True if there is a new list, False if the last good one stays, for `fault` or without a change."""
        if self._path is None:
            return False
        self._seen = seen = self._stamp()  # before reading: a later edit is seen as a change
        self._is_settled = seen is None or time.time_ns() - seen[0] > SETTLED_NS
        try:
            found = read_sources(self._path)
            if self.current and not found:
                raise self._refuse_emptied()
            self._check(found)
        except ConfigurationError as error:
            self.fault = error
            return False
        self.fault = None
        is_new = found != self.current
        self.current = found
        return is_new

    def _refuse_emptied(self) -> ConfigurationError:
        """A full disk and an editor that crashed leave an empty file: nobody would notice that nothing is collected."""
        return ConfigurationError(
            f"it lists no source any longer, and {len(self.current)} go on",
            resource=str(self._path),
            hint="to stop them, set `enabled = false` in their blocks",
        )

    def _stamp(self) -> Stamp | None:
        """What tells one state of the file from another; None where it cannot be seen."""
        if self._path is None:
            return None
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
