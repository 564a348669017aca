"""Decides whether a later telling retells or translates an earlier one. Pure: two tellings in, a proof or None out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dedup.relations.alignment import align
from dedup.relations.facts import compare_facts, names_two_subjects

if TYPE_CHECKING:
    from dedup.relations.alignment import Alignment
    from dedup.relations.facts import Agreement
    from dedup.relations.telling import Telling

Kind = Literal["retold", "translated"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a pair of texts must reach.

    Attributes:
        nearness: mean nearness of each text's sentences to those of the other, where facts neither help nor harm.
        facts_weigh: how far facts that all agree lower that bound, and facts that all disagree raise it.
        least_names: names in common, of the text that has fewer; 0 where names change with the script.
    """

    nearness: float
    facts_weigh: float
    least_names: float


SAME_LANGUAGE = Bounds(nearness=0.75, facts_weigh=0.06, least_names=0.34)
OTHER_LANGUAGE = Bounds(nearness=0.64, facts_weigh=0.14, least_names=0.0)
LEXICAL = Bounds(nearness=0.56, facts_weigh=0.1, least_names=0.5)
LEAST_NUMBERS = 0.6  # of their numbers, by what they prove, texts must share: the same form has other figures
CONTRADICTION = 0.4  # what figures of their own must prove before that is asked
OTHER_NAMES = 0.75  # of their names; texts of one form about two subjects share fewer
OTHER_SUBJECT_NUMBERS = 0.75  # and then must share so many of their numbers
TWO_SUBJECTS_NUMBERS = 0.9  # where each lead names others: then a figure that differs is another report's
OTHER_AGENCY = 0.05  # more nearness, where two agencies are credited: each has its own reporter
FULL = 0.2  # above the bound, a proof is certain


@dataclass(frozen=True, slots=True)
class Proof:
    """A relation that was proved, with its evidence. `confidence` is 0.5 at the bound and grows to 1."""

    kind: Kind
    confidence: float
    alignment: Alignment
    agreement: Agreement


def compare(earlier: Telling, later: Telling, *, reads_languages: bool) -> Agreement | None:
    """The facts of two tellings compared; None where they are enough to refuse the pair, so that nothing is encoded."""
    if not earlier.sentences or not later.sentences:
        return None
    bounds = _choose_bounds(earlier, later, reads_languages=reads_languages)
    if bounds is None or _is_own_series(earlier, later):
        return None
    agreement = compare_facts(earlier.facts, later.facts)
    if agreement.against >= CONTRADICTION and agreement.share < _find_least_numbers(bounds, agreement):
        return None
    if agreement.share < TWO_SUBJECTS_NUMBERS and _are_two_subjects(earlier, later):
        return None
    return agreement if agreement.names_share >= bounds.least_names else None


def prove(earlier: Telling, later: Telling, agreement: Agreement, *, reads_languages: bool) -> Proof | None:
    """The proof that `later` tells what `earlier` told, in other words or in another language; None where it fails.

    All sentences of both are encoded; `agreement` is what `compare` gave.
    """
    bounds = _choose_bounds(earlier, later, reads_languages=reads_languages)
    if bounds is None:
        return None
    alignment = align(earlier, later)
    surplus = alignment.both - _find_bound(bounds, agreement) - _find_own_reporting(earlier, later)
    if surplus < 0:
        return None
    kind: Kind = "translated" if differ_in_language(earlier, later) else "retold"
    return Proof(kind, round(min(1.0, 0.5 + 0.5 * surplus / FULL), 3), alignment, agreement)


def _find_least_numbers(bounds: Bounds, agreement: Agreement) -> float:
    """The share of numbers to agree: more where names differ too, for then a form was filled in for another subject."""
    is_other_subject = bounds.least_names > 0 and agreement.names_share < OTHER_NAMES
    return OTHER_SUBJECT_NUMBERS if is_other_subject else LEAST_NUMBERS


def _are_two_subjects(earlier: Telling, later: Telling) -> bool:
    """True for one form about two subjects. Names change with the language, and institutions with who translates."""
    if differ_in_language(earlier, later):
        return False
    return names_two_subjects(earlier.subject, later.subject, (earlier.facts, later.facts))


def _is_own_series(earlier: Telling, later: Telling) -> bool:
    """True for two stories of one publisher in one language: it would send a new version, not tell its news again."""
    publisher = earlier.text.publisher
    same = bool(publisher) and publisher == later.text.publisher
    return same and not differ_in_language(earlier, later)


def _choose_bounds(earlier: Telling, later: Telling, *, reads_languages: bool) -> Bounds | None:
    if differ_in_language(earlier, later):
        return OTHER_LANGUAGE if reads_languages else None
    return SAME_LANGUAGE if reads_languages else LEXICAL


def differ_in_language(earlier: Telling, later: Telling) -> bool:
    """True if both languages are known and are not the same."""
    one, other = earlier.text.language, later.text.language
    return bool(one and other) and (one or "")[:2] != (other or "")[:2]


def _find_bound(bounds: Bounds, agreement: Agreement) -> float:
    """The nearness to reach: less where many numbers, names and quotations agree, more where numbers contradict."""
    support = agreement.proof + 0.25 * (len(agreement.names) + len(agreement.quotes))
    balance = (support - 2 * agreement.against) / (support + 2 * agreement.against + 1)
    return bounds.nearness - bounds.facts_weigh * balance


def _find_own_reporting(earlier: Telling, later: Telling) -> float:
    one, other = earlier.text.agency, later.text.agency
    return OTHER_AGENCY if one and other and one != other else 0.0
