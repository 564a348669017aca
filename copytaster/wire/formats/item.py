"""An item as a format's reader hands it on: fields as printed, text in paragraphs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copytaster.errors import UnparsableError

if TYPE_CHECKING:
    from datetime import datetime

    from copytaster.values import WireRecord


@dataclass(frozen=True, slots=True)
class WireItem:
    """One text item of a file.

    Attributes:
        story_id: what stays the same from version to version; the guid, unless the format has a better one.
        embargo: when the copy is free, as printed; empty where it is free.
        withheld: the copy is held, and the file names no hour.
        kind: of the copy, where the format says so.
    """

    record: WireRecord
    headline: str
    paragraphs: tuple[str, ...]
    story_id: str | None = None
    dateline: str = ""
    bylines: tuple[str, ...] = ()
    credit_lines: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    language: str | None = None
    slug: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    embargo: str = ""
    withheld: bool = False
    usage_terms: str = ""
    editors_notes: tuple[str, ...] = ()
    kind: str | None = None
    url: str | None = None
    warnings: tuple[str, ...] = ()


NO_TEXT = "the agency sends the text in another item, or sent this one empty"
_SAID = {
    "text-elsewhere": "has no text in it, only an address at which the text is",
    "empty-message": "holds no item at all",
    "draft": "holds posts that are not published: drafts, pages, pictures",
    "unknown": "is of a kind that nobody knows here",
}


def refuse_kind(kind: str, named: str) -> UnparsableError:
    """The refusal of an item that is no text, e.g. a picture; its reason names the kind."""
    return UnparsableError(
        f"{named} {_SAID.get(kind, f'holds no text but this kind of item: {kind}')}",
        reason=f"kind-{kind}",
        hint="only texts become stories; the file waits in quarantine",
    )


def refuse_damaged(why: str) -> UnparsableError:
    """The refusal of a file that is broken, cut short or unsafe."""
    return UnparsableError(why, reason="damaged", hint="let the agency send it again")


STATUSES = {
    "usable": "usable", "canceled": "canceled", "cancelled": "canceled", "withheld": "withheld",
    "embargoed": "withheld", "withdrawn": "canceled", "killed": "canceled", "kill": "canceled",
}  # fmt: skip


def bare_code(printed: str) -> str:
    """A code without its scheme, in small letters: `text` of `ninat:text`, of `http://cv.iptc.org/newscodes/ninature/text`."""
    return re.split(r"[:/#]", printed.strip())[-1].lower()


def status_of(printed: str) -> str:
    """The status in the words of ninjs: `stat:canceled`, `Canceled` and `http://.../canceled` are `canceled`; an unknown one is `usable`."""
    return STATUSES.get(bare_code(printed), "usable")


def number_of(printed: str | float | None) -> int | None:
    """A whole number such as an urgency, or None."""
    text = str(printed if printed is not None else "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None


_NOTES_LEFT_OUT = frozenset({"notepad", "closingline", "dpacontacts", "picture", "linkbox"})


def is_note(role: str) -> bool:
    """True for the role of a note that editors must see; contacts, initials and lists of pictures are none."""
    return role.lower().rpartition(":")[2] not in _NOTES_LEFT_OUT
