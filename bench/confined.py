"""What runs inside the restrictions of `bench.unit`: allows the unit's system calls and address families only, then the program."""

from __future__ import annotations

import inspect
import subprocess


def list_calls(group: str) -> set[str]:
    """The system calls of one of systemd's groups.

    Raises:
        OSError: systemd-analyze is not installed.
    """
    said = subprocess.run(
        ["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True
    )
    names = {line.strip() for line in said.stdout.splitlines()[1:] if not line.strip().startswith("#")}
    found = {name for name in names if name and name[0] != "@"}
    return found.union(*(list_calls(name) for name in names if name[:1] == "@"))


def confine(calls: list[str], command: list[str]) -> None:
    """Replace this process by the command, which can make these system calls and open sockets of the unit's families."""
    import ctypes
    import os
    import socket

    allow, refuse, equal = 0x7FFF0000, 0x00050001, 4  # SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(EPERM), SCMP_CMP_EQ

    class Compare(ctypes.Structure):
        _fields_ = (
            ("arg", ctypes.c_uint),
            ("op", ctypes.c_int),
            ("a", ctypes.c_uint64),
            ("b", ctypes.c_uint64),
        )

    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(refuse))
    for name in calls:
        if name == "socket":
            continue
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            library.seccomp_rule_add(context, allow, number, 0)
    number = library.seccomp_syscall_resolve_name(b"socket")
    for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6):
        library.seccomp_rule_add_array(
            context, allow, number, 1, ctypes.byref(Compare(0, equal, int(family), 0))
        )
    if library.seccomp_load(context):
        raise SystemExit("the system calls cannot be filtered")
    os.execv(command[0], command)


PROGRAM = f"import sys\n{inspect.getsource(confine)}\nconfine(sys.argv[1].split(), sys.argv[2:])"  # the checkout need not be on its path
