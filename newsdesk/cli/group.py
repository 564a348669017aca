"""`copytaster group` and `copytaster evaluate`: the pass over what waits, and the same pass over labelled documents."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from copytaster.errors import CopytasterError
from copytaster.store.engine import Store
from copytaster.store.versions import count_waiting
from dedup.evaluation.evaluate import evaluate as evaluate_grouping
from newsdesk.cli.options import common_options, config_option, json_option, read_settings
from newsdesk.cli.output import print_json, print_table, progress_bar
from newsdesk.pipeline import GroupingStage

if TYPE_CHECKING:
    from dedup.evaluation.evaluate import Evaluation
    from settings import Settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@common_options
def group(config: Path, data_dir: Path | None, as_json: bool) -> None:
    r"""Group what waits for grouping, once.

    \b
    Example:
      copytaster group --json
    """
    settings = read_settings(config, data_dir)
    counts = _group_all(settings)
    if as_json:
        print_json(counts)
    else:
        print_table(["versions", "dispatches founded", "joined"], [list(counts.values())])


def _group_all(settings: Settings) -> dict[str, int]:
    with closing(Store(settings.store_url)) as store:
        with store.read() as connection:
            waiting = count_waiting(connection)
        grouping = GroupingStage(store, settings.grouping)
        with progress_bar() as bar:
            task = bar.add_task("grouping", total=waiting)
            verdicts = Counter(
                outcome.verdict
                for outcome in grouping.group_all(on_progress=lambda done: bar.update(task, completed=done))
            )
            while grouping.backfill_slice():
                pass
    return {"versions": verdicts.total(), "founded": verdicts["founded"], "joined": verdicts["joined"]}


@click.group()
def evaluate() -> None:
    """Measure quality on labelled documents."""


@evaluate.command()
@click.option("--docs", type=_FILE, required=True, help="Documents: one JSON object a line, plain or .gz.")
@click.option("--pairs", type=_FILE, required=True, help="Labelled pairs: a, b, label, separated by tabs.")
@click.option(
    "--groups", type=click.Path(dir_okay=False, path_type=Path), help="Write document and group ids here."
)
@config_option
@json_option
def grouping(docs: Path, pairs: Path, groups: Path | None, config: Path, as_json: bool) -> None:
    r"""The pass of the live service over labelled documents, in file order.

    \b
    Example:
      copytaster evaluate grouping --docs day.docs.jsonl.gz --pairs day.pairs.tsv.gz
    """
    settings = read_settings(config)
    with progress_bar() as bar:
        task = bar.add_task("grouping", total=None)
        result = evaluate_grouping(
            docs,
            pairs,
            settings.grouping,
            on_progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if groups is not None:
        _write_groups(groups, result)
    figures = _figures(result)
    if as_json:
        print_json(figures)
    else:
        print_table(
            ["figure", "value"], [(name.replace("_", " "), _show(value)) for name, value in figures.items()]
        )


def _figures(result: Evaluation) -> dict[str, Any]:
    left_out = {"assigned", "wrong", "missed"}
    figures = {name: value for name, value in asdict(result).items() if name not in left_out}
    return figures | {"pairs_wrong": len(result.wrong), "pairs_missed": len(result.missed)}


def _show(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _write_groups(path: Path, result: Evaluation) -> None:
    lines = [f"{document}\t{dispatch}\n" for document, dispatch in result.assigned.items()]
    try:
        path.write_text("document\tgroup\n" + "".join(lines), encoding="utf-8")
    except OSError as error:
        raise CopytasterError(f"cannot be written: {error.strerror}", resource=str(path)) from error
