"""The facts of a copy that differ from the text it carries, with both readings and their sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dedup.facts.compare import FactKind, align, find_readings
from dedup.facts.nearest import Haystack, may_differ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.facts.compare import Reading
    from dedup.facts.sentences import Passages, Sentence

LISTED = 20  # facts of one copy that are kept; the count covers all


@dataclass(frozen=True, slots=True)
class AlteredFact:
    """One fact that a copy gives differently.

    Attributes:
        agency, copy: what either prints.
        agency_sentence, copy_sentence: where.
    """

    kind: FactKind
    agency: str
    copy: str
    agency_sentence: str
    copy_sentence: str


def find_altered_facts(
    agency: Passages, copy: Passages, others: Sequence[Passages] = ()
) -> list[AlteredFact]:
    """The facts of a copy that differ from the agency's text, in the order of the copy.

    Args:
        agency: the version whose text the copy carries.
        copy: the copy.
        others: the agency's other versions; what one of them prints is no alteration.
    """
    copy.language = agency.language
    known = {text: number for one in (agency, *others) for text, number in one.plain.items()}
    mine = [copy.get(number) for number in copy.list_others(known)]
    if not mine:
        return []
    sources = [
        Haystack(one.get(number) for number in one.list_others(copy.plain)) for one in (agency, *others)
    ]
    facts: list[AlteredFact] = []
    for sentence in mine:
        found = _choose(sentence, sources)
        if found is not None:
            near, readings = found
            facts += [
                AlteredFact(one.kind, one.agency, one.copy, near.text, sentence.text) for one in readings
            ]
    return facts


def _choose(sentence: Sentence, sources: Sequence[Haystack]) -> tuple[Sentence, list[Reading]] | None:
    """The agency's sentence that this one rewrites, with the facts that differ; of its versions the nearest one.

    None where no version has such a sentence, or one has it with the same facts.
    """
    best: tuple[Sentence, list[Reading]] | None = None
    for source in sources:
        near = source.find_nearest(sentence)
        if near is None:
            continue
        readings = find_readings(align(near, sentence)) if may_differ(near, sentence) else []
        if not readings:
            return None
        if best is None or len(readings) < len(best[1]):
            best = near, readings
    return best
