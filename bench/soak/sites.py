"""Machines played by network namespaces of this one: each has a loopback of its own, and a plug that can be pulled."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLONE_NEWNET = 0x40000000


@dataclass(frozen=True, slots=True)
class Site:
    """One machine. This one, where the store is, has `address` at the other end of its cable."""

    name: str
    link: str
    address: str

    @property
    def command(self) -> tuple[str, ...]:
        """What runs a program there."""
        return ("ip", "netns", "exec", self.name)

    def pull_plug(self) -> None:
        """Nothing passes from now on."""
        _call("link", "set", self.link, "down")

    def plug_in(self) -> None:
        """Everything passes again."""
        _call("link", "set", self.link, "up")

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Sockets that this thread makes within the block belong to the site."""
        with Path("/proc/thread-self/ns/net").open() as here, Path(f"/run/netns/{self.name}").open() as there:
            _set_namespace(there.fileno())
            try:
                yield
            finally:
                _set_namespace(here.fileno())


def why_not() -> str | None:
    """The reason why there can be no sites here, or None."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "there is no `ip` (Debian: apt-get install iproute2)"
    name = f"copytaster-{os.getpid()}-look"
    try:
        _call("netns", "add", name)
    except subprocess.CalledProcessError as error:
        return f"no network namespace can be made: {error.stderr.strip()}"
    _call("netns", "del", name)
    return None


@contextmanager
def connected(count: int) -> Iterator[list[Site]]:
    """So many sites, each with a cable to this machine; gone at the end with their cables."""
    me = os.getpid()
    net = f"10.{64 + me % 128}"  # beside those of another run
    sites = [
        Site(f"copytaster-{me}-{number}", f"ct{me % 100_000}-{number}", f"{net}.{number}.1")
        for number in range(count)
    ]
    try:
        for number, site in enumerate(sites):
            _call("netns", "add", site.name)
            _call("link", "add", site.link, "type", "veth", "peer", "name", "cable", "netns", site.name)
            _call("addr", "add", f"{site.address}/24", "dev", site.link)
            _call("-n", site.name, "addr", "add", f"{net}.{number}.2/24", "dev", "cable")
            for command in (("-n", site.name, "link", "set", "lo", "up"), ("link", "set", site.link, "up")):
                _call(*command)
            _call("-n", site.name, "link", "set", "cable", "up")
        yield sites
    finally:
        for site in sites:
            with suppress(subprocess.CalledProcessError):
                _call("netns", "del", site.name)


def _call(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


def _set_namespace(number: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.setns(number, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "the network namespace cannot be entered")
