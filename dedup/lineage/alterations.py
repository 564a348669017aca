"""Which copies of a dispatch alter facts of the text they carry; each is compared when it joins or that text changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copytaster.chain import NOTICES, read_markers
from dedup.facts.altered_facts import LISTED, find_altered_facts
from dedup.facts.sentences import Passages
from dedup.facts.suspicion import may_alter
from dedup.lineage.chain import COMPARED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from copytaster.store.memberships import DispatchMember
    from dedup.cache.known_version import Known
    from dedup.facts.altered_facts import AlteredFact
    from dedup.lineage.chain import Lineage
    from dedup.similarity.score import PairScore

    Get = Callable[[Iterable[int]], Mapping[int, Known]]
    Compare = Callable[[Mapping[int, int]], Mapping[int, PairScore]]


def find_alterations(
    members: Sequence[DispatchMember], canonical: int, lineage: Lineage, get: Get, compare: Compare
) -> dict[int, dict[str, Any]]:
    """The columns of the members that have to be compared, or need not be compared any longer.

    A copy is compared with the version that it carries, or with the canonical version if none is known. What another
    version of the agency's prints is no alteration. The agency's own versions, notices, and the versions of the story
    that stands for the dispatch are not compared.

    Args:
        members: every version of the dispatch.
        canonical: its canonical version.
        lineage: its chain, and what each copy carries.
        get: gives versions by their ids.
        compare: scores versions with the one each is compared with.
    """
    head = next(member for member in members if member.version_id == canonical)
    skipped = {one.version_id for one in members if one.story_id == head.story_id or _is_notice(one)}
    skipped |= lineage.places.keys()
    freed = {one.version_id: _spell(None) for one in members if _is_freed(one, skipped)}
    chain_moved = lineage.places != {one.version_id: one.place for one in members if one.place is not None}
    moved = head.relation != "original"
    against = {
        one.version_id: lineage.carries.get(one.version_id, canonical)
        for one in members
        if one.version_id not in skipped
        and (chain_moved or one.altered_count is None or lineage.has_other_text(one, moved=moved))
    }
    if not against:
        return freed
    texts = [step.version_id for step in lineage.chain if not step.notice][-COMPARED:]
    return freed | _compare(against, texts, get, compare)


def _is_notice(member: DispatchMember) -> bool:
    return read_markers(member.markers)[0] in NOTICES


def _is_freed(member: DispatchMember, skipped: set[int]) -> bool:
    return member.version_id in skipped and member.altered_count is not None


def _compare(
    against: Mapping[int, int], texts: Sequence[int], get: Get, compare: Compare
) -> dict[int, dict[str, Any]]:
    scores = compare(against)
    known = get({*against, *against.values()})
    suspects = {
        copy
        for copy, other in against.items()
        if may_alter(
            known[copy].reading,
            known[other].reading,
            scores[copy],
            (known[copy].version.body, known[other].version.body),
        )
    }
    if not suspects:
        return {copy: _spell(0) for copy in against}
    known = {**known, **get(texts)}
    passages = {other: _divide(known[other]) for other in {*texts, *(against[copy] for copy in suspects)}}
    found = {}
    for copy, other in against.items():
        others = [passages[text] for text in texts if text != other] if copy in suspects else []
        facts = find_altered_facts(passages[other], _divide(known[copy]), others) if copy in suspects else []
        found[copy] = _spell(len(facts), facts)
    return found


def _spell(count: int | None, facts: Sequence[AlteredFact] = ()) -> dict[str, Any]:
    """The columns: how many facts are altered (None: not compared), and the first of them."""
    return {
        "altered_count": count,
        "altered_facts": [_describe(one) for one in facts[:LISTED]] or None,
    }


def _describe(fact: AlteredFact) -> dict[str, Any]:
    where = {"agency": fact.agency_sentence, "copy": fact.copy_sentence}
    return {"kind": fact.kind, "agency": fact.agency, "copy": fact.copy, "where": where}


def _divide(known: Known) -> Passages:
    return Passages(known.version.headline, known.version.body)
