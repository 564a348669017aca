"""Merges the rows of a dispatch into its record. Pure: reads and writes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from copytaster.canonical import is_own, judge_copy
from copytaster.chain import CORRECTED, NOTICES, STORY, is_claim, names_a_story, read_markers
from copytaster.masking.addresses import public_address
from copytaster.store.relations import REJECTED
from copytaster.values import Credit, Evidence
from copytaster.wire.credit import combine_credits
from indexer.record import (
    ALTERED,
    CORRECTIONS,
    DAMAGED,
    CanonicalVersion,
    ChainVersion,
    DispatchLink,
    DispatchRecord,
    MemberStory,
    MemberVersion,
    RelatedDispatch,
)
from indexer.rise import find_rise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from copytaster.store.dispatches import DispatchRows, MemberRow, VersionRow
    from copytaster.store.relations import RelationRow

CLOCKS_DIFFER = timedelta(minutes=5)  # a publisher's time may be so much later than our own of the same copy


def merge_rows(rows: DispatchRows) -> DispatchRecord:
    """One record out of a dispatch's rows. A dispatch merged into another keeps its id and times, and no members."""
    pairs = [(member, version) for member in rows.members for version in member.versions]
    pairs.sort(key=lambda pair: pair[1].version_id)
    canonical = _find_canonical(rows, pairs)
    version = canonical[1] if canonical else None
    chain = _list_chain(pairs)
    credit = combine_credits([_find_credit(member) for member in rows.members])
    members = sorted((_merge_member(one, credit.agency) for one in rows.members), key=_place_member)
    return DispatchRecord(
        id=rows.id,
        rev=rows.rev,
        change=rows.change,
        state=rows.state,
        merged_into=rows.merged_into,
        headline=_find_headline(canonical, pairs) if canonical else "",
        agency=credit.agency,
        agency_confidence=round(credit.confidence, 4),
        agency_evidence=credit.evidence,
        first_seen=rows.first_seen_at,
        last_seen=rows.last_seen_at,
        second_seen_at=_find_second(members, _publisher, _seen),
        family_second_seen_at=_find_second(members, _owner, _seen),
        last_changed=max((found.seen_at for _, found in pairs), default=rows.last_seen_at),
        rise=find_rise(
            rows.first_seen_at,
            ((one.kind, one.number, one.seen_at) for one in chain),
            ((_owner(one), one.first_seen) for one in members),
        ),
        published_at=min((one.published_at for one in members if one.published_at), default=None),
        second_published_at=_find_second(members, _publisher, _published),
        family_second_published_at=_find_second(members, _owner, _published),
        updated_at=version.updated_at if version else None,
        publisher_count=len(set(map(_publisher, members))),
        family_count=len(set(map(_owner, members))),
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
        kind=version.kind if version else None,
        embargoed_until=version.embargoed_until if version else None,
        usage_terms=_join_terms(pairs),
        editors_note=version.editors_note if version else None,
        wire=version.wire if version else None,
        flags=_list_flags(version, rows.damaged),
        damaged=rows.damaged,
        members=tuple(members),
    )


def _join_terms(pairs: Sequence[tuple[MemberRow, VersionRow]]) -> str | None:
    """The terms of use of every version that states any: what one copy forbids holds, whichever is shown."""
    stated = (line for _, one in pairs for line in (one.usage_terms or "").splitlines())
    return "\n".join(dict.fromkeys(stated)) or None


def _list_flags(version: VersionRow | None, damaged: Sequence[str]) -> tuple[str, ...]:
    found = set(version.warnings) if version else set()
    return tuple(sorted(found | {DAMAGED} if damaged else found))


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


def _find_second(
    members: Iterable[MemberStory],
    name: Callable[[MemberStory], str],
    moment: Callable[[MemberStory], datetime | None],
) -> datetime | None:
    """The moment of the second of these publishers or owners, of those whose moment is known; None with one."""
    first: dict[str, datetime] = {}
    for member in members:
        if (at := moment(member)) is not None:
            first[name(member)] = min(at, first.get(name(member), at))
    return sorted(first.values())[1] if len(first) > 1 else None


def _publisher(member: MemberStory) -> str:
    return member.publisher


def _owner(member: MemberStory) -> str:
    return member.family or member.publisher


def _seen(member: MemberStory) -> datetime:
    return member.first_seen


def _published(member: MemberStory) -> datetime | None:
    return member.published_at


def _find_credit(member: MemberRow) -> Credit:
    """The credit of all versions of one story together: a later version may have lost it."""
    newest = member.versions[-1]
    pieces = [Evidence(**piece) for version in member.versions for piece in version.agency_evidence]
    return Credit(newest.agency, newest.agency_confidence, tuple(dict.fromkeys(pieces)))


def _find_headline(
    canonical: tuple[MemberRow, VersionRow], pairs: Sequence[tuple[MemberRow, VersionRow]]
) -> str:
    """The canonical version's headline. Where it only names the story that it corrects, the newest that tells it.

    The publisher's own headlines come before those of others.
    """
    member, version = canonical
    if not names_a_story(version.headline, version.markers):
        return version.headline
    telling = [
        (one.publisher == member.publisher, other.version_id, other.headline)
        for one, other in pairs
        if other.headline and not names_a_story(other.headline, other.markers)
    ]
    return max(telling)[-1] if telling else version.headline


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
    steps = [(one.kind, one.number) for one in chain]
    inside = {one.version for one in chain}
    for member, version in pairs:
        if version.version_id not in inside and is_claim(version.markers, steps):
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
        seen_at=version.seen_at,
        headline=version.headline,
        change_note=version.change_note,
        publisher=member.publisher,
        url=public_address(member.url),
        own=is_own(member.publisher, version.agency),
    )


def _merge_member(member: MemberRow, agency: str | None) -> MemberStory:
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
        credit=judge_copy(member.publisher, newest.agency, newest.agency_confidence, agency),
        share_kept=newest.share_kept,
        versions=tuple(_merge_version(version) for version in member.versions),
        channels=tuple(replace(one, url=public_address(one.url)) for one in member.channels),
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
        kind=version.kind,
        wire=version.wire,
        digest=version.digest,
        relation=ALTERED if version.altered_count else version.relation,
        evidence=version.evidence,
        carries=version.carries,
        outdated=version.outdated,
        altered_count=version.altered_count or 0,
        altered_facts=version.altered_facts,
    )
