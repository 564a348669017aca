"""The rules by which two texts are one dispatch: every threshold, with what it guards against.

They were set on labelled wire copy of 1987 to 2017; `copytaster evaluate grouping` measures them on yours.
"""
# ruff: noqa: PLR2004 -- a rule is read best with its numbers in it

from __future__ import annotations

from typing import TYPE_CHECKING

from dedup.decision import measures as pair
from dedup.decision.altered import ALTERED
from dedup.decision.conditions import NamedCondition, RuleList, all_of, any_of, bar, join, negate

if TYPE_CHECKING:
    from dedup.similarity.score import PairScore

MANY_FIGURES = 8  # different numbers: a table of them is no chance, however few the words

LEAST_SHARED = 0.3  # of the shorter text, by weight or by words: no rule joins a pair that shares less

LEADS_SHARED = pair.leads > 0

# What speaks against one dispatch, whatever is shared.

OTHER_NAMES = NamedCondition(
    "other_names",
    "The shorter text names others: few of its names are in the longer one.",
    all_of(pair.names >= 4, pair.names_kept < 0.34),
)

# Three and one for every 22 words that are matched; in few words, one.
OTHER_FIGURES = NamedCondition(
    "other_figures",
    "In the same place the two texts print different figures.",
    any_of(
        all_of(pair.contested >= 3, pair.contested >= 0.045 * pair.weight, pair.numbers_kept < 0.85),
        all_of(pair.contested >= 1, pair.weight < 40, pair.numbers_kept < 0.7),
    ),
)

# Of two texts of one length, where little is matched in few pieces.
STANDING_TEXT = NamedCondition(
    "standing_text",
    "What they share is background text: around a passage or two, their numbers or names differ.",
    all_of(
        pair.weight < 120,
        pair.substitutions < 3,
        pair.share_of_longer >= 0.7 * pair.share_of_shorter,
        pair.figures >= 3,
        pair.numbers_kept < 0.5,
    ),
)

TEMPLATE = NamedCondition(
    "template",
    "It is the same form filled in again: where the texts part, their numbers or names differ.",
    any_of(
        all_of(pair.contradictions >= 3, pair.numbers_kept < 0.5),
        OTHER_NAMES,
        OTHER_FIGURES,
        STANDING_TEXT,
        all_of(
            pair.weight < 80,
            any_of(
                all_of(
                    any_of(
                        all_of(pair.figures >= 3, pair.numbers_kept <= 0.5),
                        all_of(pair.figures >= 6, pair.numbers_kept <= 0.75),
                    ),
                    pair.share < 0.75,
                    pair.substitutions < 3,
                ),
                all_of(pair.contradictions > 0, pair.numbers_kept < 0.8),
            ),
        ),
    ),
)

INSIDE = NamedCondition(
    "inside",
    "What they share lies deep inside the longer text and is little of it: background, or a round-up of several.",
    any_of(
        all_of(pair.offset > 0.3, pair.share_of_longer < 0.3),
        pair.offset > 0.6,
    ),
)

STATEMENT = NamedCondition(
    "statement",
    "What they share is a statement: mostly quotation, and little of the longer text.",
    all_of(
        pair.unquoted < 0.7 * pair.share_of_shorter,
        pair.share_of_longer < 0.32,
        negate(LEADS_SHARED),
    ),
)

_NO_LEAD_SHARED = negate(pair.one_lead > 0)
# Much of what each has for itself are words that the other has nowhere, and some headline is not told by the other text, or
# hardly a word of a lead and of the rest is. A lead written anew tells what the other text tells.
OWN_NEWS = all_of(
    any_of(pair.rest_share < 0.25, pair.headline_told < 0.5),
    pair.strangers >= 0.4 * pair.own_words,
    any_of(pair.headline_told < 0.9, all_of(pair.lead_words < 0.4, pair.strangers >= 0.7 * pair.own_words)),
)
# A rewrite tells the same news first. Who reports on his own begins otherwise, and shares what stands below: a statement,
# background, a company's standing paragraphs. Copy that was cut from within has little of its own.
OWN_LEADS = NamedCondition(
    "own_leads",
    "Each begins with news of its own; what they share is background or a statement further down.",
    all_of(
        _NO_LEAD_SHARED,
        any_of(all_of(pair.other_day > 0, pair.share < 0.7), OWN_NEWS),
    ),
)

# The main actors stand in the lead: in the slots of a form they are all that tells two reports apart.
OTHER_SUBJECT = NamedCondition(
    "other_subject",
    "Each lead names somebody or something that the other text has nowhere: one form, two subjects.",
    all_of(
        pair.subjects >= 1,
        pair.subject_kept < 0.7,
        any_of(
            all_of(LEADS_SHARED, pair.subject_kept < 0.5),
            all_of(pair.weight < 100, any_of(LEADS_SHARED, pair.share_of_longer >= 0.7)),
        ),
    ),
)

