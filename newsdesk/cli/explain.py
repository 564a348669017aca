"""`copytaster explain`: prints why two stories are in one dispatch or in two. The reasons come from `dedup.explain`."""

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
from dedup.decision.measures import FLAGS
from dedup.explain.explain import explain_pair, explain_place
from dedup.explain.sentences import show_number, sum_up_place
from newsdesk.cli.options import common_options, read_settings
from newsdesk.cli.output import one_line, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from copytaster.store.memberships import GroupedVersion
    from copytaster.store.relations import RelationRow
    from dedup.explain.rule_trace import RuleCheck, RuleTrace
    from dedup.explain.values import Explanation, OnlyIn, Placement

BOTH = 2
WIDTH = 100  # characters of a line where stdout is no terminal
QUOTED = 240  # characters of a passage
SPELLINGS = 6
SENTENCES = 4
SHOWN_EVIDENCE = 60  # characters of a piece
MINUTES = 60
_RELATIONS = {
    "original": "represents its dispatch",
    "version": "another version",
    "verbatim": "word for word",
}
_JOINED = {"founded": "founded its dispatch", "desk": "placed by people"}


@click.command()
@click.argument("stories", nargs=-1, required=True, metavar="STORY [STORY]")
@common_options
def explain(config: Path, data_dir: Path | None, as_json: bool, stories: Sequence[str]) -> None:
    """Explain why two stories are in one dispatch or in two.

    With one STORY it explains why that story is in its dispatch. A STORY is a story's id (12), one version of it
    (12/2), a version's id (v34), or the address it was printed at. Of a story the newest grouped version counts. The
    live rules run again on the texts as they were weighed on arrival, and every bound they compare is shown.

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


def _show_place(found: Placement) -> Iterator[Any]:
    side = found.side
    yield one_line(_headline(side), "bold")
    yield Padding(_facts(side), (0, 0, 0, 2))
    yield from _show_alterations(side)
    yield ""
    yield from map(one_line, sum_up_place(found))
    for other in found.see_also:
        yield one_line(
            f"See also {other.get('dispatch')}: share {float(other.get('score', 0)):.2f}, not enough to join."
        )
    yield from _show_decisions(found.decisions)
    if found.because is not None:
        yield ""
        yield one_line("It joined because of this version:", "bold")
        yield from _show_pair(found.because)


def _show_pair(found: Explanation) -> Iterator[Any]:
    word = "TOGETHER" if found.together else "APART"
    where = found.one.dispatch if found.together else f"{found.one.dispatch} and {found.other.dispatch}"
    yield Text.assemble((word, "bold green" if found.together else "bold yellow"), f"  in {where}")
    for sentence in found.why:
        yield Padding(one_line(sentence), (0, 0, 0, 2))
    if found.relation is not None:
        yield Padding(Group(*_show_relation(found.relation)), (0, 0, 0, 2))
    for name, side in (("A", found.one), ("B", found.other)):
        yield ""
        later = "" if name == "A" else "arrived later · "
        yield Text.assemble((f"{name}  ", "bold cyan"), (later, "dim"), one_line(_headline(side), "bold"))
        yield Padding(_facts(side), (0, 0, 0, 3))
        yield from _show_alterations(side)
    if found.score.runs:  # where no words are shared, the rules have nothing to show
        yield from _section("What the rules compared", list(_show_traces(found.traces)))
        yield from _section("The whole dispatch", [one_line(line) for line in _describe_agreement(found)])
        yield from _section(_count_passages(found), list(_show_passages(found)))
    yield from _section("Words exchanged", list(_show_changes(found)))
    yield from _section("Numbers only one has", list(_show_only(found.numbers)))
    yield from _section("Names only one has", list(_show_only(found.names)))
    yield from _section("Boilerplate, which counts for nothing", list(_show_boilerplate(found.boilerplate)))
    yield from _section("Agency", list(_show_agency(found)))
    yield from _section(
        "How the candidate index connects them", [one_line(line) for line in _describe_path(found)]
    )
    yield from _show_decisions(found.decisions)


def _show_relation(row: RelationRow) -> Iterator[Any]:
    """How one dispatch tells the other's news again: the figures, the facts, and the nearest sentences."""
    again = "translates" if row.kind == "translated" else "retells"
    decided = (
        f"{row.state} by {row.decided_by}" if row.decided_by else f"{row.state}, {row.confidence:.0%} sure"
    )
    yield one_line(f"{row.dispatch_id} {again} the news of {row.other_dispatch}: {decided}.", "bold")
    near = row.evidence.get("nearness") or {}
    yield one_line(
        f"Nearness of its sentences {near.get('of_later', 0):.2f}, of the earlier ones {near.get('of_earlier', 0):.2f},"
        f" by {row.encoder} ({row.encoder_version})."
    )
    for label, values in (
        ("Numbers in both", row.evidence.get("numbers") or ()),
        ("Names in both", [" / ".join(dict.fromkeys(pair)) for pair in row.evidence.get("names") or ()]),
        ("Quotations in both", [f"“{later}”" for _, later in row.evidence.get("quotes") or ()]),
        ("Numbers only in the earlier", row.evidence.get("only_earlier") or ()),
        ("Numbers only in the later", row.evidence.get("only_later") or ()),
    ):
        if values:
            yield one_line(f"{label}: {', '.join(values)}")
    for pair in (row.evidence.get("sentences") or ())[:SENTENCES]:
        yield one_line(f"{pair['nearness']:.2f}  {pair['later'][:QUOTED]}")
        yield one_line(f"      {(pair['earlier'] or '(no counterpart)')[:QUOTED]}", "dim")


