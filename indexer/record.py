"""The merged record: one dispatch out of all its stories and versions. Pure: reads and writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from copytaster.canonical import is_own
from copytaster.chain import CORRECTED, NOTICES, STORY, claimed_step, read_markers
from copytaster.masking.addresses import public_address
from copytaster.store.relations import REJECTED
from copytaster.values import Credit, Evidence
from copytaster.wire.credit import combine_credits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from copytaster.store.dispatches import DispatchRows, MemberRow, VersionRow
    from copytaster.store.relations import RelationRow

ALTERED = "altered"
DAMAGED = "damaged"
CORRECTIONS = frozenset({"corrected", "refile"})
CLOCKS_DIFFER = timedelta(minutes=5)  # a publisher's time may be so much later than our own of the same copy


@dataclass(frozen=True, slots=True)
class CanonicalVersion:
    """The version that represents the dispatch, chosen by grouping."""

    story: int
    version: int


@dataclass(frozen=True, slots=True)
class MemberVersion:
    """One version of a member; `number` counts within the story."""

    version: int
    number: int
    seen_at: datetime
    published_at: datetime | None
    headline: str
    markers: tuple[Mapping[str, Any], ...]
    change_note: str | None
    digest: str
    relation: str
    evidence: Mapping[str, Any]
    carries: int | None
    outdated: bool
    altered_count: int
    altered_facts: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class ChainVersion:
    """One of the agency's own versions.

    Attributes:
        kind: the kind of its markers, `story` without any.
        at: when it was published, or else when the copy came.
        at_is_seen: True where `at` is when the copy came.
        own: False where only a copy that carries the marker is known.
    """

    version: int
    story: int
    kind: str
    number: int | None
    at: datetime
    at_is_seen: bool
    headline: str
    change_note: str | None
    publisher: str
    url: str
    own: bool


@dataclass(frozen=True, slots=True)
class DispatchLink:
    """A linked dispatch; `kind` reads from this one: `wrapup-of`, `in-wrapup`, `superseded-by` or `supersedes` it."""

    kind: str
    dispatch: str
    headline: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RelatedDispatch:
    """A dispatch that tells this one's news in other words or another language, or whose news this one tells.

    Attributes:
        kind: `retold` or `translated`.
        state: `proposed`, or `confirmed` by `decided_by`.
        evidence: aligned sentences, numbers and names, by the telling that came first and the one that came later.
        encoder, encoder_version: what measured how near the sentences are.
    """

    kind: str
    dispatch: str
    headline: str
    publisher: str
    language: str | None
    at: datetime
    state: str
    confidence: float
    decided_by: str | None
    encoder: str
    encoder_version: str
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MemberStory:
    """One publisher's story in the dispatch.

    Attributes:
        claimed_publisher: whom the copy or its feed names as publisher, where that is another. It decides nothing.
        is_current: True unless another dispatch has a newer version of the story: publishers reuse an address.
        headline, markers, agency, agency_confidence, language: of its newest version.
        published_at: the earliest time at which it says it published a version of the dispatch; None where unknown.
        relation: `altered` if its newest version alters facts, else `text_relation`.
        text_relation, evidence: of the version by which the story joined the dispatch.
        last_seen: when its newest version came.
        checked_at: when its page was last fetched.
        carries: the version of the chain whose text its newest version prints.
        outdated: the agency has corrected or withdrawn that text since.
        altered_count, altered_facts: numbers, names and negations that its newest version gives differently than the
            text it carries: how many, and the first of them as {kind, agency, copy, where}.
    """

    story: int
    publisher: str
    family: str | None
    claimed_publisher: str | None
    source: str
    channel: str
    url: str
    wire_id: str | None
    is_current: bool
    headline: str
    markers: tuple[Mapping[str, Any], ...]
    agency: str | None
    agency_confidence: float
    language: str | None
    relation: str
    text_relation: str
    evidence: Mapping[str, Any]
    published_at: datetime | None
    first_seen: datetime
    last_seen: datetime
    checked_at: datetime
    carries: int | None
    outdated: bool
    altered_count: int
    altered_facts: tuple[Mapping[str, Any], ...]
    versions: tuple[MemberVersion, ...]


@dataclass(frozen=True, slots=True)
class DispatchRecord:
    """A dispatch as the desk sees it.

    Attributes:
        change: the store's number of this revision; the index keeps it as the document's version.
        published_at: the earliest time at which a publisher says it published; None where nobody does.
        second_published_at: the same of the second publisher whose time is known.
        family_second_published_at: the same of the second owner.
        last_changed: when the newest version came; a re-visit, a merge or a new id without new copy does not move it.
        family_count: publishers counted by owner.
        second_seen_at: when the second publisher's copy came; None with one publisher.
        family_second_seen_at: when the second owner's copy came; None with one owner.
        updated_at: when the canonical version's publisher says it changed the story.
        flags: the parser's warnings about the canonical version; `damaged` if a row of the dispatch is.
        damaged: the rows that a scrub found changed in silence: what they say may be false.
        correction_count: CORRECTED and REFILE versions of the chain.
        has_uncorrected: a publisher still shows text that a correction or withdrawal took out.
        chain: the agency's own versions, in the agency's order; and corrections, updates and notices that publishers of
            two families print with the same text.
        claims: corrections, updates and notices that one publisher alone prints. They change nothing.
        corrected_at, withdrawn_at: when the agency last did so; None if it never did, or revoked the withdrawal.
        links: the linked dispatches.
        retold_by, translated_into: dispatches that told the news later, in other words or in another language.
        retold_of: dispatches that told it before.
        members: in the order of publication; those whose time is unknown come last, in the order in which we saw them.
        headline, body, byline, ...: of the canonical version.
    """

    id: str
    rev: int
    change: int
    state: str
    merged_into: str | None
    headline: str
    agency: str | None
    agency_confidence: float
    agency_evidence: tuple[Evidence, ...]
    first_seen: datetime
    last_seen: datetime
    second_seen_at: datetime | None
    family_second_seen_at: datetime | None
    last_changed: datetime
    published_at: datetime | None
    second_published_at: datetime | None
    family_second_published_at: datetime | None
    updated_at: datetime | None
    publisher_count: int
    family_count: int
    version_count: int
    correction_count: int
    has_uncorrected: bool
    corrected_at: datetime | None
    withdrawn_at: datetime | None
    chain: tuple[ChainVersion, ...]
    claims: tuple[ChainVersion, ...]
    links: tuple[DispatchLink, ...]
    retold_by: tuple[RelatedDispatch, ...]
    translated_into: tuple[RelatedDispatch, ...]
    retold_of: tuple[RelatedDispatch, ...]
    canonical: CanonicalVersion | None
    markers: tuple[Mapping[str, Any], ...]
    change_note: str | None
    body: str
    byline: tuple[str, ...]
    dateline: Mapping[str, Any] | None
    signoff: str | None
    slugline: str | None
    language: str | None
    flags: tuple[str, ...]
    damaged: tuple[str, ...]
    members: tuple[MemberStory, ...]


def merge_rows(rows: DispatchRows) -> DispatchRecord:
    """One record out of a dispatch's rows. A dispatch merged into another keeps its id and times, and no members."""
    pairs = [(member, version) for member in rows.members for version in member.versions]
    pairs.sort(key=lambda pair: pair[1].version_id)
    canonical = _find_canonical(rows, pairs)
    version = canonical[1] if canonical else None
    chain = _list_chain(pairs)
    credit = combine_credits([_find_credit(member) for member in rows.members])
    members = sorted(map(_merge_member, rows.members), key=_place_member)
    return DispatchRecord(
        id=rows.id,
        rev=rows.rev,
        change=rows.change,
        state=rows.state,
        merged_into=rows.merged_into,
        headline=version.headline if version else "",
        agency=credit.agency,
        agency_confidence=round(credit.confidence, 4),
        agency_evidence=credit.evidence,
        first_seen=rows.first_seen_at,
        last_seen=rows.last_seen_at,
        second_seen_at=_find_second(rows.members, lambda member: member.publisher),
        family_second_seen_at=_find_second(rows.members, lambda member: member.family or member.publisher),
        last_changed=max((found.seen_at for _, found in pairs), default=rows.last_seen_at),
        published_at=min((one.published_at for one in members if one.published_at), default=None),
        second_published_at=_find_second_out(members, lambda member: member.publisher),
        family_second_published_at=_find_second_out(
            members, lambda member: member.family or member.publisher
        ),
        updated_at=version.updated_at if version else None,
        publisher_count=len({member.publisher for member in rows.members}),
        family_count=len({member.family or member.publisher for member in rows.members}),
        version_count=len(pairs),
        correction_count=sum(one.kind in CORRECTIONS for one in chain),
        has_uncorrected=any(member.versions[-1].outdated for member in rows.members),
        corrected_at=max((one.at for one in chain if one.kind == CORRECTED), default=None),
        withdrawn_at=chain[-1].at if chain and chain[-1].kind in NOTICES else None,
        chain=chain,
        claims=tuple(_list_claims(pairs, chain)),
        links=tuple(
            DispatchLink(link.kind, link.other_id, link.headline, link.state, link.at) for link in rows.links
        ),
        retold_by=tuple(_list_later(rows, "retold")),
        translated_into=tuple(_list_later(rows, "translated")),
        retold_of=tuple(_relate_earlier(row) for row in _list_accepted(rows) if row.dispatch_id == rows.id),
        canonical=CanonicalVersion(canonical[0].story_id, canonical[1].version_id) if canonical else None,
        markers=version.markers if version else (),
        change_note=version.change_note if version else None,
        body=version.body if version else "",
        byline=version.byline if version else (),
        dateline=version.dateline if version else None,
        signoff=version.signoff if version else None,
        slugline=canonical[0].slug if canonical else None,
        language=version.language if version else None,
        flags=_list_flags(version, rows.damaged),
        damaged=rows.damaged,
        members=tuple(members),
    )


