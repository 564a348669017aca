"""`copytaster explain`: why two stories stand together or apart, as an editor reads it."""

from __future__ import annotations

from contextlib import closing
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from copytaster.errors import UsageError
from copytaster.store.engine import Store
from copytaster.values import to_json
from dedup.explain.explain import explain_pair, explain_place
from newsdesk.cli.options import common_options, read_settings
from newsdesk.cli.output import print_json, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dedup.explain.rule_trace import Check, Question
    from dedup.explain.values import Explanation, OnlyIn, Side, Standpoint

BOTH = 2
WIDTH = 100  # where stdout is no terminal
QUOTED = 240  # characters of a passage
SPELLINGS = 6
SHOWN_EVIDENCE = 60  # characters of a piece
MINUTES = 60
_RELATIONS = {
    "original": "stands for its dispatch",
    "version": "another version",
    "verbatim": "word for word",
}
_JOINED = {"founded": "its dispatch began with it", "desk": "put here by people"}
_FIGURES = {
    "share": "share of the shorter, weighed",
    "weight": "matched weight in words",
    "matched_words": "words matched",
    "share_of_shorter": "share of the shorter",
    "share_of_longer": "share of the longer",
    "unquoted": "matched outside quotations",
    "leads": "both openings matched",
    "offset": "where in the longer it begins",
    "numbers": "numbers in common, of all",
    "numbers_kept": "numbers of the shorter kept",
    "figures": "different numbers in the shorter",
    "names": "different names in the shorter",
    "names_kept": "names of the shorter kept",
    "substitutions": "places where words were exchanged",
    "contradictions": "places where numbers contradict",
    "contested": "numbers put for others in one place",
    "hours": "hours apart",
    "precise": "different long numbers in the shorter",
    "precise_kept": "long numbers of the shorter kept",
    "rival": "words of the longest place where each has its own",
    "opening": "weight of the opening in common, in words",
    "opening_words": "its words",
    "opening_density": "how whole it is",
    "opening_unquoted": "its words outside quotations",
    "opening_contradictions": "places in it where numbers contradict",
}


@click.command()
@click.argument("stories", nargs=-1, required=True, metavar="STORY [STORY]")
@common_options
def explain(config: Path, data_dir: Path | None, as_json: bool, stories: Sequence[str]) -> None:
    """Why two stories stand together or apart; with one STORY, why it stands where it does.

    A STORY is a story's id (12), one version of it (12/2), a version's id (v34), or the address it was printed at. Of
    a story its newest version is meant. The rules are asked again, on the texts as they were weighed on arrival, and
    every comparison they make is shown.

    \b
    Example:
      copytaster explain 12 31
      copytaster explain https://outlet.example/ferry --json
    """  # noqa: D301 - click reads the character
    if len(stories) > BOTH:
        raise UsageError("one story or two", resource=" ".join(stories))
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.read() as connection:
        if len(stories) == BOTH:
            found: Any = explain_pair(connection, stories[0], stories[1], settings.grouping)
        else:
            found = explain_place(connection, stories[0], settings.grouping)
    if as_json:
        print_json(_to_json(found))
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH)
    for part in _show_pair(found) if len(stories) == BOTH else _show_place(found):
        console.print(part)


def _to_json(found: Any) -> Any:
    data = to_json(found)
    if isinstance(data, dict) and "path" in data:
        data["path"]["found"] = found.path.found
    return data


def _show_place(found: Standpoint) -> Iterator[Any]:
    side = found.side
    rule = str(side.evidence.get("rule", ""))
    yield say(_headline(side), "bold")
    yield Padding(_facts(side), (0, 0, 0, 2))
    others = found.members - 1
    yield ""
    if rule == "founded":
        yield say(f"{side.dispatch} began with it: when it came, nothing was alike enough.")
    else:
        score = side.evidence.get("score")
        weighed = f", score {score:.2f}" if isinstance(score, float) and score else ""
        yield say(f"It joined {side.dispatch} by the rule “{rule}”{weighed}.")
    yield say(f"{others} other {'version stands' if others == 1 else 'versions stand'} there.")
    for other in found.see_also:
        yield say(
            f"See also {other.get('dispatch')}: alike by {float(other.get('score', 0)):.2f}, not enough."
        )
    yield from _show_rulings(found.rulings)
    if found.because is not None:
        yield ""
        yield say("It came because of this one:", "bold")
        yield from _show_pair(found.because)


