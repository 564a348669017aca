"""`copytaster evaluate`: the live pass over labelled documents, and the quality of its dispatches or relations."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from copytaster.errors import CopytasterError
from dedup.evaluation.evaluate import evaluate
from dedup.evaluation.labelled import read_documents
from newsdesk.cli.options import config_option, json_option, read_settings
from newsdesk.cli.output import print_json, print_table, progress_bar

if TYPE_CHECKING:
    from dedup.evaluation.evaluate import Evaluation

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("evaluate")
def evaluation() -> None:
    """Measure grouping and relations on labelled documents."""


@evaluation.command("grouping")
@click.option("--docs", type=_FILE, required=True, help="Documents: one JSON object a line, plain or .gz.")
@click.option("--pairs", type=_FILE, required=True, help="Labelled pairs: a, b and label, tab-separated.")
@click.option(
    "--groups",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the document and group ids to this file.",
)
@config_option
@json_option
def evaluate_grouping(docs: Path, pairs: Path, groups: Path | None, config: Path, as_json: bool) -> None:
    """Measure grouping: precision, recall, speed.

    Groups the documents in file order, with the rules of the live service.

    \b
    Example:
      copytaster evaluate grouping --docs day.docs.jsonl.gz --pairs day.pairs.tsv.gz
    """  # noqa: D301 - click reads the character
    settings = read_settings(config)
    with progress_bar() as bar:
        task = bar.add_task("grouping", total=None)
        result = evaluate(
            docs,
            pairs,
            settings.grouping,
            on_progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if groups is not None:
        _write_groups(groups, result)
    figures = _list_figures(result)
    if as_json:
        print_json(figures)
    else:
        rows = [(name.replace("_", " "), _format_figure(value)) for name, value in figures.items()]
        print_table(["figure", "value"], rows)


@evaluation.command("relations")
@click.option("--docs", type=_FILE, required=True, help="Documents: one JSON object a line, plain or .gz.")
@click.option(
    "--pairs", type=_FILE, required=True, help="Labelled pairs: a, b, label and relation, tab-separated."
)
@config_option
@json_option
def evaluate_relations(docs: Path, pairs: Path, config: Path, as_json: bool) -> None:
    """Measure relations: which stories retell or translate another.

    Groups the documents in file order and looks for relations, as the live service does. A pair counts as found
    if its dispatches are related, or are one dispatch.

    \b
    Example:
      copytaster evaluate relations --docs day.docs.jsonl.gz --pairs day.pairs.tsv.gz
    """  # noqa: D301 - click reads the character
    from dedup.evaluation.relations import find_relations, judge_kinds, read_wanted

    settings = read_settings(config)
    documents = read_documents(docs)
    wanted = read_wanted(pairs, documents)
    found = find_relations(documents, settings.grouping)
    scores = judge_kinds(found, wanted)
    if as_json:
        print_json(
            {
                "encoder": found.encoder,
                "cpu_ms": found.cpu_ms,
                "kinds": {
                    kind: {
                        "pairs": score.wanted,
                        "precision": score.precision,
                        "recall": score.recall,
                        "f1": score.f1,
                        "pairs_wrong": len(score.wrong),
                    }
                    for kind, score in scores.items()
                },
            }
        )
        return
    print_table(
        ["relation", "pairs", "precision", "recall", "F1", "wrong pairs"],
        [
            (
                kind,
                score.wanted,
                f"{score.precision:.4f}",
                f"{score.recall:.4f}",
                f"{score.f1:.4f}",
                len(score.wrong),
            )
            for kind, score in scores.items()
        ],
    )


def _list_figures(result: Evaluation) -> dict[str, Any]:
    left_out = {"assigned", "wrong", "missed"}
    figures = {name: value for name, value in asdict(result).items() if name not in left_out}
    return figures | {"pairs_wrong": len(result.wrong), "pairs_missed": len(result.missed)}


def _format_figure(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _write_groups(path: Path, result: Evaluation) -> None:
    lines = [f"{document}\t{dispatch}\n" for document, dispatch in result.assigned.items()]
    try:
        path.write_text("document\tgroup\n" + "".join(lines), encoding="utf-8")
    except OSError as error:
        raise CopytasterError(f"cannot be written: {error.strerror}", resource=str(path)) from error
