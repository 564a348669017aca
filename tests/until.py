"""Waits for what other threads and processes do: blocks on file changes and on the end of a process, never sleeps."""

import ctypes
import os
import select
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE_S = 60
# A SQLite commit becomes visible just after its last write: one that nothing follows is seen by this second look.
SECOND_LOOK_S = 1.0
_IN_MODIFY, _IN_MOVED_TO, _IN_CREATE, _IN_DELETE = 0x2, 0x80, 0x100, 0x200


def until(condition, *folders, patience_s=PATIENCE_S):
    """Return when `condition()` is true; look again whenever a file in one of `folders` is written."""
    deadline = time.monotonic() + patience_s
    with _watch(folders) as changes:
        while not condition():
            left_s = deadline - time.monotonic()
            assert left_s > 0, f"not true after {patience_s} s"
            if select.select([changes], [], [], min(left_s, SECOND_LOOK_S))[0]:
                os.read(changes, 65536)


@contextmanager
def _watch(folders):
    """An inotify descriptor, readable when a file directly in one of `folders` changes."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "inotify_init1"):
        pytest.skip("waits on inotify")
    descriptor = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        for folder in folders:
            mask = _IN_MODIFY | _IN_MOVED_TO | _IN_CREATE | _IN_DELETE
            if libc.inotify_add_watch(descriptor, os.fsencode(folder), mask) < 0:
                raise OSError(ctypes.get_errno(), "inotify_add_watch", str(folder))
        yield descriptor
    finally:
        os.close(descriptor)


def has_ended(pid, patience_s=PATIENCE_S):
    """True once the process has ended, a zombie included; False if it still runs after `patience_s`."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], patience_s)[0])
    finally:
        os.close(process)


def folder_of(store):
    """The folder that a SQLite store writes to."""
    return Path(store.url.removeprefix("sqlite:///")).parent