def _show_pair(found: Explanation) -> Iterator[Any]:
    verdict = "TOGETHER" if found.together else "APART"
    where = found.one.dispatch if found.together else f"{found.one.dispatch} and {found.other.dispatch}"
    yield Text.assemble((verdict, "bold green" if found.together else "bold yellow"), f"  in {where}")
    for sentence in found.why:
        yield Padding(say(sentence), (0, 0, 0, 2))
    for name, side in (("A", found.one), ("B", found.other)):
        yield ""
        came = "" if name == "A" else "came later · "
        yield Text.assemble((f"{name}  ", "bold cyan"), (came, "dim"), say(_headline(side), "bold"))
        yield Padding(_facts(side), (0, 0, 0, 3))
    if found.score.runs:  # where nothing is shared, every answer is no
        yield from _section("What the rules asked", list(_show_questions(found.questions)))
        yield from _section("The whole dispatch", [say(line) for line in _tell_agreement(found)])
        yield from _section(_count_passages(found), list(_show_passages(found)))
    yield from _section("Exchanged between them", list(_show_changes(found)))
    yield from _section("Numbers only one has", list(_show_only(found.numbers)))
    yield from _section("Names only one has", list(_show_only(found.names)))
    yield from _section("Standing text, which counts for nothing", list(_show_furniture(found.furniture)))
    yield from _section("Agency", list(_show_agency(found)))
    yield from _section("How they are found for each other", [say(line) for line in _tell_path(found)])
    yield from _show_rulings(found.rulings)


def _section(title: str, parts: Sequence[Any]) -> Iterator[Any]:
    if parts:
        yield ""
        yield say(title, "bold")
        yield Padding(Group(*parts), (0, 0, 0, 2))


def _headline(side: Side) -> str:
    return side.headline or "(without a headline)"


def _facts(side: Side) -> Group:
    when = side.published_at or side.seen_at
    version = f"version {side.number}, " if side.number > 1 else ""
    first = f"{side.publisher} · {version}{when:%Y-%m-%d %H:%M} UTC · {side.words} words · story {side.story}, v{side.version}"
    rule = str(side.evidence.get("rule", ""))
    joined = _JOINED.get(rule, f"joined by “{rule}”")
    came = f"{_RELATIONS.get(side.relation, side.relation)} · {joined} · {side.dispatch}"
    return Group(say(first, "dim"), say(side.url, "dim"), say(came, "dim"))


def _show_questions(questions: Sequence[Question], depth: int = 0) -> Iterator[Any]:
    shown: list[Question] = []
    for question in questions:
        if question in shown or not (question.checks or question.asked):
            continue
        shown.append(question)
        if not question.checks:  # it only asks others
            yield from _show_questions(question.asked, depth)
            continue
        meaning = (
            question.meaning.rstrip(".").removesuffix(", or None") or f"{question.name.replace('_', ' ')}?"
        )
        style = "" if question.answer not in (None, False) else "dim"
        line = Table.grid(padding=(0, 1))
        line.add_column(width=3, style="bold")
        line.add_column()
        line.add_row(_answer(question.answer), _name_rule(question.rule, say(meaning, style)))
        for rule, checks in _by_rule(question.checks).items():
            line.add_row("", _name_rule(rule if rule != question.rule else "", _show_checks(checks)))
        yield Padding(line, (0, 0, 0, 2 * depth))
        yield from _show_questions(question.asked, depth + 1)


def _answer(answer: Any) -> str:
    return "yes" if answer else "no"


def _name_rule(rule: str, meaning: Text) -> Text:
    return Text.assemble((f"{rule}: ", "bold"), meaning) if rule else meaning


def _by_rule(checks: Sequence[Check]) -> dict[str, list[Check]]:
    found: dict[str, list[Check]] = {}
    for check in checks:
        found.setdefault(check.rule, []).append(check)
    return found


def _show_checks(checks: Sequence[Check]) -> Text:
    line = Text()
    for place, check in enumerate(checks):
        again = place > 0 and checks[place - 1].figure == check.figure
        line.append(", " if again else "; " if place else "")
        line.append(f"{_tell_bound(check) if again else _tell_check(check)} ")
        line.append("yes" if check.held else "no", style="bold" if check.held else "dim")
    return line


def _tell_check(check: Check) -> str:
    figure = " ".join(_FIGURES.get(part, part.replace("_", " ")) for part in check.figure.split(" "))
    if check.figure == "leads":
        return figure + ":"
    return f"{figure} {_number(check.value)}, {_tell_bound(check)}"


def _tell_bound(check: Check) -> str:
    return f"{check.sign} {_number(check.threshold)}?"


def _number(value: float) -> str:
    return f"{value:g}" if float(value).is_integer() else f"{value:.2f}"


def _tell_agreement(found: Explanation) -> Iterator[str]:
    group = found.agreement
    verdict = (
        f"B would join {group.dispatch} by “{group.rule}”"
        if group.joins
        else f"B would not join {group.dispatch}"
    )
    yield f"{verdict}, were it the only one to choose."
    yield f"Mean agreement with {group.compared} of A's dispatch {group.mean:.2f}, needed {group.needed:.2f}."
    if group.with_founder is not None:
        yield f"Agreement with the version it began with {group.with_founder:.2f}, needed {group.founder_needed:.2f}."