def _show_alterations(side: GroupedVersion) -> Iterator[Any]:
    """What the version gives otherwise than the text it carries."""
    lines = [
        one_line(f"{fact['kind']}: “{fact['copy']}” for “{fact['agency']}”", "yellow")
        for fact in side.altered_facts
    ]
    more = (side.altered_count or 0) - len(lines)
    lines += [one_line(f"and {more} more", "yellow")] if more > 0 else []
    yield from _section("Facts that differ from the text it carries", lines)


def _section(title: str, parts: Sequence[Any]) -> Iterator[Any]:
    if parts:
        yield ""
        yield one_line(title, "bold")
        yield Padding(Group(*parts), (0, 0, 0, 2))


def _headline(side: GroupedVersion) -> str:
    return side.headline or "(without a headline)"


def _facts(side: GroupedVersion) -> Group:
    when = side.published_at or side.seen_at
    version = f"version {side.number}, " if side.number > 1 else ""
    first = f"{side.publisher} · {version}{when:%Y-%m-%d %H:%M} UTC · {side.words} words · story {side.story}, v{side.version}"
    rule = str(side.evidence.get("rule", ""))
    joined = _JOINED.get(rule, f"joined by “{rule}”")
    relation = "altered" if side.altered_count else side.relation
    membership = f"{_RELATIONS.get(relation, relation)} · {joined} · {side.dispatch}"
    return Group(one_line(first, "dim"), one_line(side.url, "dim"), one_line(membership, "dim"))


def _show_traces(traces: Sequence[RuleTrace], depth: int = 0) -> Iterator[Any]:
    shown: list[RuleTrace] = []
    for trace in traces:
        if trace in shown:
            continue
        shown.append(trace)
        meaning = one_line(trace.meaning.rstrip("."), "" if trace.answer else "dim")
        if not depth:
            meaning = Text.assemble((f"{trace.rule or 'against'}: ", "bold"), meaning)
        line = Table.grid(padding=(0, 1))
        line.add_column(width=3, style="bold")
        line.add_column()
        line.add_row("yes" if trace.answer else "no", meaning)
        if trace.checks:
            line.add_row("", _show_checks(trace.checks))
        yield Padding(line, (0, 0, 0, 2 * depth))
        yield from _show_traces(trace.inner, depth + 1)


def _show_checks(checks: Sequence[RuleCheck]) -> Text:
    line = Text()
    for number, check in enumerate(checks):
        again = number > 0 and checks[number - 1].figure == check.figure
        line.append(", " if again else "; " if number else "")
        line.append(f"{_describe_bound(check) if again else _describe_check(check)} ")
        line.append("yes" if check.held else "no", style="bold" if check.held else "dim")
    return line


