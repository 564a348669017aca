"""The query language: parses what a person types into values. An adapter sees only these, never the typed text.

grain corridor       all of the words, without regard to case and accents
"has died"           these words in this order and spelling: accents, hyphens and stop words count, case does not
strike OR walkout    one of the two
(a b) OR (c d)       brackets hold words together; -(a OR b) is without either
-football  NOT x     without it
protest*             words that begin with this
headline:flood       in the headlines; likewise body:, slug:, dateline:, agency:, publisher:, family:
language:de          with a story in this language; likewise marker:corrected, state:withdrawn
FACTBOX  exclusive   also the dispatches with that marker; agencies' other markers if typed in capitals
relation:altered     retold, translated, a retelling, a translation, or with a copy that alters facts
kind:correction      with a version of this sort: alert, update, press-release, obituary, analysis, ...
time:2026-11-20      published on this day, in this month or year; time:2026-11-18..2026-11-20 between two, both included
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from functools import lru_cache
from typing import TYPE_CHECKING, cast, get_args

from copytaster.errors import QueryError, nearest
from copytaster.wire.kinds import KINDS
from copytaster.wire.marker_table import MARKER_NAMES, name_key
from indexer.analyzer import exact_words, folded_words
from indexer.days import Span, read_span
from indexer.search import RELATIONS, STATES, Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from indexer.search import Filter, SearchQuery


TEXTS: tuple[Field, ...] = ("headline", "body")  # quotes demand the exact spelling in these fields only
MAX_CHARACTERS = 512
MAX_WORDS = 32
RUNS, RUN = 8, 4  # runs of a pasted text that are looked for, and words of each
MAX_PASTED = 20_000  # characters of a pasted text that are read
MAX_TERMS = 128  # after brackets are worked out
MAX_DEPTH_OF_BRACKETS = 8
MIN_PREFIX = 2

_CLAUSE = re.compile(
    rf"(?P<minus>(?<![^\s(])-(?=\S))?(?:(?P<field>{'|'.join(get_args(Field))}|time|relation|kind):(?=\S))?"
    r"""(?:(?P<open>(?<![^\s(:-])\()|(?P<close>\)(?![^\s)]))|["“”„«»](?P<quoted>[^"“”„«»]*)(?:["“”„«»]|$)"""
    r"""|(?P<plain>(?i:per\s{1,3}cent)(?!\w)|(?:[^\s()"“”„«»]|(?<=[^\s(:-])\(|\)(?=[^\s)]))+))"""
)

_NAMED: Mapping[str, tuple[str, ...]] = {"relation": RELATIONS, "kind": KINDS}  # field -> its values


@dataclass(frozen=True, slots=True)
class Term:
    """One word, or several in this order.

    Attributes:
        words: as `indexer.analyzer` gives them, exact or folded.
        exact: in this spelling, accents and hyphens included.
        keyed: the words are keys of `indexer.word_keys`, of which one is enough.
        prefix: the last word is the beginning of a word.
        field: where to look; None means headlines and body.
        typed: the word as typed, for a server that stems it: stemmers need its accents.
        languages: only in dispatches with one of these languages: a form of a word is one in its own language.
    """

    words: tuple[str, ...]
    exact: bool = False
    prefix: bool = False
    field: Field | None = None
    typed: str = dataclass_field(default="", compare=False)
    languages: tuple[str, ...] = ()
    keyed: bool = False


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A dispatch matches with all of `required`, `within` and `carried`, and nothing of the others.

    Attributes:
        required: groups of terms; of each group one.
        within: spans of time.
        carried: (filter, value) of relations and kinds of copy.
        is_pasted: made of a long text, of which one run of words is enough.
    """

    required: tuple[tuple[Term, ...], ...] = ()
    excluded: tuple[Term, ...] = ()
    within: tuple[Span, ...] = ()
    without: tuple[Span, ...] = ()
    carried: tuple[tuple[Filter, str], ...] = ()
    not_carried: tuple[tuple[Filter, str], ...] = ()
    is_pasted: bool = False

    def __bool__(self) -> bool:
        spans, values = self.within or self.without, self.carried or self.not_carried
        return bool(self.required or self.excluded or spans or values)

    @property
    def names_state(self) -> bool:
        """True if the text has a `state:`, which overrides the states of the search."""
        return any(term.field == "state" for term in (*self.marked, *self.excluded))

    @property
    def marked(self) -> tuple[Term, ...]:
        """The terms to mark in a hit."""
        return tuple(term for group in self.required for term in group)


def read_query(query: SearchQuery) -> ParsedQuery:
    """A search's text and its words for single fields, as one query.

    Raises:
        QueryError: see `parse_query`.
    """
    parsed = parse_query(query.text)
    for field, text in query.fields:
        more = parse_query(text, field=field)
        parsed = replace(
            parsed, required=parsed.required + more.required, excluded=parsed.excluded + more.excluded
        )
    if _count_words(parsed) > MAX_WORDS:
        raise QueryError(f"more than {MAX_WORDS} words", resource="query", hint="search for less")
    return parsed


def parse_query(text: str, *, field: Field | None = None) -> ParsedQuery:
    """Parse a text; an empty text gives an empty query, which finds all.

    One of more than 512 characters or 32 words is a pasted text: see `read_pasted`.

    Args:
        text: as typed.
        field: the field of words that name none; None means headlines and body.

    Raises:
        QueryError: no word at all, a prefix of one letter, brackets that no index can search, or an unknown time, state,
            relation or kind of copy.
    """
    if len(text) > MAX_CHARACTERS:
        return read_pasted(text, field)
    found = _read_clauses(find_clauses(text), field)
    query = ParsedQuery(
        tuple(group for part in found.parts for group in part),
        tuple(found.excluded),
        *_sort_limits(found.limits),
    )
    if _count_words(query) > MAX_WORDS:
        return read_pasted(text, field)
    if text.strip() and not query:
        raise QueryError("no word to search for", resource="query")
    return query


def read_pasted(text: str, field: Field | None = None) -> ParsedQuery:
    """The query of a pasted text of any length: one of some runs of its words, so that edited copies are found too.

    Raises:
        QueryError: there is no word in it.
    """
    words = [word.text for word in folded_words(text[:MAX_PASTED])]
    if not words:
        raise QueryError("no word to search for", resource="query")
    last = max(0, len(words) - RUN)
    starts = dict.fromkeys(round(last * number / max(1, RUNS - 1)) for number in range(RUNS))
    runs = (tuple(words[start : start + RUN]) for start in starts)
    return ParsedQuery((tuple(dict.fromkeys(Term(run, field=field) for run in runs)),), is_pasted=True)


Group = tuple[Term, ...]  # of these terms one
Limit = tuple[bool, "Span | tuple[Filter, str]"]  # negative, what


@dataclass(slots=True)
class _Found:
    """What was read so far: parts, of which each is groups of which each must match, and what is outside of groups."""

    parts: list[list[Group]] = dataclass_field(default_factory=list)
    excluded: list[Term] = dataclass_field(default_factory=list)
    limits: list[Limit] = dataclass_field(default_factory=list)

    def add(self, other: _Found, *, alternative: bool, negated: bool) -> None:
        """Take in a clause or brackets.

        Raises:
            QueryError: no query of the index says this.
        """
        groups = [group for part in other.parts for group in part]
        if negated:
            self._exclude(groups, other)
            return
        if alternative and other.limits:
            raise _no_alternative()
        if alternative and groups and self.parts:
            self.parts[-1] = _join_alternatives(self.parts[-1], groups)
        elif groups:
            self.parts.append(groups)
        self.excluded += other.excluded
        self.limits += other.limits

    def _exclude(self, groups: Sequence[Group], other: _Found) -> None:
        if len(groups) + len(other.limits) > 1 or other.excluded:
            raise QueryError(
                "a minus before brackets takes words joined by OR",
                resource="query",
                hint="e.g. -(football OR rugby), or a minus before each word",
            )
        self.excluded += [term for group in groups for term in group]
        self.limits += [(not negative, limit) for negative, limit in other.limits]


def _join_alternatives(one: Sequence[Group], other: Sequence[Group]) -> list[Group]:
    """(a b) OR (c d) as groups that must all match: a or c, a or d, b or c, b or d."""
    joined = [tuple(dict.fromkeys((*mine, *theirs))) for mine in one for theirs in other]
    if sum(map(len, joined)) > MAX_TERMS:
        raise QueryError(
            "too many alternatives in brackets", resource="query", hint="search for less at once"
        )
    return joined


def _read_clauses(clauses: Iterator[re.Match[str]], field: Field | None, depth: int = 0) -> _Found:
    """The clauses up to the closing bracket, or the end."""
    found = _Found()
    alternative = negated = timed = False  # timed: the clause before is a time, a relation or a kind
    for clause in clauses:
        if clause["close"]:
            if depth:
                break
            continue
        operator = read_operator(clause)
        if operator is not None:
            if operator == "OR" and timed:
                raise _no_alternative()
            alternative = operator == "OR" and bool(found.parts)
            negated = operator == "NOT"
            continue
        one = _read_one(clause, clauses, field, depth)
        if one.parts or one.excluded or one.limits:
            found.add(one, alternative=alternative, negated=negated or bool(clause["minus"]))
        timed = bool(one.limits)
        alternative = negated = False
    return found


def _read_one(
    clause: re.Match[str], clauses: Iterator[re.Match[str]], field: Field | None, depth: int
) -> _Found:
    """One clause, or everything in the brackets that it opens."""
    if clause["open"]:
        if depth >= MAX_DEPTH_OF_BRACKETS:
            raise QueryError(
                "too many brackets within brackets", resource="query", hint="search for less at once"
            )
        named = clause["field"] if clause["field"] in get_args(Field) else field
        return _read_clauses(clauses, cast("Field | None", named), depth + 1)
    if clause["field"] in {"time", *_NAMED}:
        return _Found(limits=[(False, _read_limit(clause))])
    terms = _read_terms(clause, field)
    return _Found([[tuple(terms)]] if terms else [])


def find_clauses(text: str) -> Iterator[re.Match[str]]:
    """The clauses, operators and brackets of a text, in order."""
    return _CLAUSE.finditer(text)


def read_operator(clause: re.Match[str]) -> str | None:
    """`OR`, `AND` or `NOT`, if the clause is one of these."""
    plain = clause["plain"]
    bare = clause["minus"] is None and clause["field"] is None and clause["open"] is None
    return plain if bare and plain in {"OR", "AND", "NOT"} else None


def _read_terms(clause: re.Match[str], within: Field | None) -> list[Term]:
    """The word or phrase, and beside it the kind of marker that it names; nothing if there is no word in it."""
    term = _read_term(clause, within)
    if term is None or term.field is not None:
        return [term] if term else []
    return [term, *_read_marker(clause["plain"] or clause["quoted"])]


def _read_marker(typed: str) -> list[Term]:
    """The kind of marker of which pages show this word: documents keep kinds, their headlines lack the prefix."""
    name = MARKER_NAMES.get(name_key(typed))
    capitals = typed.isupper()
    if name is not None and (name.any_case or capitals):
        return [Term(_marker_words(name.kind), field="marker")]
    words = _marker_words(typed)
    return [Term(words, field="marker")] if capitals and len(words) == 1 and words[0] in _kind_words() else []


def _marker_words(kind: str) -> tuple[str, ...]:
    return tuple(word.text for word in folded_words(kind.replace("-", " ")))


@lru_cache(maxsize=1)
def _kind_words() -> frozenset[str]:
    return frozenset(word for name in MARKER_NAMES.values() for word in _marker_words(name.kind))


def _read_term(clause: re.Match[str], within: Field | None) -> Term | None:
    field, plain = cast("Field | None", clause["field"] or within), clause["plain"]
    if field == "state":
        _check_state(plain or clause["quoted"])
    if plain is None:
        return _quoted_term(clause["quoted"], field)
    prefix = plain.endswith("*")
    words = tuple(word.text for word in folded_words(plain))
    if not words:
        return None
    if prefix and len(words[-1]) < MIN_PREFIX and words[-1].isascii():
        raise QueryError(
            f"{plain!r} is too short a beginning", resource="query", hint="two letters or more before the *"
        )
    return Term(words, prefix=prefix, field=field, typed=plain)


def _quoted_term(quoted: str, field: Field | None) -> Term | None:
    is_text = field is None or field in TEXTS  # names match without regard to case and accents
    words = tuple(word.text for word in (exact_words(quoted) if is_text else folded_words(quoted)))
    return Term(words, exact=is_text, field=field) if words else None


def _check_state(name: str) -> None:
    if name.casefold() not in STATES:
        raise QueryError(f"no state {name!r}", resource="query", hint=nearest(name, STATES))


def _sort_limits(
    limits: Sequence[tuple[bool, Span | tuple[Filter, str]]],
) -> tuple[
    tuple[Span, ...], tuple[Span, ...], tuple[tuple[Filter, str], ...], tuple[tuple[Filter, str], ...]
]:
    """The spans to be in, those not to be in, the values to carry, those not to carry."""
    spans = [(negative, limit) for negative, limit in limits if isinstance(limit, Span)]
    values = [(negative, limit) for negative, limit in limits if not isinstance(limit, Span)]
    return (
        tuple(span for negative, span in spans if not negative),
        tuple(span for negative, span in spans if negative),
        tuple(value for negative, value in values if not negative),
        tuple(value for negative, value in values if negative),
    )


def _read_limit(clause: re.Match[str]) -> Span | tuple[Filter, str]:
    text = clause["plain"] or clause["quoted"]
    return (
        read_span(text) if clause["field"] == "time" else _read_named(cast("Filter", clause["field"]), text)
    )


def _read_named(field: Filter, text: str) -> tuple[Filter, str]:
    name = text.strip().casefold().replace(" ", "-")
    if name not in _NAMED[field]:
        raise QueryError(f"no {field} {text[:40]!r}", resource="query", hint=nearest(name, _NAMED[field]))
    return field, name


def _no_alternative() -> QueryError:
    return QueryError(
        "a time, a relation or a kind is no alternative of OR", resource="query", hint="search twice"
    )


def has_forms(term: Term) -> bool:
    """True for one typed word of letters: names of publishers, quoted words and beginnings are taken as typed."""
    named = term.field in {None, "headline", "body"}
    return named and len(term.words) == 1 and not term.exact and not term.prefix and term.words[0].isalpha()


def put_in_headline(parsed: ParsedQuery) -> ParsedQuery | None:
    """The required words, each in a headline: hits that have them all there come first. None for less than two of them.

    Words that name their own field are no part of it.
    """
    groups = [
        tuple(replace(term, field="headline") for term in group if term.field is None)
        for group in parsed.required
    ]
    groups = [group for group in groups if group]
    return ParsedQuery(tuple(groups)) if len(groups) > 1 else None


def _count_words(query: ParsedQuery) -> int:
    terms = {id(term): term for term in (*query.marked, *query.excluded)}.values()  # brackets repeat them
    return sum(1 for term in terms for word in term.words if len(word) > 1 or word.isascii())