def _count_passages(found: Explanation) -> str:
    count = len(found.score.runs)
    return f"{count} {'passage' if count == 1 else 'passages'} in common, {found.score.matched_words} words"


def _show_passages(found: Explanation) -> Iterator[Any]:
    for passage in found.passages:
        spelled = list(dict.fromkeys(_find_spellings(passage.one, passage.other)))
        others = f" · B prints {', '.join(spelled[:SPELLINGS])}" if spelled else ""
        yield say(f"{passage.words} words, weight {passage.weight:g}{others}", "dim")
        yield say(_cut(passage.one))
    if found.passages_left_out:
        yield say(f"and {found.passages_left_out} shorter ones", "dim")


def _find_spellings(one: str, other: str) -> Iterator[str]:
    """What the other prints differently within a passage that counts as the same."""
    ours, theirs = one.split(), other.split()
    matcher = SequenceMatcher(
        None, [_fold(word) for word in ours], [_fold(word) for word in theirs], autojunk=False
    )
    for tag, _, _, start, end in matcher.get_opcodes():
        if tag != "equal" and _fold("".join(theirs[start:end])):
            yield f"“{' '.join(theirs[start:end])}”"


def _fold(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _cut(text: str) -> str:
    return (
        text if len(text) <= QUOTED else f"{text[: QUOTED // 2].rstrip()} … {text[-QUOTED // 2 :].lstrip()}"
    )


def _show_changes(found: Explanation) -> Iterator[Any]:
    if not found.changes:
        return
    table = Table(box=None, pad_edge=False, header_style="cyan", show_edge=False)
    for name in ("A", "B", ""):
        table.add_column(name, overflow="fold")
    for change in found.changes:
        table.add_row(
            say(change.one or "–"),
            say(change.other or "–"),
            Text("numbers contradict", "red") if change.numbers else Text(""),
        )
    yield table
    if found.changes_left_out:
        yield say(f"and {found.changes_left_out} more", "dim")


def _show_only(only: OnlyIn) -> Iterator[Text]:
    for name, values in (("A", only.one), ("B", only.other)):
        if values:
            yield Text.assemble((f"{name}  ", "cyan"), say(", ".join(values)))


def _show_furniture(furniture: OnlyIn) -> Iterator[Text]:
    for name, paragraphs in (("A", furniture.one), ("B", furniture.other)):
        for paragraph in paragraphs:
            yield Text.assemble((f"{name}  ", "cyan"), say(_cut(paragraph)))


def _show_agency(found: Explanation) -> Iterator[Text]:
    for name, side in (("A", found.one), ("B", found.other)):
        sure = f"{side.agency} ({side.agency_confidence:.0%} sure)" if side.agency else "not named"
        pieces = "; ".join(
            f"{piece.get('kind')}: {_shorten(str(piece.get('text')))}" for piece in side.agency_evidence[:4]
        )
        yield Text.assemble((f"{name}  ", "cyan"), say(f"{sure}{f' · {pieces}' if pieces else ''}"))


def _shorten(text: str) -> str:
    return text if len(text) <= SHOWN_EVIDENCE else f"{text[:SHOWN_EVIDENCE].rstrip()} …"


def _tell_path(found: Explanation) -> Iterator[str]:
    path = found.path
    likeness = f", likeness of their signatures {path.likeness:.2f}" if path.likeness is not None else ""
    yield (
        f"{path.bands} of {path.of_bands} bands{likeness}."
        if path.of_bands
        else "No bands: one of them has too few words for a signature."
    )
    yield (
        f"{path.phrases} sampled phrases in common (of {path.of_phrases[0]} and {path.of_phrases[1]}), "
        f"{path.needed} needed."
    )
    for phrase in path.shown:
        yield f"  “{phrase}”"
    apart = f"{path.hours:.1f} hours" if path.hours >= 1 else f"{path.hours * MINUTES:.0f} minutes"
    yield f"{apart} apart; the window is {path.window_hours:g} hours."
    yield (
        "So one is proposed when the other comes." if path.found else "So neither is proposed for the other."
    )


def _show_rulings(rows: Sequence[Any]) -> Iterator[Any]:
    lines = []
    for row in rows:
        undone = f"; undone by {row.undone_by} {row.undone_at:%Y-%m-%d %H:%M}" if row.undone_at else ""
        lines.append(
            say(f"{row.id}: {row.kind} by {row.who}, {row.at:%Y-%m-%d %H:%M} UTC: {row.why}{undone}")
        )
    yield from _section("Decided by people", lines)