def _list_flags(version: VersionRow | None, damaged: Sequence[str]) -> tuple[str, ...]:
    found = set(version.warnings) if version else set()
    return tuple(sorted(found | {DAMAGED} if damaged else found))


def marker_kinds(markers: Iterable[Mapping[str, Any]], *, of_class: str | None = None) -> set[str]:
    """The kinds of these markers, of one class or of all."""
    return {str(marker.get("kind")) for marker in markers if of_class in {None, marker.get("class")}}


def _find_canonical(
    rows: DispatchRows, pairs: Sequence[tuple[MemberRow, VersionRow]]
) -> tuple[MemberRow, VersionRow] | None:
    chosen = next((pair for pair in pairs if pair[1].version_id == rows.canonical_id), None)
    return chosen or next(iter(pairs), None)


def _list_accepted(rows: DispatchRows) -> list[RelationRow]:
    """The relations that nobody rejected, oldest telling first."""
    accepted = [row for row in rows.relations if row.state != REJECTED]
    return sorted(accepted, key=lambda row: (row.at, row.version_id, row.other_id))


def _list_later(rows: DispatchRows, kind: str) -> Iterator[RelatedDispatch]:
    for row in _list_accepted(rows):
        if row.other_dispatch == rows.id and row.kind == kind:
            yield _relate(row, row.dispatch_id, row.headline, row.publisher, row.language, row.at)


