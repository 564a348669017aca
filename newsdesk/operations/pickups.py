"""Who picked up a dispatch: outlets and owners, how late, how much of the text, with or without credit. Pure but for its input."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

from copytaster.canonical import owner_of
from copytaster.chain import NOTICES
from copytaster.values import iso
from indexer.document import minutes_between
from indexer.record import CORRECTIONS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from copytaster.canonical import CopyCredit
    from indexer.record import DispatchRecord, MemberStory


@dataclass(frozen=True, slots=True)
class Rivals:
    """Who we are, and who else could carry a dispatch, by the names of owners and publishers.

    `us` is empty where nobody has said who we are.
    """

    us: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pickup:
    """The copy of one outlet.

    Attributes:
        delay_minutes: from the first publication of the dispatch to this one; None where either is unknown.
        is_first: True for the earliest copy where the agency's own has not been seen: it may be no pick-up at all.
        share_kept: of the words of the text it prints, 0 to 1, in their order; None where there is no other text.
        version: number of the agency's version that it prints, from 1; None where unknown.
        credit: whether the outlet itself names the agency; `unknown` where the agency is.
        old_since: since when the agency has corrected or withdrawn what the outlet still prints; None if it does not.
        checked_at: when its page was last fetched.
        is_ours: True for one of our own outlets.
    """

    story: int
    publisher: str
    owner: str
    headline: str
    url: str
    published_at: datetime | None
    delay_minutes: float | None
    is_first: bool
    seen_at: datetime
    share_kept: float | None
    version: int | None
    credit: CopyCredit
    altered: int
    old_since: datetime | None
    checked_at: datetime
    is_ours: bool


@dataclass(frozen=True, slots=True)
class PickupReport:
    """Every copy of a dispatch but the agency's own; `versions` counts those of the agency, `exclusivity` says who has it."""

    dispatch: str
    headline: str
    language: str | None
    agency: str | None
    state: str
    published_at: datetime | None
    versions: int
    pickups: tuple[Pickup, ...]
    exclusivity: str

    @property
    def owners(self) -> int:
        """Owners that picked it up."""
        return len({one.owner for one in self.pickups})

    @property
    def first_minutes(self) -> float | None:
        """Minutes to the first copy whose time is known."""
        return min(list_delays(self.pickups), default=None)

    def count(self, what: Literal["removed", "altered", "old"]) -> int:
        """Copies without credit, with altered facts, or with a text corrected since."""
        return sum(
            {
                "removed": one.credit == "removed",
                "altered": one.altered > 0,
                "old": one.old_since is not None,
            }[what]
            for one in self.pickups
        )


@dataclass(frozen=True, slots=True)
class OutletLine:
    """An outlet over many dispatches; `median_minutes` of those whose times are known, which `timed` counts."""

    publisher: str
    owner: str
    copies: int
    timed: int
    median_minutes: float | None
    removed: int
    altered: int
    old: int


def make_report(record: DispatchRecord, rivals: Rivals) -> PickupReport:
    """The report of one dispatch."""
    numbers = {step.version: number for number, step in enumerate(record.chain, 1)}
    pickups = tuple(
        _make_pickup(member, record, numbers, rivals) for member in record.members if member.credit != "own"
    )
    return PickupReport(
        dispatch=record.id,
        headline=record.headline,
        language=record.language,
        agency=record.agency,
        state=record.state,
        published_at=record.published_at,
        versions=len(record.chain),
        pickups=pickups,
        exclusivity=name_exclusivity(pickups, rivals),
    )


def name_exclusivity(pickups: Collection[Pickup], rivals: Rivals) -> str:
    """`alone so far`, `all rivals but you`, `you and 3 others`, `2 of 5 rivals, not you`; empty where nobody said who we are."""
    if not rivals.us:
        return ""
    others = {one.owner for one in pickups if not one.is_ours}
    if any(one.is_ours for one in pickups):
        if not others:
            return "alone so far"
        return f"you and {len(others)} {'other' if len(others) == 1 else 'others'}"
    if not others:
        return "nobody yet"
    known = rivals.others & others
    if len(rivals.others) > 1 and known == rivals.others:
        return "all rivals but you"
    return f"{len(known)} of {len(rivals.others)} rivals, not you"