# Versions of a story differ inside paragraphs too. Whole paragraphs under, above or between others are a page's boxes, a
# recurring opening, background, a statement, a long quotation, or one of several stories.
WHOLE_PARAGRAPHS = all_of(pair.own_words >= 25, pair.rest_share < 0.18)
OWN_HEADLINE = any_of(
    # The headline of a round-up is of none of its stories. A copy under an outlet's own headline, cut short, is whole in the
    # story.
    all_of(pair.share_of_longer < 0.4, pair.share_of_shorter < 0.9, pair.headline_told < 0.25),
    # A headline that the other text does not tell shows the same where a few words were exchanged inside paragraphs.
    all_of(pair.share_of_shorter < 0.7, pair.headline_told < 0.7, pair.between < 0.18),
)
OTHER_PIECE = NamedCondition(
    "other_piece",
    "They share whole paragraphs only, and most of each is its own: background, a recurring opening, a round-up.",
    any_of(
        all_of(pair.share_of_shorter < 0.5, WHOLE_PARAGRAPHS),
        all_of(pair.share_of_shorter < 0.6, pair.weight < 80, WHOLE_PARAGRAPHS),
        OWN_HEADLINE,
    ),
)

MOSTLY_QUOTED = NamedCondition(
    "mostly_quoted",
    "Of its words outside quotations the shorter text shares less than 30%.",
    pair.unquoted < 0.30,
)

# What joins.

# Copy is cut from the end, and carried on with other things: comments, boilerplate, another story.
OPENS_ALIKE = NamedCondition(
    "opens_alike",
    "Both begin with the same long passage, hardly broken, whatever follows it in either.",
    all_of(
        any_of(pair.opening >= 45, pair.opening_words >= 60),
        pair.hours <= 24,
        pair.opening_unquoted >= 30,
        pair.opening_facts >= 3,
        pair.share_of_shorter >= LEAST_SHARED,
        pair.opening_contradictions.equals(0),
        negate(OTHER_FIGURES),
        any_of(LEADS_SHARED, pair.opening >= 80, negate(STANDING_TEXT)),
    ),
)

SAME_TABLE = NamedCondition(
    "same_table",
    "They share a table of long numbers, the same but for a correction or two.",
    all_of(pair.share >= 0.50, pair.precise_kept >= 4, pair.precise_kept >= 0.7 * pair.precise),
)

_PROVES_ENOUGH = all_of(
    pair.weight >= 30,
    # The less is matched of a text whose lead is not, the more must it prove.
    any_of(LEADS_SHARED, pair.weight >= 30 + 330 * (0.75 - pair.share)),
)
COVERED = NamedCondition(
    "covered",
    "Most of the shorter text is in the longer one, or on the same day half of both.",
    any_of(
        all_of(pair.share >= 0.55, _PROVES_ENOUGH),
        all_of(
            pair.hours <= 24,
            pair.share >= 0.45,
            pair.share_of_longer >= 0.34,
            pair.weight >= 100,
            _PROVES_ENOUGH,
        ),
    ),
)

SAME_FIGURES = NamedCondition(
    "same_figures",
    "Much of the shorter text is in the longer one, with the same numbers.",
    any_of(
        all_of(pair.share >= 0.80, pair.numbers >= 0.60),
        all_of(
            pair.share >= 0.50,
            pair.numbers >= 0.90,
            pair.figures >= MANY_FIGURES,
        ),
    ),
)

# Within a day, with enough in common to prove something.
_FRESH = all_of(pair.hours <= 24, pair.weight >= 40, pair.share >= LEAST_SHARED)
SAME_LEAD = NamedCondition(
    "same_lead",
    "Within a day, with the same lead and little between.",
    all_of(_FRESH, LEADS_SHARED, pair.opening >= 20, pair.opening_density >= 0.65),
)
WORKED_OVER = NamedCondition(
    "worked_over",
    "Within a day, with words exchanged throughout, not only between passages that happen to be shared.",
    all_of(
        _FRESH,
        pair.substitutions >= 3,
        pair.substitutions >= 0.5 * (pair.passages - 1),
    ),
)

# A flash is printed whole, with a line or two around it and a word put in or exchanged. In capitals no name is seen, and any
# word that was exchanged may be one.
SAME_FLASH = NamedCondition(
    "same_flash",
    "Both are short, and nearly all of it is in both, with the same numbers in the same order, and the same names.",
    all_of(
        pair.words < 40,
        pair.words >= 20,
        pair.share_of_shorter >= 0.75,
        pair.share_of_longer >= 0.7,
        pair.numbers_in_order.equals(1),
        pair.names_kept.equals(1),
        any_of(pair.names > 0, pair.strangers.equals(0)),
    ),
)