def _relate_earlier(row: RelationRow) -> RelatedDispatch:
    return _relate(
        row,
        row.other_dispatch,
        row.other_headline,
        row.other_publisher,
        row.other_language,
        row.other_at,
    )


def _relate(
    row: RelationRow, dispatch: str, headline: str, publisher: str, language: str | None, at: datetime
) -> RelatedDispatch:
    return RelatedDispatch(
        kind=row.kind,
        dispatch=dispatch,
        headline=headline,
        publisher=publisher,
        language=language,
        at=at,
        state=row.state,
        confidence=row.confidence,
        decided_by=row.decided_by,
        encoder=row.encoder,
        encoder_version=row.encoder_version,
        evidence=row.evidence,
    )


def _find_second(members: Sequence[MemberRow], name: Callable[[MemberRow], str]) -> datetime | None:
    """When the second of these publishers or owners had its first copy; None with one."""
    first: dict[str, datetime] = {}
    for member in members:
        seen = member.versions[0].seen_at
        first[name(member)] = min(seen, first.get(name(member), seen))
    return sorted(first.values())[1] if len(first) > 1 else None


def _find_credit(member: MemberRow) -> Credit:
    """The credit of all versions of one story together: a later version may have lost it."""
    newest = member.versions[-1]
    pieces = [Evidence(**piece) for version in member.versions for piece in version.agency_evidence]
    return Credit(newest.agency, newest.agency_confidence, tuple(dict.fromkeys(pieces)))


def _find_second_out(members: Sequence[MemberStory], name: Callable[[MemberStory], str]) -> datetime | None:
    """When the second of these publishers or owners published, of those whose time is known."""
    first: dict[str, datetime] = {}
    for member in members:
        if member.published_at is not None:
            first[name(member)] = min(member.published_at, first.get(name(member), member.published_at))
    return sorted(first.values())[1] if len(first) > 1 else None


