"""The rules by which two texts are one dispatch; every threshold stands here, with what it guards against.

They were set on labelled wire copy of 1987 to 2017; `copytaster evaluate grouping` measures them on yours.
"""
# ruff: noqa: PLR2004 -- a rule is read best with its numbers in it

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dedup.similarity.score import PairScore

MANY_FIGURES = 8  # different numbers: a table of them is no chance, however few the words


def match_pair(score: PairScore) -> str | None:
    """By themselves the two are one dispatch.

    Gives back the rule, or None.

    - `opening`: both begin with the same passage, long and hardly broken, whatever follows it in either;
    - `covered`: most of the shorter text is matched, and enough of it proves something;
    - `figures`: a text of common phrases, nearly all of it matched, or a table of many numbers, with the same numbers;
    - `lead`: less is matched, but both openings are, on the same day;
    - `worked-over`: less is matched, in many runs with a few words exchanged between them.
    """
    if opens_alike(score):
        return "opening"
    if _have_same_table(score):
        return "figures"
    if score.unquoted < 0.30 or _is_inside(score) or _is_statement(score) or _is_template(score):
        return None
    holds = {
        "covered": _is_covered(score),
        "figures": _have_same_figures(score),
        "lead": _is_fresh(score) and score.share >= 0.40 and _leads_alike(score),
        "worked-over": _is_fresh(score) and score.share >= 0.30 and _is_worked_over(score),
    }
    return next((rule for rule, does in holds.items() if does), None)


def opens_alike(score: PairScore) -> bool:
    """Both begin with the same long passage, whatever follows it in either.

    Copy is cut from the end, and carried on with other things: comments, boilerplate, another story.
    """
    return (
        score.hours <= 24
        and (score.opening >= 45 or (score.opening >= 30 and score.opening_words >= 60))
        and score.opening_density >= 0.75
        and score.opening_unquoted >= 30
        and score.opening_contradictions == 0
        and not _has_other_figures(score)
        and (score.leads or score.opening >= 80 or not _has_standing_text(score))
        and not (score.contradictions + score.substitutions >= 6 and _has_other_names(score))
    )


def _is_covered(score: PairScore) -> bool:
    """Most of the shorter text stands in the longer one, or on the same day half of both.

    The less is matched of a text whose lead is not, the more must it prove.
    """
    least = 30 if score.leads else 30 + 330 * max(0.0, 0.75 - score.share)
    if score.share >= 0.55:
        return score.unquoted >= 0.36 and score.weight >= least
    return (
        score.hours <= 24
        and score.share >= 0.45
        and score.share_of_longer >= 0.34
        and score.unquoted >= 0.42
        and score.weight >= max(100, least)
        and (score.figures < 3 or score.numbers_kept >= 0.4)
    )


def _leads_alike(score: PairScore) -> bool:
    """The leads are the same, with little between."""
    return score.leads and score.opening >= 20 and score.opening_density >= 0.65


def _have_same_figures(score: PairScore) -> bool:
    """Much of the shorter text stands in the longer one, with the same numbers."""
    if score.share >= 0.80 and score.numbers >= 0.60:
        return score.contradictions == 0
    return score.share >= 0.50 and score.numbers >= 0.90 and score.figures >= MANY_FIGURES


def _have_same_table(score: PairScore) -> bool:
    """They share a table of long numbers, the same one for one but for a correction or two."""
    return score.share >= 0.50 and score.precise_kept >= 4 and score.precise_kept >= 0.7 * score.precise


def _is_fresh(score: PairScore) -> bool:
    """They came within a day, with enough in common to prove something."""
    return score.hours <= 24 and score.weight >= 40


def _is_worked_over(score: PairScore) -> bool:
    """Words were exchanged throughout, not here and there between passages that happen to be shared."""
    return (
        score.substitutions >= 3
        and score.substitutions >= 0.5 * (len(score.runs) - 1)
        and 3 * score.contradictions <= score.substitutions
    )


def _is_inside(score: PairScore) -> bool:
    """What they share lies deep inside the longer text and is little of it: background, or a round-up of several."""
    return (score.offset > 0.3 and score.share_of_longer < 0.3) or (
        score.offset > 0.6 and score.share_of_longer < 0.5
    )


def _is_statement(score: PairScore) -> bool:
    """What they share is a statement: quotation more than the texts are, and little of the longer one."""
    return (
        score.unquoted < 0.7 * score.share_of_shorter
        and score.share_of_longer < 0.32
        and score.weight < 120
        and not score.leads
    )


def _is_template(score: PairScore) -> bool:
    """It is the same form filled in anew: where the texts part, their numbers or their names differ."""
    if (
        score.contradictions >= 3
        and score.numbers_kept < 0.5
        and 3 * score.contradictions >= score.substitutions
    ):
        return True
    if _has_other_names(score) or _has_other_figures(score) or _has_standing_text(score):
        return True
    if score.weight >= 80:
        return False
    few_kept = (score.figures >= 3 and score.numbers_kept <= 0.5) or (
        score.figures >= 6 and score.numbers_kept <= 0.75
    )
    anew = few_kept and score.share < 0.75 and score.substitutions < 3
    return anew or _begins_with_others(score) or (score.contradictions > 0 and score.numbers_kept < 0.8)


def _begins_with_others(score: PairScore) -> bool:
    """The leads are not shared: in their place stand other figures among other words, and few of the same names."""
    return not score.leads and score.contested > 0 and score.rival >= 15 and score.names_kept <= 0.5


def _has_other_names(score: PairScore) -> bool:
    """The shorter text tells of others: few of its names stand in the longer one."""
    if score.names == 2 and score.names_kept == 0 and score.weight < 80:
        return score.figures >= 4 and score.numbers_kept <= 0.5
    return score.names >= (4 if score.weight >= 120 else 3) and score.names_kept < 0.34


def _has_other_figures(score: PairScore) -> bool:
    """In one place both tell figures, and not the same ones.

    Three and one for every 22 words that are matched; in few words, one. In a report of a paragraph or three, three that
    stand between what is matched: one number more may be the same by chance.
    """
    if score.numbers_kept >= 0.7:
        return False
    between = score.contradictions >= 2 and score.contested >= 3 and score.numbers_kept < 0.5
    return (
        score.contested >= max(3, 0.045 * score.weight)
        or (score.contested >= 1 and score.weight < 40)
        or (between and score.weight < 120)
    )


def _has_standing_text(score: PairScore) -> bool:
    """What they share is standing text: beside a passage or two they tell other numbers or names.

    Of two texts of one length, where little is matched in few pieces.
    """
    if (
        score.weight >= 120
        or score.substitutions >= 3
        or score.share_of_longer < 0.7 * score.share_of_shorter
    ):
        return False
    other_figures = score.figures >= 3 and score.numbers_kept < 0.5
    other_names = score.names >= 3 and score.names_kept < 0.5 and score.numbers < 0.6
    return other_figures or other_names


def is_surely_same(score: PairScore) -> bool:
    """They are surely the same, as is asked within one publisher.

    Its pages share furniture, templates and background paragraphs.
    Where both have a passage of their own in the same place, or a text of their own in many places, what is around it
    may be the page and not the story.
    """
    return (
        score.share >= 0.70
        and score.weight >= 30
        and score.rival < 25
        and score.own_words < 60
        and score.contradictions == 0
        and score.numbers_kept >= 0.6
    )


def tell_agreement(score: PairScore) -> float:
    """How much two texts agree, 0..1: the share matched, or how whole their common opening is."""
    return max(score.share, score.opening_density) if opens_alike(score) else score.share
