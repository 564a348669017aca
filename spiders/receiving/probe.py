"""Examines a place where copy arrives by itself before it becomes a source. It reads, and moves nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from copytaster.errors import UsageError
from copytaster.identity import hash_of
from spiders.feeds import FeedEntry, ParsedFeed
from spiders.receiving.folder import FolderReceiver, folder_of
from spiders.sources.probe import USUAL_INTERVAL, Probe, guess_name

if TYPE_CHECKING:
    from settings import CrawlSettings

MAX_SHOWN = 1_000


def probe_place(address: str, *, crawl: CrawlSettings) -> Probe:
    """Examine a folder or a push address; see `is_place`."""
    return probe_push(address) if address.startswith("push:") else probe_folder(address, crawl=crawl)


def is_place(text: str) -> bool:
    """True for an address where copy arrives by itself: a path from the root, a `file:` address, `push:NAME`."""
    return text.startswith(("/", "file:///", "push:"))


def probe_push(address: str) -> Probe:
    """What a push address gives as a source: nothing can be looked at before something is pushed."""
    name = address.removeprefix("push:")
    return Probe(
        url=address,
        kind="push",
        feed=ParsedFeed("push", "", ()),
        publisher=name,
        name=f"{name}-push",
        interval=USUAL_INTERVAL,
        language=None,
        robots="ignored",
    )


def probe_folder(address: str, *, crawl: CrawlSettings) -> Probe:
    """Examine a folder: its files, newest first, as entries.

    Raises:
        UsageError: there is no such folder.
    """
    folder = folder_of(address)
    if not folder.is_dir():
        raise UsageError("there is no such folder", resource=str(folder), hint="make it first")
    found = sorted(
        FolderReceiver(address, max_bytes=crawl.max_bytes).list_files(),
        key=lambda pair: pair[1].changed_ns,
        reverse=True,
    )
    entries = tuple(
        FeedEntry(
            key=hash_of(("file", name)),
            id=None,
            url=(folder / name).absolute().as_uri(),
            title=name,
            digest=str(state),
            updated=datetime.fromtimestamp(state.changed_ns / 1e9, UTC),
        )
        for name, state in found[:MAX_SHOWN]
    )
    publisher = Path(folder.absolute()).name or "wire"
    return Probe(
        url=str(folder.absolute()),
        kind="folder",
        feed=ParsedFeed("folder", str(folder), entries),
        publisher=publisher,
        name=guess_name("file:///", publisher) or "wire",
        interval=USUAL_INTERVAL,
        language=None,
        robots="ignored",
    )
