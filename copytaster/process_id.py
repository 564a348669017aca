"""A name for this process in leases and runs, and whether the process behind another name has ended."""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path

LONGEST_NAME = 40  # of a machine, so that the whole stays in its column


@cache
def machine() -> str:
    """This machine since its last start, and its process namespace: two containers may share a name."""
    name = socket.gethostname()[:LONGEST_NAME].replace(":", "_")
    boot = _read("/proc/sys/kernel/random/boot_id")[:8]
    return f"{name}/{boot}/{_pid_namespace()}"


def this_process() -> str:
    """`machine:pid:start`. The start distinguishes it from an earlier process with the same number."""
    return f"{machine()}:{os.getpid()}:{_started(os.getpid())}"


def this_host() -> str:
    """The name of this machine."""
    return find_host(this_process())


def find_host(holder: str) -> str:
    """The name of the machine of a process."""
    return holder.partition(":")[0].partition("/")[0]


def is_gone(holder: str | None) -> bool:
    """True only if it is certain that the holder was a process on this machine and has ended."""
    if not holder:
        return False
    where, _, rest = holder.partition(":")
    pid, _, started = rest.partition(":")
    if where != machine() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return bool(started) and _started(int(pid)) not in {"", started}


def _started(pid: int) -> str:
    # Field 22 of /proc/PID/stat, in ticks since the machine's start; the name in field 2 may contain blanks.
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 else ""  # noqa: PLR2004


def _pid_namespace() -> str:
    try:
        return Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        return ""


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
