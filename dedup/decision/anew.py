"""When a report in other words is still the same report, and which pairs are compared for it although they share no phrase."""
# ruff: noqa: PLR2004 -- a rule is read best with its numbers in it

from __future__ import annotations

from typing import TYPE_CHECKING

from dedup.candidates.fact_keys import HOURS, LEAST
from dedup.decision import measures as pair
from dedup.decision.conditions import NamedCondition, RuleList, all_of, join, negate
from dedup.decision.rules import WHOLE_PARAGRAPHS
from dedup.similarity.common import count_common

if TYPE_CHECKING:
    from dedup.similarity.score import Reading

_NUMBERS_SHARED = 0.7  # of all that a report and the same in other words have

# Who reports results again within hours may write every sentence anew, and the headline too.
WRITTEN_ANEW = NamedCondition(
    "written_anew",
    "Within hours one publisher put its report in other words: the longer text has the shorter one's numbers, in order, and its subject.",
    all_of(
        pair.hours <= HOURS,
        pair.numbers >= _NUMBERS_SHARED,
        negate(WHOLE_PARAGRAPHS),
        pair.numbers_kept >= 0.9,
        pair.numbers_in_order >= 0.6,
        pair.subject_kept >= 0.35,
        pair.headline_told >= 0.15,
        pair.contested.equals(0),
        pair.other_day.equals(0),
    ),
)
ANEW = RuleList((join("writethru", WRITTEN_ANEW),))


def may_be_anew(one: Reading, other: Reading) -> bool:
    """Whether times, headlines and numbers of one publisher's two versions allow it, before their texts are compared."""
    if abs(one.at - other.at) > HOURS * 3600:
        return False
    if not (len(one.subject.headline) and len(other.subject.headline)):
        return False
    common = count_common(one.numbers, other.numbers)
    whole = len(one.numbers) + len(other.numbers) - common
    return common >= LEAST and common >= _NUMBERS_SHARED * whole
