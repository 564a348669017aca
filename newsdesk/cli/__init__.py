"""The command line: one command group, each command in the module of its noun, loaded when it is called."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from copytaster.errors import CopytasterError, UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

# name -> module:attribute and the line shown in the list of commands, so that `--help` imports none of them
COMMANDS = {
    "demo": ("newsdesk.cli.demo:demo", "The whole service on built-in sites."),
    "run": ("newsdesk.cli.run:run", "The service: schedule, crawl, group, index, search page, metrics."),
    "crawl": ("newsdesk.cli.crawl:crawl", "Collect from sources now, once."),
    "ingest": ("newsdesk.cli.crawl:ingest", "Take files or folders into the store."),
    "parse": ("newsdesk.cli.crawl:parse", "Parse files; nothing is stored."),
    "group": ("newsdesk.cli.group:group", "Group what waits for grouping, once."),
    "index": ("newsdesk.cli.index:write_index", "Write what waits for the index, once."),
    "search": ("newsdesk.cli.search:search", "Search dispatches."),
    "dispatch": ("newsdesk.cli.decisions:dispatch", "Show, list, split, merge and pin dispatches."),
    "explain": ("newsdesk.cli.explain:explain", "Explain why two stories are in one dispatch or in two."),
    "regroup": ("newsdesk.cli.regroup:regroup", "Group anew, or say what other settings would change."),
    "index-setup": (
        "newsdesk.cli.elastic:index_setup",
        "Make the index on a search server.",
    ),
    "rebuild": ("newsdesk.cli.index:rebuild", "Make the index anew from the store."),
    "source": ("newsdesk.cli.source:source", "Add, list, show, probe, pause and resume sources."),
    "status": ("newsdesk.cli.status:status", "What each source did last, and what waits."),
    "runs": ("newsdesk.cli.runs:runs", "The ledger: every due time and how it ended."),
    "doctor": ("newsdesk.cli.doctor:doctor", "Check that the books balance."),
    "quarantine": ("newsdesk.cli.quarantine:quarantine", "What could not be used, and its replay."),
    "config": ("newsdesk.cli.config:config", "Show every setting and where its value comes from."),
    "wire": ("newsdesk.cli.wire:wire", "Wire grammar: datelines, headlines, credits."),
    "evaluate": ("newsdesk.cli.group:evaluate", "Measure grouping on labelled documents."),
}


class Commands(click.Group):
    """A group that imports a command when it is called and names the nearest one when it is unknown."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of the road a story takes."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command or fail with the nearest name."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            ctx.fail(f"no such command {args[0]!r}, {nearest(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="copytaster")
def cli() -> None:
    """See at once which pieces of wire copy are the same story.

    \b
    Example:
      copytaster demo
      copytaster search '"grain corridor"' --agency Reuters --since 2026-11-20
    """  # noqa: D301 - click reads the character


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; every error ends as one line on stderr and the exit code of its kind.

    What the command writes is readable by its user alone: the store holds copy under embargo and addresses with keys.
    """
    os.umask(0o077)
    sys.exit(run_command(arguments))


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give back its exit code; an error is printed on stderr."""
    as_json = "--json" in (sys.argv[1:] if arguments is None else arguments)
    try:
        result: Any = cli.main(args=arguments, standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return UsageError.exit_code if isinstance(error, click.UsageError) else 1
    except CopytasterError as error:
        _show(error, as_json=as_json)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return result if isinstance(result, int) else 0


def _show(error: CopytasterError, *, as_json: bool) -> None:
    if as_json:
        shape = {"error": error.message, "resource": error.resource, "hint": error.hint}
        click.echo(json.dumps(shape, ensure_ascii=False), err=True)
        return
    click.echo(f"error: {error}", err=True)
