"""The servers' distributions: fetched once through Maven and unpacked; and the JDK that runs them."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Release:
    product: str
    version: str
    java: int  # lowest
    secure: bool = False  # users, a role for us and TLS

    @property
    def artifact(self):
        return f"org.{self.product}.distribution.integ-test-zip:{self.product}:{self.version}:zip"


RELEASES = {
    "elasticsearch": Release("elasticsearch", "9.5.3", 21),
    "elasticsearch-secure": Release("elasticsearch", "9.5.3", 21, secure=True),
    "elasticsearch-8": Release("elasticsearch", "8.19.21", 17),
    "opensearch": Release("opensearch", "3.8.0", 21),
}


PLUGIN = Path(__file__).with_name("server_plugin") / "EmailAnalysis.java"


class ImpossibleError(Exception):
    """This machine cannot run the server."""


def find_java(lowest):
    """The home of a full JDK of this version or newer."""
    homes = [os.environ.get("JAVA_HOME"), *sorted(map(str, Path("/usr/lib/jvm").glob("*")), reverse=True)]
    if on_path := shutil.which("java"):
        homes.insert(1, str(Path(on_path).resolve().parents[1]))
    for home in filter(None, homes):
        try:
            listed = subprocess.run(
                [f"{home}/bin/java", "--list-modules"], capture_output=True, text=True, check=False
            ).stdout
        except OSError:
            continue
        version = re.search(r"^java\.base@(\d+)", listed, re.MULTILINE)
        if version and int(version[1]) >= lowest and "jdk.jlink@" in listed:
            return home
    raise ImpossibleError(f"no full JDK {lowest} or newer in JAVA_HOME, on PATH or in /usr/lib/jvm")


def install(release):
    """The unpacked distribution; Maven fetches it by its coordinates unless the cache has it."""
    root = os.environ.get("XDG_CACHE_HOME") or ("/var/cache" if os.getuid() == 0 else Path.home() / ".cache")
    cache = Path(root) / "copytaster-tests"
    home = cache / f"{release.product}-{release.version}"
    if home.exists():
        return home
    if not shutil.which("mvn"):
        raise ImpossibleError("no mvn on PATH to fetch the server with")
    cache.mkdir(parents=True, exist_ok=True)
    cache.chmod(
        0o755
    )  # a command that ran in this process may have set a umask; the server runs as another user
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        command = ["mvn", "-B", "-q", "dependency:copy", f"-Dartifact={release.artifact}"]
        fetched = subprocess.run(
            [*command, f"-DoutputDirectory={scratch}"],
            cwd=scratch,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if fetched.returncode:
            raise ImpossibleError(f"mvn could not fetch {release.artifact}")
        with zipfile.ZipFile(next(Path(scratch).glob("*.zip"))) as archive:
            for member in archive.infolist():
                path = archive.extract(member, scratch)
                if member.external_attr >> 16 & 0o100:
                    Path(path).chmod(0o755)
        _let_all_read(scratch)
        with contextlib.suppress(OSError):  # another process was faster
            (Path(scratch) / home.name).rename(home)
    return home


def _let_all_read(folder):
    """The server runs as another user, whatever the umask."""
    subprocess.run(["chmod", "-R", "a+rX", str(folder)], check=True)


def add_plugin(home, release, java):
    """A copy of this distribution with the analysis plugin that the server's index of API keys needs, compiled once."""
    made = home.with_name(f"{home.name}-keys")
    if made.exists():
        return made
    with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
        copy, classes = Path(scratch) / made.name, Path(scratch) / "classes"
        shutil.copytree(home, copy, copy_function=os.link)
        plugin = copy / "plugins" / "email-analysis"
        plugin.mkdir(parents=True)
        for command in (
            [f"{java}/bin/javac", "--release", "21", "-cp", f"{home}/lib/*", "-d", classes, PLUGIN],
            [f"{java}/bin/jar", "cf", plugin / "email-analysis.jar", "-C", classes, "."],
        ):
            done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
            if done.returncode:
                raise ImpossibleError(f"the plugin for API keys could not be made: {done.stderr[-300:]}")
        described = {
            "name": "email-analysis",
            "description": "for tests",
            "version": "1",
            "classname": "tests.EmailAnalysis",
            "java.version": "21",
            "elasticsearch.version": release.version,
        }
        lines = (f"{key}={value}\n" for key, value in described.items())
        (plugin / "plugin-descriptor.properties").write_text("".join(lines))
        _let_all_read(scratch)
        with contextlib.suppress(OSError):  # another process was faster
            copy.rename(made)
    return made
