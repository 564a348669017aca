"""A folder into which agencies or their transfer programs drop files.

Only whole files are read. A file counts as whole when nobody has it open for writing, which Linux tells by a read lease, and
it has not changed since the look before; where the lease is not to be had, when it has not changed for some seconds. Names
that transfer programs give to unfinished files are left alone. Symbolic links, devices and pipes are never opened.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import stat
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import structlog

from copytaster.errors import RefusedError, UnparsableError
from spiders.files import page_of_bytes
from spiders.receiving.delivery import Delivery
from spiders.receiving.items import list_faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spiders.receiving.items import KeptItem

PROCESSED, ERROR = "processed", "error"  # folders within the watched one
SETTLED_S = 2.0  # unchanged for so long is whole, where no lease can tell
PATIENCE_S = 30.0  # a file that cannot be read gets so long to become whole
AT_ONCE = 200  # files of one look
MAX_DEPTH = 4
LOOKED_AT = 20_000  # names of one look
_UNFINISHED = re.compile(
    r"^[.~#]|\.(?:part|filepart|partial|tmp|temp|crdownload|swp|lock|writing|inprogress)$|~$", re.IGNORECASE
)

_GONE = frozenset({errno.ENOENT, errno.ELOOP, errno.EWOULDBLOCK})

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _State:
    """What tells whether a file is being written."""

    size: int
    changed_ns: int
    inode: int


class FolderReceiver:
    """Watches one folder and those within it.

    Args:
        address: a `file:` address or an absolute path.
        max_bytes: of one file, decompressed.
    """

    def __init__(self, address: str, *, max_bytes: int) -> None:
        self.folder = folder_of(address)
        self._max_bytes = max_bytes
        self._seen: dict[str, _State] = {}
        self._stuck: dict[str, _State] = {}  # done, and cannot be moved away

    def look(self) -> Sequence[Delivery]:
        """The files that have arrived whole.

        Raises:
            RefusedError: `no-folder`: it does not exist, or cannot be read or written.
        """
        if not self.folder.is_dir() or not os.access(self.folder, os.R_OK | os.W_OK | os.X_OK):
            raise UnparsableError(
                "there is no such folder" if not self.folder.exists() else "it cannot be read and written",
                reason="no-folder",
                resource=str(self.folder),
                hint="make it, owned by the user of the service: files are moved to processed/ and error/ within it",
            )
        now_ns = time.time_ns()
        states: dict[str, _State] = {}
        found: list[Delivery] = []
        for name, state in sorted(self.list_files(), key=lambda pair: (pair[1].changed_ns, pair[0])):
            states[name] = state
            is_same = self._seen.get(name) == state
            if not is_same or len(found) >= AT_ONCE or self._stuck.get(name) == state:
                continue
            delivery = self._open(name, age_s=(now_ns - state.changed_ns) / 1e9)
            if delivery is not None:
                found.append(delivery)
        self._seen = states
        self._stuck = {name: state for name, state in self._stuck.items() if name in states}
        return found

    def settle(self, delivery: Delivery, kept: Sequence[KeptItem]) -> None:
        """Move a file to `processed/`, or to `error/` with its reasons beside it if an item of it was refused.

        See `list_faults` for those that count.
        """
        path = self.folder / delivery.name
        refused = list_faults(kept)
        where = self.folder / ERROR if refused else self.folder / PROCESSED / f"{datetime.now(UTC):%Y-%m-%d}"
        try:
            target = _free_name(where / delivery.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
            if refused:
                _write_reasons(target, kept)
        except OSError as error:
            log.warning("file.not-moved", path=str(path), to=str(where), why=error.strerror)
            with contextlib.suppress(OSError):
                self._stuck[delivery.name] = _state_of(path.lstat())

    def leave(self, delivery: Delivery) -> None:
        """Look at the file again later."""

    def wait(self, seconds: float) -> None:
        """Sleep: looking is cheap, and works on network drives too."""
        time.sleep(seconds)

    def close(self) -> None:
        """Nothing is kept open."""

    def list_files(self) -> Iterator[tuple[str, _State]]:
        """Path within the folder and state of every regular file, without links, hidden names and our own folders."""
        queue = [("", 0)]
        met = 0
        while queue:
            inside, depth = queue.pop()
            try:
                entries = list(os.scandir(self.folder / inside))
            except OSError:
                continue
            for entry in entries:
                name = f"{inside}{entry.name}"
                if _UNFINISHED.search(entry.name) or met >= LOOKED_AT:
                    continue
                met += 1
                try:
                    if entry.is_dir(follow_symlinks=False):
                        if depth < MAX_DEPTH and not (depth == 0 and entry.name in {PROCESSED, ERROR}):
                            queue.append((f"{name}/", depth + 1))
                    elif entry.is_file(follow_symlinks=False):
                        yield name, _state_of(entry.stat(follow_symlinks=False))
                except OSError:  # moved away meanwhile
                    continue

    def _open(self, name: str, *, age_s: float) -> Delivery | None:
        """Read a file; None if somebody still writes it, or it is gone."""
        path = self.folder / name
        is_settling = 0 <= age_s < PATIENCE_S
        try:
            found = self._read(path, is_young=0 <= age_s < SETTLED_S)
        except OSError as error:
            if error.errno in _GONE:
                return None
            why = UnparsableError(
                f"cannot be read: {error.strerror}", reason="unreadable", resource=str(path)
            )
            return Delivery(name, refused=why)
        if found is None:
            return None
        try:
            page = page_of_bytes(path, found[0], when=found[1], max_bytes=self._max_bytes)
        except RefusedError as error:
            return Delivery(name, refused=error, is_settling=is_settling)
        return Delivery(name, page, is_settling=is_settling)

    def _read(self, path: Path, *, is_young: bool) -> tuple[bytes, datetime] | None:
        """Bytes and time of a file; None if it is being written."""
        # not to be led elsewhere by a link that has taken the file's place, and not to wait for a pipe
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            state = os.fstat(handle)
            is_written = _is_written(handle)
            if not stat.S_ISREG(state.st_mode) or is_written or (is_written is None and is_young):
                return None
            return file.read(self._max_bytes + 1), datetime.fromtimestamp(state.st_mtime, UTC)


def folder_of(address: str) -> Path:
    """The folder of a `file:` address or a path."""
    return Path(unquote(urlsplit(address).path)) if address.startswith("file:") else Path(address)


def _state_of(found: os.stat_result) -> _State:
    return _State(found.st_size, found.st_mtime_ns, found.st_ino)


def _is_written(handle: int) -> bool | None:
    """Whether a process has the file open for writing; None where the system does not tell."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return None
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return True if error.errno == errno.EAGAIN else None
    return False


def _free_name(path: Path) -> Path:
    """The path, or one with a number before its ending, so that nothing is overwritten."""
    candidate, number = path, 1
    while candidate.exists() or candidate.is_symlink():
        number += 1
        candidate = path.with_name(f"{path.stem}.{number}{path.suffix}")
    return candidate


def _write_reasons(target: Path, kept: Sequence[KeptItem]) -> None:
    """Write beside a refused file, in plain words, what became of each of its items."""
    lines = [f"{target.name}, read {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"]
    for number, item in enumerate(kept, 1):
        which = f"item {number}: " if len(kept) > 1 else ""
        lines.append(
            f"{which}{_SAID.get(item.outcome, f'refused [{item.outcome}]')}{': ' if item.why else ''}{item.why}"
        )
    lines.append(
        "Its bytes are in quarantine too: copytaster quarantine list; mend the file and drop it again."
    )
    target.with_name(f"{target.name}.why.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


_SAID: Mapping[str, str] = {
    "stored": "stored",
    "unchanged": "known already",
    "embargoed": "held until its hour",
}
