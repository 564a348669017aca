"""The condition by which a short report with an altered figure or name is still the same report."""
# ruff: noqa: PLR2004 -- a rule is read best with its numbers in it

from __future__ import annotations

from dedup.decision import measures as pair
from dedup.decision.conditions import NamedCondition, all_of

# A short report with a figure or a name altered is the same report; the facts are listed as altered. Another subject on the
# same form has another headline, and other names in most slots.
ALTERED = NamedCondition(
    "altered",
    "Within hours and under one headline all but a word or two are the same: a fact was altered.",
    all_of(
        pair.share_of_longer >= 0.85,
        pair.precise < 4,  # a table of long numbers has a rule of its own
        pair.strangers <= 2,
        pair.contested <= 2,
        pair.headline_told >= 0.9,
        pair.subject_kept >= 0.6,
        pair.hours <= 12,
        pair.other_day.equals(0),
    ),
)