# - `altered`: all but a word or two is the same;
# - `opening`: both begin with the same passage, long and hardly broken, whatever follows it in either;
# - `covered`: most of the shorter text is matched, and enough of it proves something;
# - `figures`: a table of many numbers, or a text of common phrases nearly all matched, with the same numbers;
# - `lead`: less is matched, but both openings are, on the same day;
# - `worked-over`: less is matched, in many runs with a few words exchanged between them.
RULES = RuleList(
    (
        join("flash", SAME_FLASH),
        join("altered", ALTERED),
        bar(OTHER_SUBJECT),
        bar(OTHER_PIECE),
        join("opening", OPENS_ALIKE),
        join("figures", SAME_TABLE),
        bar(MOSTLY_QUOTED),
        bar(OWN_LEADS),
        bar(INSIDE),
        bar(STATEMENT),
        bar(TEMPLATE),
        join("covered", COVERED),
        join("figures", SAME_FIGURES),
        join("lead", SAME_LEAD),
        join("worked-over", WORKED_OVER),
    )
)

# The pages of one publisher share whole paragraphs around their stories: boxes, links, legal lines. Versions of a story
# share whole paragraphs too, but an editor also worked inside others.
SAME_PAGE = NamedCondition(
    "same_page",
    "Both are of one publisher and share whole paragraphs only: its page, and not the story.",
    all_of(WHOLE_PARAGRAPHS, pair.share_of_shorter < 0.9),
)

# Nobody cuts his own copy from within: where one publisher begins otherwise, it reports something else.
SIBLING = NamedCondition(
    "sibling",
    "Both are of one publisher, and each begins with news of its own.",
    all_of(_NO_LEAD_SHARED, pair.lead_words < 0.45, pair.share < 0.7),
)

# An agency's next step of one story, by its marker and headline: figures change from step to step. A report of each day keeps
# its headline too.
NEXT_STEP = NamedCondition(
    "next_step",
    "Within a day, they are steps of one story by marker and headline, and share half of their text.",
    all_of(pair.hours <= 24, pair.share >= 0.5, pair.other_day.equals(0)),
)

# Who reports first in a few paragraphs and again at length keeps every fact and writes other sentences. What is its own
# in the earlier text is no passage; a sibling report has one, or names and figures of its own. Of two reports alike in
# length, few figures in common prove nothing.
WRITTEN_THROUGH = NamedCondition(
    "written_through",
    "Within hours one publisher rewrote its report: the longer text has the numbers and names of the shorter one.",
    all_of(
        pair.hours <= 6,
        pair.share >= 0.4,
        any_of(
            pair.figures >= MANY_FIGURES,
            all_of(pair.figures >= 2, pair.share_of_longer <= 0.4 * pair.share_of_shorter),
        ),
        pair.rival < 50,
        pair.numbers_kept >= 0.9,
        pair.names_kept >= 0.85,
        pair.contested.equals(0),
        pair.other_day.equals(0),
    ),
)

# Outlets print a wrap-up without its marker, and may do so before the agency's own reaches us.
PART_OF_WRAPUP = NamedCondition(
    "part_of_wrapup",
    "One of them is a wrap-up, a fact box or of another series, which is no rewrite of a story.",
    pair.share_of_longer < 0.5,
)

OTHER_SERIES = NamedCondition(
    "other_series",
    "By their headlines one publisher put them into different series, and they are not nearly the same.",
    pair.share_of_longer < 0.9,
)

_WRITETHRU = join("writethru", WRITTEN_THROUGH)
WITHIN_PUBLISHER = RULES.after(_WRITETHRU, bar(SAME_PAGE), bar(SIBLING))
VERSIONS = RULES.after(_WRITETHRU, bar(SIBLING))  # under one headline, whatever changed around the story
STEPS = RULES.after(join("update", NEXT_STEP))
FLASHES = RuleList((join("flash", SAME_FLASH),))
OTHER_SERIES_WITHIN_PUBLISHER = RULES.after(bar(OTHER_SERIES))
WITH_WRAPUP = RULES.after(bar(PART_OF_WRAPUP))
WITH_WRAPUP_WITHIN_PUBLISHER = WITHIN_PUBLISHER.after(bar(PART_OF_WRAPUP))


_opens_alike = OPENS_ALIKE.holds


def measure_agreement(score: PairScore) -> float:
    """How much two texts agree, 0..1: the share matched, or how whole their common opening is."""
    return max(score.share, score.opening_density) if _opens_alike(score) else score.share
