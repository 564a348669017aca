"""The record of a dispatch: all its stories and versions as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from copytaster.canonical import CopyCredit
    from copytaster.store.channels import StoryChannel
    from copytaster.values import Evidence
    from indexer.rise import Rise

ALTERED = "altered"
DAMAGED = "damaged"
CORRECTIONS = frozenset({"corrected", "refile"})


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
    kind: str | None
    wire: Mapping[str, Any] | None
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
        seen_at: when the copy came.
        own: False where only a copy that carries the marker is known.
    """

    version: int
    story: int
    kind: str
    number: int | None
    at: datetime
    at_is_seen: bool
    seen_at: datetime
    headline: str
    change_note: str | None
    publisher: str
    url: str
    own: bool


@dataclass(frozen=True, slots=True)
class DispatchLink:
    """A linked dispatch; `kind` reads from this one: `wrapup-of`, `in-wrapup`, `superseded-by`, ..."""

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
        evidence: aligned sentences, numbers, names and quotations, by the telling that came first and the one that came later.
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
        channels: where it came through several of its publisher's, each of them; see copytaster.store.channels.
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
        credit: whether its newest version names the agency; see copytaster.canonical.
        share_kept: of the words of the text it prints, 0 to 1, in their order; None where there is no other text, or
            where it was not measured.
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
    credit: CopyCredit
    share_kept: float | None
    versions: tuple[MemberVersion, ...]
    channels: tuple[StoryChannel, ...] = ()


@dataclass(frozen=True, slots=True)
class DispatchRecord:
    """A dispatch as the desk sees it.

    Attributes:
        change: the store's number of this revision; the index keeps it as the document's version.
        published_at: the earliest time at which a publisher says it published; None where nobody does.
        second_published_at: the same of the second publisher whose time is known.
        family_second_published_at: the same of the second owner.
        last_changed: when the newest version came; a re-visit, a merge or a new id without new copy does not move it.
        rise: when and by what it last became news: the order of lists, which a bare reprint does not move.
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
        headline, body, byline, kind, wire, ...: of the canonical version; `usage_terms` of all that state any.
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
    rise: Rise
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
    kind: str | None
    embargoed_until: datetime | None
    usage_terms: str | None
    editors_note: str | None
    wire: Mapping[str, Any] | None
    flags: tuple[str, ...]
    damaged: tuple[str, ...]
    members: tuple[MemberStory, ...]


def marker_kinds(markers: Iterable[Mapping[str, Any]], *, of_class: str | None = None) -> set[str]:
    """The kinds of these markers, of one class or of all."""
    return {str(marker.get("kind")) for marker in markers if of_class in {None, marker.get("class")}}
