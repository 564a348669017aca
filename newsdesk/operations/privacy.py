"""Checks that other users of the machine cannot read the data folder, nor secrets in sources.toml."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from copytaster.masking.known import find_secrets
from copytaster.private_files import find_open_paths, is_open
from newsdesk.operations.check_result import CheckResult, list_some
from spiders.sources.config import read_sources

if TYPE_CHECKING:
    from pathlib import Path

CHECK = "private files"


def check_privacy(data_dir: Path, config: Path) -> CheckResult:
    """Say what other users may read although it holds copy, addresses with keys, or passwords."""
    found = find_open_paths(data_dir)
    if found:
        way_out = f"chmod -R go= {shlex.quote(str(data_dir))}"
        return CheckResult(CHECK, "note", f"other users may read {list_some(found)}", way_out)
    if config.exists() and is_open(config) and _holds_secrets(config):
        detail = f"{config} holds addresses with keys, and other users may read it"
        return CheckResult(CHECK, "note", detail, f"chmod go= {shlex.quote(str(config))}")
    return CheckResult(CHECK, "ok", f"only this user may read {data_dir}")


def _holds_secrets(config: Path) -> bool:
    return any(find_secrets(source.url) for source in read_sources(config))