def _describe_check(check: RuleCheck) -> str:
    if check.figure in FLAGS:
        return f"{check.words}:"
    return f"{check.words} {show_number(check.value)}, {_describe_bound(check)}"


def _describe_bound(check: RuleCheck) -> str:
    return f"{check.sign} {show_number(check.threshold)}?"


def _describe_agreement(found: Explanation) -> Iterator[str]:
    group = found.agreement
    rule = f" by “{group.rule}”" if group.joins else ""
    yield (
        f"B {'would' if group.joins else 'would not'} join {group.dispatch}{rule}, if there were no other dispatch."
    )
    members = f"{group.compared} {'member' if group.compared == 1 else 'members'} of A's dispatch"
    yield f"Mean agreement with {members} {group.mean:.2f}, needed {group.needed:.2f}."
    if group.with_founder is not None:
        yield f"Agreement with its founder {group.with_founder:.2f}, needed {group.founder_needed:.2f}."


def _count_passages(found: Explanation) -> str:
    count = len(found.score.runs)
    return f"{count} {'passage' if count == 1 else 'passages'} in common, {found.score.matched_words} words"


def _show_passages(found: Explanation) -> Iterator[Any]:
    for passage in found.passages:
        spelled = list(dict.fromkeys(_find_spellings(passage.one, passage.other)))
        others = f" · B prints {', '.join(spelled[:SPELLINGS])}" if spelled else ""
        yield one_line(f"{passage.words} words, weight {passage.weight:g}{others}", "dim")
        yield one_line(_cut(passage.one))
    if found.passages_left_out:
        yield one_line(f"and {found.passages_left_out} shorter ones", "dim")


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
            one_line(change.one or "–"),
            one_line(change.other or "–"),
            Text("numbers contradict", "red") if change.numbers else Text(""),
        )
    yield table
    if found.changes_left_out:
        yield one_line(f"and {found.changes_left_out} more", "dim")


def _show_only(only: OnlyIn) -> Iterator[Text]:
    for name, values in (("A", only.one), ("B", only.other)):
        if values:
            yield Text.assemble((f"{name}  ", "cyan"), one_line(", ".join(values)))


def _show_boilerplate(boilerplate: OnlyIn) -> Iterator[Text]:
    for name, paragraphs in (("A", boilerplate.one), ("B", boilerplate.other)):
        for paragraph in paragraphs:
            yield Text.assemble((f"{name}  ", "cyan"), one_line(_cut(paragraph)))


def _show_agency(found: Explanation) -> Iterator[Text]:
    for name, side in (("A", found.one), ("B", found.other)):
        sure = f"{side.agency} ({side.agency_confidence:.0%} sure)" if side.agency else "not named"
        pieces = "; ".join(
            f"{piece.get('kind')}: {_shorten(str(piece.get('text')))}" for piece in side.agency_evidence[:4]
        )
        yield Text.assemble((f"{name}  ", "cyan"), one_line(f"{sure}{f' · {pieces}' if pieces else ''}"))


def _shorten(text: str) -> str:
    return text if len(text) <= SHOWN_EVIDENCE else f"{text[:SHOWN_EVIDENCE].rstrip()} …"


def _describe_path(found: Explanation) -> Iterator[str]:
    path = found.path
    likeness = f", estimated likeness {path.likeness:.2f}" if path.likeness is not None else ""
    yield (
        f"{path.bands} of {path.of_bands} bands of their signatures in common{likeness}."
        if path.of_bands
        else "No bands: one of them has no signature, or the two signatures are of different recipes."
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
        "So it proposes one when the other arrives."
        if path.found
        else "So it proposes neither for the other."
    )


def _show_decisions(rows: Sequence[Any]) -> Iterator[Any]:
    lines = []
    for row in rows:
        undone = f"; undone by {row.undone_by} {row.undone_at:%Y-%m-%d %H:%M}" if row.undone_at else ""
        lines.append(
            one_line(f"{row.id}: {row.kind} by {row.who}, {row.at:%Y-%m-%d %H:%M} UTC: {row.why}{undone}")
        )
    yield from _section("Manual decisions", lines)
