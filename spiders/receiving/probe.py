"""Examines a place where copy arrives by itself before it becomes a source. It reads, and moves nothing."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from email import policy
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import TYPE_CHECKING

from copytaster.errors import UsageError
from copytaster.identity import hash_of
from spiders.feeds import FeedEntry, ParsedFeed
from spiders.receiving.folder import FolderReceiver, folder_of
from spiders.receiving.mail_verdict import MAX_HEAD, read_verdict
from spiders.receiving.mailbox import MailboxReceiver
from spiders.sources.config import Mailbox
from spiders.sources.probe import USUAL_INTERVAL, Probe, guess_name

if TYPE_CHECKING:
    from copytaster.values import RawPage
    from settings import CrawlSettings

NEWEST = 20  # messages that are fetched
MAX_SHOWN = 1_000


def probe_mailbox(address: str, *, crawl: CrawlSettings, mailbox: Mailbox) -> Probe:
    """Examine a mailbox: its newest messages, as entries, and as pages. It marks nothing.

    Raises:
        UnparsableError: it cannot be opened.
    """
    receiver = MailboxReceiver(
        address, password_file=mailbox.password_file, ca_file=mailbox.ca_file, max_bytes=crawl.max_bytes
    )
    with closing(receiver):
        pages = [one.page for one in receiver.list_newest(NEWEST) if one.page is not None]
    host = receiver.address.host
    entries = tuple(_entry_of_message(page, mailbox) for page in pages)
    feed = ParsedFeed("mailbox", receiver.address.folder, entries)
    name = guess_name("file:///", f"{host} {receiver.address.folder}")
    return Probe(
        address, feed, host, name, USUAL_INTERVAL, None, "ignored", kind="mailbox", pages=tuple(pages)
    )


def _entry_of_message(page: RawPage, mailbox: Mailbox) -> FeedEntry:
    head = BytesHeaderParser(policy=policy.default).parsebytes(page.body[:MAX_HEAD])
    verdict = read_verdict(page.body, mailbox.trusted_receivers)
    return FeedEntry(
        key=hash_of(("message", page.url)),
        id=None,
        url=page.url,
        title=f"{str(head.get('Subject') or '')[:200]} [{verdict}]",
        digest="",
        updated=page.fetched_at,
    )


def probe_place(address: str, *, crawl: CrawlSettings, mailbox: Mailbox | None = None) -> Probe:
    """Examine a folder, a mailbox or a push address; see `is_place`."""
    if address.startswith("imaps:"):
        return probe_mailbox(address, crawl=crawl, mailbox=mailbox or Mailbox())
    return probe_push(address) if address.startswith("push:") else probe_folder(address, crawl=crawl)


def is_place(text: str) -> bool:
    """True for an address where copy arrives by itself: a path from the root, `file:`, `imaps:` or `push:`."""
    return text.startswith(("/", "file:///", "push:", "imaps:"))


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