def _find_published(version: VersionRow) -> datetime | None:
    """The time of a version that its publisher gives; None where it gives none, or one at which we had the copy already."""
    claims = [claim for claim in (version.published_at, version.updated_at) if claim is not None]
    return min((claim for claim in claims if claim <= version.seen_at + CLOCKS_DIFFER), default=None)


def _place_member(member: MemberStory) -> tuple[bool, datetime, bool, datetime, int]:
    """Its place in the order of publication; of the same time, the agency's own copy first."""
    published = member.published_at
    is_copy = not is_own(member.publisher, member.agency)
    return published is None, published or member.first_seen, is_copy, member.first_seen, member.story


def _list_chain(pairs: Sequence[tuple[MemberRow, VersionRow]]) -> tuple[ChainVersion, ...]:
    """The placed versions in order. Lineage places none in a dispatch of one version: it counts if it is the agency's own."""
    placed = [pair for pair in pairs if pair[1].place is not None]
    if len(pairs) == 1 and is_own(pairs[0][0].publisher, pairs[0][1].agency):
        placed = list(pairs)
    placed.sort(key=lambda pair: pair[1].place or 0)
    return tuple(_make_chain_version(member, version) for member, version in placed)


def _list_claims(
    pairs: Sequence[tuple[MemberRow, VersionRow]], chain: Sequence[ChainVersion]
) -> Iterator[ChainVersion]:
    """Versions outside the chain that say they are a step of it which the chain does not have."""
    known = {claimed_step(one.kind, one.number) for one in chain} | {None}
    inside = {one.version for one in chain}
    for member, version in pairs:
        step = claimed_step(*read_markers(version.markers))
        if version.version_id not in inside and step not in known:
            yield _make_chain_version(member, version)


def _make_chain_version(member: MemberRow, version: VersionRow) -> ChainVersion:
    kind, number = read_markers(version.markers)
    claimed = version.updated_at if version.number > 1 or kind != STORY else None
    claimed = claimed or (version.published_at if version.number == 1 else None)
    is_known = claimed is not None and claimed <= version.seen_at + CLOCKS_DIFFER
    return ChainVersion(
        version=version.version_id,
        story=member.story_id,
        kind=kind,
        number=number,
        at=claimed if claimed is not None and is_known else version.seen_at,
        at_is_seen=not is_known,
        headline=version.headline,
        change_note=version.change_note,
        publisher=member.publisher,
        url=public_address(member.url),
        own=is_own(member.publisher, version.agency),
    )


def _merge_member(member: MemberRow) -> MemberStory:
    first, newest = member.versions[0], member.versions[-1]
    joined = next((version for version in member.versions if version.relation != "version"), first)
    return MemberStory(
        story=member.story_id,
        publisher=member.publisher,
        family=member.family,
        claimed_publisher=member.claimed_publisher,
        source=member.source,
        channel=member.channel,
        url=public_address(member.url),
        wire_id=member.wire_id,
        is_current=newest.number >= member.version_count,
        headline=newest.headline,
        markers=newest.markers,
        agency=newest.agency,
        agency_confidence=newest.agency_confidence,
        language=newest.language,
        relation=ALTERED if newest.altered_count else joined.relation,
        text_relation=joined.relation,
        evidence=joined.evidence,
        published_at=min(filter(None, map(_find_published, member.versions)), default=None),
        first_seen=first.seen_at,
        last_seen=newest.seen_at,
        checked_at=member.checked_at,
        carries=newest.carries,
        outdated=newest.outdated,
        altered_count=newest.altered_count or 0,
        altered_facts=newest.altered_facts,
        versions=tuple(_merge_version(version) for version in member.versions),
    )


def _merge_version(version: VersionRow) -> MemberVersion:
    return MemberVersion(
        version=version.version_id,
        number=version.number,
        seen_at=version.seen_at,
        published_at=version.published_at,
        headline=version.headline,
        markers=version.markers,
        change_note=version.change_note,
        digest=version.digest,
        relation=ALTERED if version.altered_count else version.relation,
        evidence=version.evidence,
        carries=version.carries,
        outdated=version.outdated,
        altered_count=version.altered_count or 0,
        altered_facts=version.altered_facts,
    )
