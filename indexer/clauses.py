"""How a typed search was understood: its clauses, each with its place in the text and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copytaster.errors import QueryError
from indexer.query import find_clauses, parse_query, read_operator
from indexer.variants import add_variants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.days import Span
    from indexer.query import ParsedQuery, Term


@dataclass(frozen=True, slots=True)
class Clause:
    """What one part of a text searches for.

    Attributes:
        source: as typed.
        words: as understood: `strike or walkout`, `not football`, `exactly “has died”`.
        also: other spellings that are found too.
        rest: the text without it.
    """

    source: str
    words: str
    also: tuple[str, ...]
    rest: str


def list_clauses(text: str) -> list[Clause]:
    """The clauses of a text that can be parsed, in its order; a pasted text is one.

    Raises:
        QueryError: see `parse_query`.
    """
    if parse_query(text).is_pasted:
        return [Clause(text, "a pasted text: one of some runs of its words", (), "")]
    found = (_describe(text, start, end) for start, end in _divide(text))
    return [clause for clause in found if clause is not None]


def _divide(text: str) -> Iterator[tuple[int, int]]:
    """Where each clause begins and ends; what OR joins is one clause, and so are brackets."""
    spans: list[list[int]] = []
    depth, joins, begun = 0, False, -1
    for found in find_clauses(text):
        operator = read_operator(found) if not depth else None
        if operator:
            joins = operator == "OR" and bool(spans)
            begun = found.start() if operator == "NOT" else -1
            continue
        if not depth and not found["close"]:
            start = begun if begun >= 0 else found.start()
            if joins:
                spans[-1][1] = found.end()
            else:
                spans.append([start, found.end()])
            joins, begun = False, -1
        depth = max(0, depth + bool(found["open"]) - bool(found["close"]))
        if spans and (depth or found["close"]):
            spans[-1][1] = found.end()
    return ((start, end) for start, end in spans)


def _describe(text: str, start: int, end: int) -> Clause | None:
    """One clause; None for marks without a word, which a search ignores."""
    source = text[start:end]
    rest = " ".join(f"{text[:start]} {text[end:]}".split()).removesuffix(" OR").removesuffix(" NOT")
    try:
        parsed = parse_query(source)
    except QueryError:
        return None
    typed = {term.words for term in (*parsed.marked, *parsed.excluded)}
    varied = add_variants(parsed)
    also = [" ".join(term.words) for term in (*varied.marked, *varied.excluded) if _is_other(term, typed)]
    return Clause(source, _say(parsed) or source, tuple(dict.fromkeys(also)), rest)


def _is_other(term: Term, typed: set[tuple[str, ...]]) -> bool:
    return (
        not term.keyed and term.field != "dateline" and term.words not in typed
    )  # places would be a long list


def _say(parsed: ParsedQuery) -> str:
    groups = [" or ".join(dict.fromkeys(_name(term) for term in group)) for group in parsed.required]
    said = groups if len(groups) == 1 else []  # brackets of several words say it best themselves
    if parsed.excluded:
        said.append("not " + " or ".join(dict.fromkeys(map(_name, parsed.excluded))))
    said += [f"published {_name_span(span)}" for span in parsed.within]
    said += [f"not published {_name_span(span)}" for span in parsed.without]
    said += [f"{field}: {value}" for field, value in parsed.carried]
    said += [f"not {field}: {value}" for field, value in parsed.not_carried]
    return ", ".join(said) if len(groups) <= 1 else ""


def _name(term: Term) -> str:
    words = " ".join(term.words)
    if term.exact:
        words = f"exactly “{words}”"
    elif len(term.words) > 1:
        words = f"“{words}”"
    words = f"{words}…" if term.prefix else words
    return f"{term.field}: {words}" if term.field else words


def _name_span(span: Span) -> str:
    if span.first == span.last:
        return f"on {span.first}"
    begin = f"from {span.first}" if span.first else ""
    return " ".join(part for part in (begin, f"to {span.last}" if span.last else "") if part)
