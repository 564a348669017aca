"""Why two versions stand together or apart: the functions that decide are asked again, and watched.

Texts and weights are those frozen on arrival, so the figures are those of the verdict; nothing is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import select

from copytaster.errors import NotFoundError
from copytaster.store.grouping import read_places
from copytaster.store.rulings import find_versions, list_rulings_about, list_standings, read_standings
from copytaster.store.tables import memberships, recipes, signatures, stories, versions
from dedup.decide import FOUNDER_AGREEMENT, MEAN_AGREEMENT, Candidate, Newcomer, decide, is_match
from dedup.grouping import EXACT_WORDS
from dedup.measure import LONGEST_GAP
from dedup.passages import locate_words, quote
from dedup.proposal import _SHARED, PER_DISPATCH
from dedup.rules import MANY_FIGURES
from dedup.rulings import DESK
from dedup.sampling import GRAM, sample_grams
from dedup.score import Reading, score_pair
from dedup.shelf import Shelf
from dedup.shingles import narrow, roll_grams
from dedup.signature import Recipe, band_keys, load
from dedup.text import read_text
from dedup.tiling import MIN_RUN
from dedup.watching import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from copytaster.store.rulings import RulingRow
    from dedup.passages import Span
    from dedup.score import PairScore
    from dedup.shelf import Known
    from dedup.watching import Question
    from settings import GroupingSettings

DECIDING = ("dedup.decide", "dedup.rules")
PASSAGES = 12
CHANGES = 12
LISTED = 20  # numbers, names


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two versions: what it is, where it stands, and how it came there."""

    version: int
    story: int
    number: int
    publisher: str
    url: str
    headline: str
    seen_at: datetime
    published_at: datetime | None
    words: int
    dispatch: str
    relation: str
    evidence: Mapping[str, Any]
    agency: str | None
    agency_confidence: float
    agency_evidence: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of words both have, as each printed it."""

    words: int
    weight: float
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Change:
    """What one has where the other has something else, between two passages; `numbers` where they contradict."""

    one: str
    other: str
    numbers: bool


@dataclass(frozen=True, slots=True)
class OnlyIn:
    """Numbers or names that only one of the two has."""

    one: tuple[str, ...]
    other: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """How the candidate index brings the two together: bands of their signatures, and sampled phrases.

    `likeness` is the Jaccard coefficient that the signatures estimate; None without signatures to compare.
    """

    hours: float
    window_hours: float
    bands: int
    of_bands: int
    likeness: float | None
    phrases: int
    needed: int
    of_phrases: tuple[int, int]
    shown: tuple[str, ...]

    @property
    def found(self) -> bool:
        """Whether one is proposed when the other comes in."""
        return self.hours <= self.window_hours and (self.bands > 0 or self.phrases >= self.needed)


@dataclass(frozen=True, slots=True)
class Agreement:
    """The verdict of the whole dispatch on the newcomer, as `decide` gives it with this dispatch alone."""

    dispatch: str
    joins: bool
    rule: str
    mean: float
    needed: float
    with_founder: float | None
    founder_needed: float
    compared: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that was weighed.

    Attributes:
        together: they stand in one dispatch.
        rule: by which the later one stands where it does; `pair_rule` by which the two would be one by themselves.
        why: the verdict in sentences, the most important first.
        questions: the predicates that were asked about the pair, with each comparison.
    """

    one: Side
    other: Side
    together: bool
    rule: str
    pair_rule: str | None
    why: tuple[str, ...]
    score: PairScore
    questions: tuple[Question, ...]
    agreement: Agreement
    passages: tuple[Passage, ...]
    passages_left_out: int
    changes: tuple[Change, ...]
    changes_left_out: int
    numbers: OnlyIn
    names: OnlyIn
    path: Path
    rulings: tuple[RulingRow, ...]


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Why one version is where it is: how it came, the version it came because of, and what else was alike."""

    side: Side
    members: int
    because: Explanation | None
    see_also: tuple[Mapping[str, Any], ...]
    rulings: tuple[RulingRow, ...]


class _Read:
    """A version with its text, and where each word of it was printed."""

    def __init__(self, side: Side, known: Known) -> None:
        self.side = side
        self.known = known
        self.reading: Reading = known.reading
        self.body = known.version.body
        text = read_text(self.body)
        kept = np.frombuffer(known.version.weights or b"", dtype=np.uint8) > 0
        spans = locate_words(self.body, text)
        if len(kept) == len(spans):
            spans = [span for span, stays in zip(spans, kept.tolist(), strict=True) if stays]
        self.spans: list[Span] = spans

    def quote(self, start: int, end: int) -> str:
        """Words as they were printed."""
        return quote(self.body, self.spans, start, end)

    def name(self, value: int) -> str:
        """The first word of this hash, as it was printed."""
        place = int(np.argmax(self.reading.text.words == np.uint64(value)))
        return self.quote(place, place + 1).strip(".,;:!?()[]\"'“”‘’„«»")


def explain_pair(connection: Connection, one: str, other: str, settings: GroupingSettings) -> Explanation:
    """Why two stories or versions stand together or apart; of a story, its newest version that has been grouped.

    Raises:
        NotFoundError: one of them is unknown, or waits for grouping.
        UsageError: a reference cannot be read.
    """
    return explain_versions(connection, _choose(connection, one), _choose(connection, other), settings)


def explain_place(connection: Connection, reference: str, settings: GroupingSettings) -> Standpoint:
    """Why a story or version is where it is.

    Raises:
        NotFoundError: it is unknown, or waits for grouping.
        UsageError: the reference cannot be read.
    """
    version = _choose(connection, reference)
    side = _read_side(connection, version)
    against = _find_reason(side.evidence)
    because = None
    if against is not None and read_standings(connection, [against]):
        because = explain_versions(connection, against, version, settings)
    named = tuple(row for row in list_rulings_about(connection, [side.dispatch]) if _names(row, version))
    return Standpoint(
        side,
        len(list_standings(connection, side.dispatch)),
        because,
        tuple(side.evidence.get("see_also") or ()),
        named,
    )


def _find_reason(evidence: Mapping[str, Any]) -> int | None:
    """The version a version came because of."""
    against = evidence.get("against")
    return against if isinstance(against, int) else None


def _choose(connection: Connection, reference: str) -> int:
    grouped = read_standings(connection, find_versions(connection, reference))
    if not grouped:
        raise NotFoundError("waits for grouping", resource=reference, hint="copytaster group")
    return grouped[-1].version_id


def explain_versions(connection: Connection, one: int, other: int, settings: GroupingSettings) -> Explanation:
    """Why two grouped versions stand together or apart; the one that came first is `one`."""
    first, second = sorted((one, other))
    shelf = Shelf()
    known = shelf.get(connection, [first, second])
    left = _Read(_read_side(connection, first), known[first])
    right = _Read(_read_side(connection, second), known[second])
    score = score_pair(left.reading, right.reading)
    newcomer = _introduce(right, settings)
    watch = Watch(*DECIDING)
    candidate = _as_candidate(
        left.known, left.side.dispatch, right, watch.watch(score), founder=False, wrapup=left.known.wrapup
    )
    pair_rule = watch.run(is_match, newcomer, candidate)
    questions = tuple(watch.questions)
    agreement = _ask_dispatch(connection, shelf, left, right, newcomer)
    passages, changes = _find_passages(left, right, score)
    path = _trace_path(connection, left, right, settings)
    named = tuple(
        row
        for row in list_rulings_about(connection, [left.side.dispatch, right.side.dispatch])
        if _names(row, first) or _names(row, second)
    )
    together = left.side.dispatch == right.side.dispatch
    rule = str(right.side.evidence.get("rule", ""))
    found = _Findings(left, right, score, pair_rule, questions, agreement, path, named, newcomer)
    return Explanation(
        left.side,
        right.side,
        together,
        rule,
        pair_rule,
        tuple(_sum_up(found, together=together)),
        score,
        questions,
        agreement,
        tuple(passages[:PASSAGES]),
        max(0, len(passages) - PASSAGES),
        tuple(changes[:CHANGES]),
        max(0, len(changes) - CHANGES),
        _compare_sets(left, right, "numbers"),
        _compare_sets(left, right, "names"),
        path,
        named,
    )


def _names(row: RulingRow, version: int) -> bool:
    return any(one.version_id == version for one in row.versions)


def _read_side(connection: Connection, version: int) -> Side:
    (standing,) = read_standings(connection, [version])
    row = connection.execute(
        select(
            versions.c.number,
            versions.c.headline,
            versions.c.seen_at,
            versions.c.published_at,
            versions.c.agency,
            versions.c.agency_confidence,
            versions.c.agency_evidence,
            stories.c.publisher,
            stories.c.url,
            signatures.c.words,
            memberships.c.relation,
        )
        .join(stories, stories.c.id == versions.c.story_id)
        .join(signatures, signatures.c.version_id == versions.c.id)
        .join(memberships, memberships.c.version_id == versions.c.id)
        .where(versions.c.id == version)
    ).one()
    return Side(
        version,
        standing.story_id,
        row.number,
        row.publisher,
        row.url,
        row.headline,
        row.seen_at,
        row.published_at,
        row.words,
        standing.dispatch_id,
        row.relation,
        standing.evidence,
        row.agency,
        row.agency_confidence,
        row.agency_evidence,
    )


def _introduce(read: _Read, settings: GroupingSettings) -> Newcomer:
    known, reading = read.known, read.reading
    few = len(reading.text) < settings.min_words
    return Newcomer(
        read.side.version,
        read.side.story,
        read.side.publisher,
        wrapup=known.wrapup,
        revision=known.revision,
        notice=known.notice,
        short=few and len(reading.numbers) < MANY_FIGURES,
    )


def _as_candidate(
    known: Known, dispatch: str, newcomer: _Read, score: PairScore, *, founder: bool, wrapup: bool
) -> Candidate:
    ours, theirs = newcomer.reading.text, known.reading.text
    return Candidate(
        known.version.id,
        known.version.story_id,
        known.version.publisher,
        dispatch,
        score,
        exact=len(theirs) == len(ours) >= EXACT_WORDS and theirs.exact == ours.exact,
        founder=founder,
        wrapup=wrapup,
        revision=known.revision,
    )


def _ask_dispatch(
    connection: Connection, shelf: Shelf, left: _Read, right: _Read, newcomer: Newcomer
) -> Agreement:
    """Would the dispatch of the earlier one take the later one, were it the only one there is?"""
    dispatch = left.side.dispatch
    founder = read_places(connection, [left.side.version])[left.side.version].founder_id
    before = [
        one.version_id
        for one in list_standings(connection, dispatch)
        if one.version_id < right.side.version and one.version_id not in {founder, left.side.version}
    ]
    compared = list(dict.fromkeys([founder, left.side.version, *before]))[:PER_DISPATCH]
    compared = [version for version in compared if version != right.side.version]
    known = shelf.get(connection, compared)
    begun_by_wrapup = founder in known and known[founder].wrapup
    candidates = [
        _as_candidate(
            known[version],
            dispatch,
            right,
            score_pair(known[version].reading, right.reading),
            founder=version == founder,
            wrapup=begun_by_wrapup or known[version].wrapup,
        )
        for version in compared
    ]
    verdict = decide(newcomer, candidates)
    shares = [1.0 if one.exact else one.score.share for one in candidates]
    beginning = next((share for one, share in zip(candidates, shares, strict=True) if one.founder), None)
    return Agreement(
        dispatch,
        verdict.dispatch_id is not None,
        verdict.rule,
        sum(shares) / max(1, len(shares)),
        MEAN_AGREEMENT,
        beginning,
        FOUNDER_AGREEMENT,
        len(candidates),
    )


# --- what they share ---------------------------------------------------------------------------------------


def _find_passages(left: _Read, right: _Read, score: PairScore) -> tuple[list[Passage], list[Change]]:
    """Passages, longest first, and what stands between them; texts in the order of `left` and `right`."""
    shorter, longer = sorted((left, right), key=lambda read: (len(read.reading.text), read.reading.key))
    swapped = shorter is right

    def order(mine: str, theirs: str) -> tuple[str, str]:
        return (theirs, mine) if swapped else (mine, theirs)

    passages = [
        Passage(
            size,
            round(float(shorter.reading.weights[start : start + size].sum()), 1),
            *order(shorter.quote(start, start + size), longer.quote(place, place + size)),
        )
        for start, place, size in score.runs
    ]
    changes = []
    for (start, place, size), (next_start, next_place, _) in pairwise(score.runs):
        mine, theirs = (start + size, next_start), (place + size, next_place)
        if not 0 <= theirs[1] - theirs[0] <= LONGEST_GAP or mine[1] - mine[0] > LONGEST_GAP:
            continue
        numbers = _numbers_in(shorter, *mine), _numbers_in(longer, *theirs)
        contradict = bool(numbers[0] and numbers[1] and not numbers[0] & numbers[1])
        changes.append(Change(*order(shorter.quote(*mine), longer.quote(*theirs)), contradict))
    passages.sort(key=lambda passage: -passage.words)
    changes.sort(key=lambda change: not change.numbers)
    return passages, [change for change in changes if change.one or change.other]


def _numbers_in(read: _Read, start: int, end: int) -> set[int]:
    text = read.reading.text
    return set(text.words[start:end][text.numeric[start:end]].tolist())


def _compare_sets(left: _Read, right: _Read, what: str) -> OnlyIn:
    ours = set(getattr(left.reading, what).tolist()) - set(right.reading.vocabulary.tolist())
    theirs = set(getattr(right.reading, what).tolist()) - set(left.reading.vocabulary.tolist())
    return OnlyIn(
        tuple(sorted({left.name(value) for value in ours})[:LISTED]),
        tuple(sorted({right.name(value) for value in theirs})[:LISTED]),
    )


def _trace_path(connection: Connection, left: _Read, right: _Read, settings: GroupingSettings) -> Path:
    bands, of_bands, likeness = _compare_signatures(connection, left.side.version, right.side.version)
    ours, theirs = (set(sample_grams(read.reading.text).tolist()) for read in (left, right))
    shared = sorted(ours & theirs)
    grams = narrow(roll_grams(left.reading.text.words, GRAM))
    places = [int(np.argmax(grams == gram)) for gram in shared[:3]]
    return Path(
        round(abs(left.reading.at - right.reading.at) / 3600, 2),
        settings.window_hours,
        bands,
        of_bands,
        likeness,
        len(shared),
        _SHARED,
        (len(ours), len(theirs)),
        tuple(left.quote(place, place + GRAM) for place in places),
    )


def _compare_signatures(connection: Connection, one: int, other: int) -> tuple[int, int, float | None]:
    """Bands shared, bands there are, and the likeness that the signatures estimate."""
    rows = connection.execute(
        select(signatures.c["values"], recipes.c.recipe, recipes.c.id)
        .join(recipes, recipes.c.id == signatures.c.recipe_id)
        .where(signatures.c.version_id.in_([one, other]))
    ).all()
    if len({row.id for row in rows}) != 1 or not all(row[0] for row in rows):
        return 0, 0, None
    recipe = Recipe(**rows[0].recipe)
    sketches = [load(row[0], recipe) for row in rows]
    mine, theirs = (band_keys(sketch.hashvalues) for sketch in (sketches[0], sketches[-1]))
    shared = int((mine == theirs).sum())
    return shared, len(mine), round(float(sketches[0].jaccard(sketches[-1])), 3)


# --- the verdict in words ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Findings:
    left: _Read
    right: _Read
    score: PairScore
    pair_rule: str | None
    questions: tuple[Question, ...]
    agreement: Agreement
    path: Path
    rulings: tuple[RulingRow, ...]
    newcomer: Newcomer


def _sum_up(found: _Findings, *, together: bool) -> list[str]:
    said = [
        _tell_ruling(row, found.left.side.version, found.right.side.version)
        for row in found.rulings
        if row.stands
    ]
    count = len(found.score.runs)
    share = (
        f"{found.score.matched_words} words in {count} {'passage' if count == 1 else 'passages'} stand in both: "
        f"{found.score.share_of_shorter:.0%} of the shorter text, {found.score.share_of_longer:.0%} of the longer"
    )
    if together:
        return [*said, *_tell_together(found), f"{share}."]
    reasons = _tell_apart(found)
    return [*said, *reasons, f"{share}."] if count else [*said, *reasons]


def _tell_ruling(row: RulingRow, one: int, other: int) -> str:
    part_of = {named.version_id: named.part for named in row.versions}
    parts = [part_of.get(version) for version in (one, other)]
    if row.kind == "merge":
        did = "joined their dispatches" if parts[0] != parts[1] else "joined their dispatch with another"
    elif row.kind == "pin":
        did = "pinned one of them" if parts[0] != parts[1] else "pinned them"
    elif parts == ["taken", "taken"]:
        did = "took both out of a dispatch"
    elif None not in parts and parts[0] != parts[1] and "taken" in parts:
        did = "put them together" if "target" in parts else "took one of them away from the other"
    else:
        did = "split the dispatch of one of them"
    why = f": {row.why}" if row.why else ""
    return f"Decision {row.id}: {row.who} {did} on {row.at:%Y-%m-%d}{why}."


def _tell_together(found: _Findings) -> list[str]:
    evidence = found.right.side.evidence
    rule = str(evidence.get("rule", ""))
    if found.left.side.story == found.right.side.story:
        return ["Two versions of one story."]
    if rule == DESK:
        return ["The later one stands here because people decided so."]
    against = _find_reason(evidence)
    if found.pair_rule and against in {None, found.left.side.version}:
        return [f"The later one joined because of the earlier one, by the rule “{found.pair_rule}”."]
    other = f"version {against}" if against is not None else "another member"
    said = [f"Both belong to one dispatch: the later one joined because of {other}, by the rule “{rule}”."]
    if found.pair_rule:
        said.append(f"By themselves they would be one too, by “{found.pair_rule}”.")
    return said


def _tell_apart(found: _Findings) -> list[str]:
    path, score = found.path, found.score
    if any(row.stands and _parts(row, found) for row in found.rulings):
        alone = f"By themselves they would be one, by “{found.pair_rule}”." if found.pair_rule else ""
        return ["They stay apart because people decided so.", *([alone] if alone else [])]
    if path.hours > path.window_hours:
        return [
            f"They came {path.hours:.0f} hours apart; nothing is compared over {path.window_hours:g} hours."
        ]
    if found.pair_rule:
        return _tell_group(found)
    if found.newcomer.short:
        words = found.right.side.words
        return [f"The later one has {words} words only: so short a text joins only what is the same."]
    guards = [
        question
        for top in found.questions
        for question in top.walk()
        if question.answer is True and question.meaning and _stands_against(question, top)
    ]
    said = [guard.meaning.rstrip(".") + "." for guard in guards]
    if guards and score.figures:
        kept = round(score.numbers_kept * score.figures)
        said.append(f"Of {score.figures} numbers in the shorter text {kept} stand in the longer one.")
    if not said:
        said = _tell_nearest(found)
    if not path.found and score.runs:
        said.append("The candidate index would not have proposed one for the other.")
    return said


def _parts(row: RulingRow, found: _Findings) -> bool:
    """Whether a split has one of the two taken from the other."""
    part_of = {named.version_id: named.part for named in row.versions}
    parts = {part_of.get(found.left.side.version), part_of.get(found.right.side.version)}
    return row.kind == "split" and parts == {"taken", "rest"}


def _stands_against(question: Question, top: Question) -> bool:
    """A predicate that held although the whole answered no: what it asks speaks against joining."""
    leaves = {asked.name for asked in question.asked}
    parents = [one for one in top.walk() if question in one.asked]
    return not leaves & {"match_pair"} and all(parent.answer in (None, False) for parent in parents)


def _tell_nearest(found: _Findings) -> list[str]:
    if found.newcomer.wrapup != found.left.known.wrapup:
        return ["One of them is a wrap-up, which joins several stories and is a rewrite of none."]
    if not found.score.runs:
        return [f"No run of {MIN_RUN} words stands in both: two reports, not one and its rewrite."]
    missed = [
        f"“{check.rule}” asks {check.sign} {check.threshold:g}, it is {check.value:.2f}"
        for top in found.questions
        for question in top.walk()
        for check in question.checks
        if check.rule and not check.held
    ]
    if found.score.share >= MEAN_AGREEMENT:
        share = f"{found.score.share:.0%} of what the shorter text says stands in the longer one"
        return [f"A near miss: {share}, and by no rule is that enough ({'; '.join(missed)})."]
    return [f"Too little is shared: {found.score.share:.0%} of what the shorter text says."]


def _tell_group(found: _Findings) -> list[str]:
    agreement = found.agreement
    said = [f"By themselves they would be one, by “{found.pair_rule}”."]
    if agreement.mean < agreement.needed:
        said.append(
            f"But the later one agrees with the dispatch by {agreement.mean:.2f} on average over "
            f"{agreement.compared} members, and {agreement.needed:.2f} is needed."
        )
    elif agreement.with_founder is not None and agreement.with_founder < agreement.founder_needed:
        said.append("But it has drifted too far from what the dispatch began with.")
    elif found.right.side.evidence.get("rule") not in {"founded", None}:
        said.append("The later one agrees better with the dispatch in which it stands.")
    return said
