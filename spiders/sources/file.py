"""Writes sources.toml: adds a block at the end and leaves all other text as it is."""

from __future__ import annotations

import os
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomlkit

from copytaster.errors import ConfigurationError, UsageError
from copytaster.identity import canonical_url
from spiders.sources.config import Mailbox, Sources, SourceSelectors, parse_sources, read_text
from spiders.sources.tables import write_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spiders.sources.config import Source

HEADING = "# What is collected, and how often. See docs/add-a-source.md.\n"


def write_block(source: Source) -> str:
    """Write the `[[source]]` block of a source, with the values that differ from the defaults."""
    table = tomlkit.table()
    table.add("name", source.name)
    table.add("publisher", source.publisher_name)
    table.add("kind", source.kind)
    table.add("url", source.url)
    if source.interval is not None:
        table.add("interval", write_interval(source.interval))
    if source.longest_interval is not None:
        table.add("longest_interval", write_interval(source.longest_interval))
    for name in ("cron", "timezone", "language", "archive"):
        if getattr(source, name) is not None:
            table.add(name, getattr(source, name))
    for name in ("enabled", "follow_moves", "revisit"):
        if not getattr(source, name):
            table.add(name, value=False)
    if source.selectors:
        table.add("selectors", _inline(_differing(source.selectors, SourceSelectors())))
    if source.mailbox != Mailbox():
        table.add("mailbox", _inline(_differing(source.mailbox, Mailbox())))
    limits = {
        name: value for name in source.limits.__slots__ if (value := getattr(source.limits, name)) is not None
    }
    if limits:
        table.add("limits", _inline(limits))
    document = tomlkit.document()
    blocks = tomlkit.aot()
    blocks.append(table)
    document.add("source", blocks)
    return tomlkit.dumps(document)


def add_source(path: Path, source: Source) -> Sources:
    """Add a source to the file, which is created if missing; returns all sources of the new file; see `add_sources`."""
    return add_sources(path, [source])


def add_sources(path: Path, added: Sequence[Source]) -> Sources:
    """Add sources to the file, all or none; returns all sources of the new file.

    The new text is checked first, then replaces the file in one step.

    Raises:
        ConfigurationError: the file cannot be read or written, or was invalid before.
        UsageError: the file has a source of one of these names or addresses.
    """
    before = read_text(path) or ""
    known = parse_sources(before, resource=str(path))
    text = before.rstrip() or HEADING.rstrip()
    for source in added:
        check_new(known, source)
        text = f"{text}\n\n{write_block(source)}{_publisher_block(source, text)}".rstrip()
    sources = parse_sources(f"{text}\n", resource=str(path))
    _replace(path, f"{text}\n")
    return sources


def check_new(known: Sources, source: Source) -> None:
    """Refuse a source that the file has already.

    Raises:
        UsageError: the name or the address is taken.
    """
    for other in known:
        if other.name == source.name:
            raise UsageError(
                f"a source named {source.name!r} exists",
                resource=known.path,
                hint="choose another with --name",
            )
    other_name = find_taken(known, source)
    if other_name is not None:
        raise UsageError(f"{source.url} is collected already, as {other_name!r}", resource=known.path)


def find_taken(known: Sources, source: Source) -> str | None:
    """The name of the source of the file that has this one's name or address; None without one."""
    address = canonical_url(source.url)
    return next(
        (one.name for one in known if one.name == source.name or canonical_url(one.url) == address), None
    )


def _publisher_block(source: Source, text: str) -> str:
    """Write the publisher's table, unless the file has one or the table would be empty."""
    said: dict[str, Any] = {name: value for name in ("family", "agency") if (value := getattr(source, name))}
    if source.hosts:
        said["hosts"] = list(source.hosts)
    if not said or source.publisher_name in tomllib.loads(text).get("publishers", {}):
        return ""
    return f"\n{tomlkit.dumps({'publishers': {source.publisher_name: said}}).rstrip()}\n"


def _differing(value: SourceSelectors | Mailbox, default: SourceSelectors | Mailbox) -> dict[str, Any]:
    return {
        name: list(found) if isinstance(found, tuple) else found
        for name in value.__slots__
        if (found := getattr(value, name)) != getattr(default, name)
    }


def _inline(values: dict[str, Any]) -> Any:
    table = tomlkit.inline_table()
    table.update(values)
    return table


def _replace(path: Path, text: str) -> None:
    target = path.resolve()  # writes through a symbolic link
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigurationError(f"cannot be written: {error}", resource=str(path)) from error
