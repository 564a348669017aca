"""The shipped systemd unit: how long its first and its second start take under its own restrictions, as far as they can be had.

systemd does not run in a container, so its restrictions are set up by hand from the lines of the unit: mounts by `unshare`,
user and capabilities by `setpriv`, system calls by libseccomp. What cannot be had is named. Needs root.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.confined import PROGRAM, list_calls

UNIT = Path(__file__).parents[1] / "deploy" / "copytaster.service"
ROOT = Path(__file__).parents[1]
LIMIT_S = 5.0  # of the second start
NOBODY = 65534
STATE, STAGE = "/mnt", "/srv"  # empty folders of every system, mounted over
DEVICES = "null zero full random urandom"
READY = b"service.ready"

HAD = {
    "DynamicUser": "user nobody",
    "StateDirectory": "one writable folder",
    "NoNewPrivileges": "setpriv",
    "CapabilityBoundingSet": "setpriv",
    "AmbientCapabilities": "setpriv",
    "PrivateTmp": "mounts",
    "PrivateDevices": "mounts",
    "PrivateMounts": "mounts",
    "ProtectSystem": "mounts",
    "ProtectHome": "mounts",
    "ProtectProc": "mounts",
    "SystemCallFilter": "libseccomp",
    "SystemCallErrorNumber": "libseccomp",
    "RestrictAddressFamilies": "libseccomp",
    "UMask": "umask",
}
NOT_HAD = (
    "PrivateUsers",
    "ProtectClock",
    "ProtectControlGroups",
    "ProtectHostname",
    "ProtectKernelLogs",
    "ProtectKernelModules",
    "ProtectKernelTunables",
    "RestrictNamespaces",
    "RestrictRealtime",
    "RestrictSUIDSGID",
    "LockPersonality",
    "RemoveIPC",
    "SystemCallArchitectures",
)
OF_THE_START = ("Type", "ExecStart", "Environment", "EnvironmentFile", "KillMode", "TimeoutStopSec")
OF_THE_RESTART = ("Restart", "RestartSec", "RestartPreventExitStatus")

# $1: folder of the state; the others: what the program needs below /home and /root.
_MOUNTS = f"""set -e
umask 022
mount --make-rprivate /
mount --bind "$1" {STATE}; shift
mount -t tmpfs tmpfs {STAGE}
for d in {DEVICES}; do touch {STAGE}/$d; mount --bind /dev/$d {STAGE}/$d; done
n=0; for p in "$@"; do n=$((n+1)); mkdir {STAGE}/$n; mount --bind "$p" {STAGE}/$n; done
for home in /home /root /run/user; do [ ! -d $home ] || mount -t tmpfs -o mode=755 tmpfs $home; done
n=0; for p in "$@"; do n=$((n+1)); mkdir -p "$p"; mount --bind {STAGE}/$n "$p"; mount -o remount,bind,ro "$p"; done
mount -t tmpfs -o mode=755 tmpfs /dev
for d in {DEVICES}; do touch /dev/$d; mount --bind {STAGE}/$d /dev/$d; done
mkdir /dev/shm; mount -t tmpfs -o mode=1777 tmpfs /dev/shm
for t in /tmp /var/tmp; do mount -t tmpfs -o mode=1777 tmpfs $t; done
mount -t proc -o hidepid=2 proc /proc
mount -o remount,bind,ro /
umask 0077
exec setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \\
  --ambient-caps=-all env -i PATH=/usr/bin:/bin COPYTASTER_DATA_DIR={STATE} COPYTASTER_LOG_FORMAT=json COPYTASTER_WEB__PORT=0 \\
  "$PYTHON" -c "$PROGRAM" "$CALLS" "$COMMAND" run --config {STATE}/sources.toml
"""


def read_directives(unit: Path = UNIT) -> list[str]:
    """The names under [Service], each once."""
    service = unit.read_text(encoding="utf-8").partition("[Service]")[2].partition("[Install]")[0]
    names = (line.partition("=")[0] for line in service.splitlines() if "=" in line and line[0] != "#")
    return list(dict.fromkeys(names))


def main() -> dict[str, Any]:
    """Start twice and print both; raises SystemExit with 1 if the second start takes too long or none succeeds."""
    tools = ("unshare", "setpriv", "systemd-analyze")
    if os.geteuid() or not all(map(shutil.which, tools)):
        print(f"SKIPPED: this needs root and {', '.join(tools)} (Debian: util-linux, systemd)")
        return {"skipped": True}
    folder = Path(tempfile.mkdtemp(prefix="copytaster-unit-"))
    try:
        (folder / "sources.toml").touch()
        shutil.chown(folder, NOBODY, NOBODY)
        shutil.chown(folder / "sources.toml", NOBODY, NOBODY)
        starts = [_start(folder) for _ in range(2)]
    finally:
        shutil.rmtree(folder)
    had = [name for name in read_directives() if name in HAD]
    not_had = [name for name in read_directives() if name in NOT_HAD]
    for name, one in zip(("first start", "second start"), starts, strict=True):
        print(
            f"{name:12}  ready after {one['seconds']:6.2f} s, {one['cpu_s']:6.2f} s of CPU to the end of its stop"
        )
    print(f"restricted as the unit says: {', '.join(had)}")
    print(f"could not be had without systemd: {', '.join(not_had)}")
    if starts[1]["cpu_s"] > LIMIT_S:
        print(f"NOT HELD: the second start takes more than {LIMIT_S:g} s")
        raise SystemExit(1)
    return {"starts": starts, "restricted": had, "not_had": not_had}


def _start(folder: Path) -> dict[str, float]:
    """Seconds until the pages are served, and of CPU until the service has stopped again."""
    needed = {Path(sys.prefix), Path(sys.base_prefix), ROOT}
    hidden = [str(path) for path in needed if any(path.is_relative_to(home) for home in ("/home", "/root"))]
    command = str(Path(sys.executable).parent / "copytaster")
    calls = " ".join(sorted(list_calls("@system-service") - list_calls("@privileged")))
    variables = os.environ | {
        "PYTHON": sys.executable,
        "PROGRAM": PROGRAM,
        "CALLS": calls,
        "COMMAND": command,
    }
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with subprocess.Popen(
        ["unshare", "--mount", "--ipc", "sh", "-c", _MOUNTS, "sh", str(folder), *hidden],
        stderr=subprocess.PIPE,
        env=variables,
    ) as process:
        said = []
        for line in process.stderr or ():
            said.append(line)
            if READY in line:
                break
        else:
            raise SystemExit(f"it did not start: {b''.join(said[-12:]).decode(errors='replace')}")
        seconds = time.monotonic() - begun
        process.send_signal(signal.SIGTERM)
        process.communicate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": seconds, "cpu_s": used}
