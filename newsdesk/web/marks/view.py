"""Marks as pages show them: a reader's own, and those of others in few words."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from copytaster.errors import StoreError
from copytaster.store.marks import KINDS, MarkKind
from newsdesk.operations.marks import read_newest_marks
from newsdesk.operations.takes import find_refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from indexer.record import DispatchRecord
    from indexer.search import SearchHit
    from newsdesk.operations.marks import DeskMark
    from newsdesk.web.parameters import PageParameters

NAMED = 2  # people named in a chip
DEEDS: dict[MarkKind, str] = {"seen": "Seen", "saved": "Save", "used": "Use", "spiked": "Spike"}
_OF_TEXT: frozenset[MarkKind] = frozenset({"seen", "used"})  # a newer text is neither seen nor used yet
_UNSAID: frozenset[MarkKind] = frozenset({"seen"})  # of others: one has looked at nearly everything


class MarkChip(NamedTuple):
    """A few words on marks of one kind; `title` says who set them and when."""

    kind: MarkKind
    text: str
    tone: str
    title: str


class ShownMarks(NamedTuple):
    """What a list shows of a dispatch: the kinds of the reader's own marks that still hold, and chips."""

    own: tuple[MarkKind, ...]
    chips: tuple[MarkChip, ...]


NO_MARKS = ShownMarks((), ())


def describe_marks(
    connection: Connection, dispatch_ids: Sequence[str], me: str | None
) -> dict[str, ShownMarks]:
    """Dispatch -> what to show; dispatches without marks are left out."""
    found = read_newest_marks(connection, dispatch_ids)
    return {name: _show(marks, me) for name, marks in found.items()}


def name_mark(mark: DeskMark) -> str:
    """`used`, `used v2`, `used v2, now v3`, `used v2, corrected`."""
    kind, version = mark.row.kind, mark.version
    if mark.later:
        begin = f"{kind} v{version}" if version else kind
        if mark.withdrawn:
            return f"{begin}, withdrawn"
        return f"{begin}, corrected" if mark.corrected else f"{begin}, now v{mark.now}"
    return f"{kind} v{version}" if version and (mark.now or 0) > 1 else kind


def tone_mark(mark: DeskMark) -> str:
    """The colour class of a mark: alarming if a used text was withdrawn since."""
    if mark.row.kind != "used" or not mark.later:
        return "" if mark.row.kind in {"saved", "used"} else "quiet"
    return "alarm" if mark.withdrawn else "caution"


def describe_mark(mark: DeskMark, me: str | None) -> dict[str, Any]:
    """A mark as a line of the dispatch's page."""
    return {
        "kind": mark.row.kind,
        "who": "you" if mark.row.who == me else mark.row.who,
        "how": mark.row.how,
        "at": mark.row.at,
        "text": name_mark(mark),
        "tone": tone_mark(mark),
        "undone_at": mark.row.undone_at,
        "dispatch": mark.row.dispatch_id,
        "headline": mark.row.headline,
    }


def describe_desk_marks(
    connection: Connection, record: DispatchRecord, me: str | None, *, can_send: bool
) -> dict[str, Any]:
    """What the page of a dispatch shows: buttons for the reader's own marks, everybody's marks, and how to take the text."""
    marks = read_newest_marks(connection, [record.id]).get(record.id, [])
    own = set(_show(marks, me).own)
    used = [mark for mark in marks if mark.row.kind == "used" and mark.row.who != me]
    refusal = find_refusal(record)
    return {
        "buttons": [{"kind": kind, "label": DEEDS[kind], "is_set": kind in own} for kind in KINDS],
        "lines": [describe_mark(mark, me) for mark in marks],
        "others": _name_people(used) if used else "",
        "refusal": f"{refusal[0].upper()}{refusal[1:]}." if refusal else None,
        "version": record.canonical.version if record.canonical else "",
        "can_send": can_send,
    }


def describe_list_marks(
    store: Store,
    parameters: PageParameters,
    hits: Iterable[SearchHit],
    desk: Mapping[str, Any],
    *,
    cut: str | None = None,
) -> dict[str, Any]:
    """What the page of a list shows of marks. Without a store it shows none: searches go on."""
    me = desk["who"] or None
    marks: dict[str, ShownMarks] = {}
    with suppress(StoreError), store.read() as connection:
        marks = describe_marks(connection, [hit.id for hit in hits], me)
    return {
        "desk": desk,
        "marks": marks,
        "no_marks": NO_MARKS,
        "mark_deeds": DEEDS,
        "mark_filters": describe_mark_filters(parameters, me),
        "mark_cut": cut,
        "back": parameters.href(),
    }


def _show(marks: Iterable[DeskMark], me: str | None) -> ShownMarks:
    mine = [mark for mark in marks if mark.row.who == me]
    others = [mark for mark in marks if mark.row.who != me and mark.row.kind not in _UNSAID]
    own = tuple(mark.row.kind for mark in mine if not (mark.later and mark.row.kind in _OF_TEXT))
    chips = [_make_chip(mark, [mark], "") for mark in mine if mark.row.kind != "seen" or mark.later]
    by_kind = ([mark for mark in others if mark.row.kind == kind] for kind in KINDS)
    chips += [_make_chip(some[-1], some, f" by {_name_people(some)}") for some in by_kind if some]
    return ShownMarks(own, tuple(chips))


def _make_chip(newest: DeskMark, marks: Sequence[DeskMark], by: str) -> MarkChip:
    title = "; ".join(
        f"{name_mark(mark)} by {mark.row.who}, {mark.row.at:%Y-%m-%d %H:%M} UTC" for mark in marks
    )
    kind, words = newest.row.kind, name_mark(newest)
    text = f"{kind}{by}{words.removeprefix(kind)}" if by else words
    tone = tone_mark(newest)
    return MarkChip(kind, text, tone if not by or tone in {"caution", "alarm"} else "quiet", title)


def _name_people(marks: Sequence[DeskMark]) -> str:
    names = list(dict.fromkeys(mark.row.who for mark in marks))
    more = len(names) - NAMED
    return " and ".join(names) if more <= 0 else f"{', '.join(names[:NAMED])} and {more} more"


_FILTERS = (
    ("not seen by you", "unmarked", "seen"),
    ("saved by you", "mark", "saved"),
    ("used by you", "mark", "used"),
    ("spiked by you", "mark", "spiked"),
    ("used by anyone", "mark", "used:anyone"),
    ("saved by anyone", "mark", "saved:anyone"),
    ("used by nobody", "unmarked", "used:anyone"),
)


def describe_mark_filters(parameters: PageParameters, me: str | None) -> list[dict[str, Any]]:
    """The filters beside a list; those of the reader's own marks only where the service knows who reads."""
    offered = [one for one in _FILTERS if me or one[2].endswith(":anyone")]
    given = [(name, value) for name in ("mark", "unmarked") for value in getattr(parameters, name) or ()]
    labels = {(name, value): label for label, name, value in offered}
    every = [*labels, *(pair for pair in given if pair not in labels)]
    return [
        {
            "label": labels.get(pair) or _name_filter(*pair),
            "href": _toggle(parameters, *pair).href(),
            "chosen": pair in given,
        }
        for pair in every
    ]


def _name_filter(name: str, value: str) -> str:
    kind, _, who = value.partition(":")
    return f"{'not ' if name == 'unmarked' else ''}{kind} by {who or 'you'}"


def _toggle(parameters: PageParameters, name: str, value: str) -> PageParameters:
    values = getattr(parameters, name) or []
    changed = [one for one in values if one != value] if value in values else [*values, value]
    return parameters.change(**{name: changed})
