"""Taking the text of a dispatch: copied, or sent to the content management system, and noted as used by whoever took it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from copytaster.errors import UsageError
from copytaster.masking.text import mask_secrets
from copytaster.store.dispatches import read_dispatch
from copytaster.values import iso
from indexer.merge import merge_rows
from newsdesk.operations.marks import mark_dispatches, read_newest_marks

if TYPE_CHECKING:
    from collections.abc import Callable

    from copytaster.store.engine import Store
    from indexer.record import DispatchRecord
    from newsdesk.operations.marks import DeskMark

Way = Literal["copy", "send"]


@dataclass(frozen=True, slots=True)
class Take:
    """What somebody took.

    Attributes:
        record: the dispatch.
        text: headline, text, credit and ids, as they are pasted.
        others: who else has used the dispatch, each one's newest mark.
    """

    record: DispatchRecord
    text: str
    others: tuple[DeskMark, ...]


def take_text(
    store: Store,
    dispatch: str,
    way: Way,
    *,
    who: str,
    version: int | None = None,
    send: Callable[[DispatchRecord], None] | None = None,
) -> Take:
    """Take the text that a dispatch shows; who takes it twice is noted once.

    Args:
        store: the store.
        dispatch: its id; an old one resolves.
        way: how it is taken.
        who: takes it.
        version: the version that the person has before his eyes; another one is not taken in its place.
        send: hands the dispatch over. Where that fails, nothing is noted.

    Raises:
        NotFoundError: there is no such dispatch.
        UsageError: it is under embargo, it was withdrawn, or its text is another one by now.
        UnreachableError: it could not be handed over.
    """
    with store.read() as connection:
        record = merge_rows(read_dispatch(connection, dispatch))
        marks = read_newest_marks(connection, [record.id]).get(record.id, [])
    refusal = find_refusal(record)
    if refusal is None and version is not None and record.canonical and version != record.canonical.version:
        refusal = "its text has changed since you opened it: read it again"
    if refusal is not None:
        raise UsageError(refusal, resource=f"dispatch {record.id}")
    if send is not None:
        send(record)
    mark_dispatches(store, [record.id], "used", who=who, how=way)
    others = tuple(mark for mark in marks if mark.row.kind == "used" and mark.row.who != who)
    return Take(record, write_text(record), others)


def find_refusal(record: DispatchRecord, now: datetime | None = None) -> str | None:
    """Why nobody may take this dispatch's text; None if people may."""
    until = record.embargoed_until
    if until is not None and until > (now or datetime.now(UTC)):
        return f"it is under embargo until {iso(until)}: its text cannot be taken before"
    if record.state == "withdrawn":
        return "the agency withdrew it: its text cannot be taken"
    return None


def write_text(record: DispatchRecord) -> str:
    """Headline, dateline and text, credit, and the ids by which it is found again; without secrets."""
    dateline = (record.dateline or {}).get("raw")
    body = f"{dateline} {record.body}" if dateline else record.body
    credit = record.agency or "agency unknown"
    version = record.canonical.version if record.canonical else None
    ids = f"Dispatch {record.id}, version {version}"
    wire = (record.wire or {}).get("guid")
    parts = [record.headline, body, record.signoff, record.usage_terms, f"Credit: {credit}"]
    parts.append(f"{ids}, wire id {wire}" if wire else ids)
    return mask_secrets("\n\n".join(part for part in parts if part)) + "\n"