def list_rivals(us: Iterable[str], owners: Iterable[tuple[str, str | None]]) -> Rivals:
    """Who we are, and the other owners among (publisher, owner) of the sources; agencies are no rivals."""
    ours = frozenset(us)
    others = {
        family or publisher
        for publisher, family in owners
        if owner_of(publisher) is None and not {publisher, family} & ours
    }
    return Rivals(ours, frozenset(others) if ours else frozenset())


def list_delays(pickups: Iterable[Pickup]) -> list[float]:
    """Minutes of the copies whose time is known, without those that nothing came before."""
    return [one.delay_minutes for one in pickups if one.delay_minutes is not None and not one.is_first]


def sum_outlets(reports: Iterable[PickupReport]) -> list[OutletLine]:
    """Each outlet over these dispatches, the one with most copies first."""
    found: dict[tuple[str, str], list[Pickup]] = {}
    for report in reports:
        for one in report.pickups:
            found.setdefault((one.publisher, one.owner), []).append(one)
    lines = [_sum_outlet(publisher, owner, some) for (publisher, owner), some in found.items()]
    return sorted(lines, key=lambda line: (-line.copies, line.publisher.casefold()))


def pickup_to_json(one: Pickup) -> dict[str, Any]:
    """A copy as data; unknown values are null."""
    return {
        "story": one.story,
        "publisher": one.publisher,
        "owner": one.owner,
        "headline": one.headline,
        "url": one.url,
        "published_at": iso(one.published_at),
        "delay_minutes": one.delay_minutes,
        "first": one.is_first,
        "seen_at": iso(one.seen_at),
        "share_kept": one.share_kept,
        "version": one.version,
        "credit": one.credit,
        "altered_facts": one.altered,
        "old_since": iso(one.old_since),
        "checked_at": iso(one.checked_at),
        "ours": one.is_ours,
    }


def report_to_json(report: PickupReport) -> dict[str, Any]:
    """A report as data."""
    return {
        "dispatch": report.dispatch,
        "headline": report.headline,
        "agency": report.agency,
        "state": report.state,
        "published_at": iso(report.published_at),
        "versions": report.versions,
        "outlets": len(report.pickups),
        "owners": report.owners,
        "first_minutes": report.first_minutes,
        "without_credit": report.count("removed"),
        "with_altered_facts": report.count("altered"),
        "still_old": report.count("old"),
        "exclusivity": report.exclusivity or None,
        "pickups": [pickup_to_json(one) for one in report.pickups],
    }


def _make_pickup(
    member: MemberStory,
    record: DispatchRecord,
    numbers: Mapping[int, int],
    rivals: Rivals,
) -> Pickup:
    return Pickup(
        story=member.story,
        publisher=member.publisher,
        owner=member.family or member.publisher,
        headline=member.headline,
        url=member.url,
        published_at=member.published_at,
        delay_minutes=minutes_between(record.published_at, member.published_at),
        is_first=member is record.members[0] and member.published_at is not None,
        seen_at=member.first_seen,
        share_kept=member.share_kept,
        version=numbers.get(member.carries) if member.carries else None,
        credit=member.credit,
        altered=member.altered_count,
        old_since=_find_old_since(member, record) if member.outdated else None,
        checked_at=member.checked_at,
        is_ours=bool({member.publisher, member.family} & rivals.us),
    )


def _find_old_since(member: MemberStory, record: DispatchRecord) -> datetime | None:
    """When the agency first corrected or withdrew what the copy prints; the last correction where it is unknown what that is."""
    places = {step.version: place for place, step in enumerate(record.chain)}
    place = places.get(member.carries, -1) if member.carries else -1
    after: Sequence[datetime] = [
        step.at for step in record.chain[place + 1 :] if step.kind in CORRECTIONS | NOTICES
    ]
    if not after:
        return None
    return after[0] if place >= 0 else after[-1]


def _sum_outlet(publisher: str, owner: str, some: Sequence[Pickup]) -> OutletLine:
    delays = list_delays(some)
    return OutletLine(
        publisher=publisher,
        owner=owner,
        copies=len(some),
        timed=sum(one.delay_minutes is not None for one in some),
        median_minutes=round(median(delays), 1) if delays else None,
        removed=sum(one.credit == "removed" for one in some),
        altered=sum(one.altered > 0 for one in some),
        old=sum(one.old_since is not None for one in some),
    )
