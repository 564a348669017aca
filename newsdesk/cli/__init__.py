"""The command line: the list of commands, the errors and exit codes. Each command is in the module of its noun."""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from copytaster.errors import CopytasterError, ExitCode, nearest
from copytaster.masking.text import mask_secrets
from copytaster.masking.values import mask_value
from newsdesk.cli.masked_stream import masked_output

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

# Objects made before a collection, and collections before one of the next generation. By default it is 700: the imports
# of a command alone cause hundreds of collections that find nothing, a tenth of its processor time.
COLLECT = (50_000, 10, 10)

# name -> module:attribute and its line in the list of commands, so that `--help` imports no command
COMMANDS = {
    "demo": ("newsdesk.cli.demo:demo", "Run the whole service on a built-in fictional agency."),
    "run": ("newsdesk.cli.run:run", "Run the service: schedule, crawl, group, index, pages, metrics."),
    "crawl": ("newsdesk.cli.crawl:crawl_sources", "Collect from sources now, once."),
    "ingest": ("newsdesk.cli.ingest:ingest_files", "Store the stories of files or folders."),
    "parse": ("newsdesk.cli.ingest:parse_files", "Parse files and print the stories; store nothing."),
    "group": ("newsdesk.cli.group:group", "Group every version that waits, once."),
    "index": ("newsdesk.cli.index:write_index", "Write every document that waits to the index, once."),
    "search": ("newsdesk.cli.search:search", "Search dispatches."),
    "dispatch": ("newsdesk.cli.decisions:dispatch", "Show, list, split, merge and pin dispatches."),
    "view": ("newsdesk.cli.view:view", "List, add, remove, export and import views."),
    "subscription": (
        "newsdesk.cli.subscription:subscription",
        "Send matches of searches to people and programs.",
    ),
    "trace": ("newsdesk.cli.trace:trace", "Show where a story is, or why there is none."),
    "explain": ("newsdesk.cli.explain:explain", "Explain why two stories are in one dispatch or in two."),
    "review": ("newsdesk.cli.review:review", "Judge joins drawn at random, and show how grouping goes."),
    "regroup": ("newsdesk.cli.regroup:regroup_store", "Group all stories again, or preview other settings."),
    "reparse": ("newsdesk.cli.reparse:reparse_pages", "Read the kept pages again, the difference first."),
    "index-setup": ("newsdesk.cli.index_setup:index_setup", "Create the index on a search server."),
    "rebuild": ("newsdesk.cli.index:rebuild", "Build a new index from the store, beside the live one."),
    "source": ("newsdesk.cli.source:source", "Add, try, list, show, probe, pause and resume sources."),
    "token": ("newsdesk.cli.token:token", "Make, list and revoke tokens for senders and programs."),
    "status": ("newsdesk.cli.status:status", "Show each source, each part of the service, and what waits."),
    "runs": ("newsdesk.cli.runs:runs", "List due times and how each run ended."),
    "books": (
        "newsdesk.cli.books:show_books",
        "Show how many entries passed each gate, and why others did not.",
    ),
    "refill": ("newsdesk.cli.refill:refill_holes", "List holes and what can still be had; close them."),
    "alert": ("newsdesk.cli.alert:alert", "List, acknowledge and test alerts."),
    "doctor": ("newsdesk.cli.doctor:doctor", "Check store, index and configuration."),
    "scrub": ("newsdesk.cli.scrub:scrub", "Compare everything that is kept with its digest; repair it."),
    "backup": ("newsdesk.cli.backup:backup", "Copy the store to a checked backup while the service runs."),
    "restore": ("newsdesk.cli.backup:restore", "Check a backup, and restore it into an empty data folder."),
    "store": ("newsdesk.cli.store:store", "Copy the store to another database: SQLite or PostgreSQL."),
    "archive": ("newsdesk.cli.archive:archive", "Group archives of any size on Spark, and load them."),
    "retention": (
        "newsdesk.cli.retention:retention",
        "Preview, apply and undo what leaves the store by rule.",
    ),
    "audit": ("newsdesk.cli.audit:audit", "List what people wrote: who, when, what and from where."),
    "hold": ("newsdesk.cli.holds:hold", "Hold dispatches: they leave by no rule."),
    "release": ("newsdesk.cli.holds:release", "Release a dispatch that is held."),
    "takedown": ("newsdesk.cli.takedown:takedown", "Take one story down everywhere, and keep it out."),
    "embargo": ("newsdesk.cli.embargo:embargo", "List, show and release copy under embargo."),
    "quarantine": ("newsdesk.cli.quarantine:quarantine", "List, show and replay what could not be used."),
    "config": ("newsdesk.cli.config:config", "Show every setting, its value and its origin."),
    "wire": ("newsdesk.cli.wire:wire", "Parse datelines, headlines and credits."),
    "evaluate": ("newsdesk.cli.evaluate:evaluation", "Measure grouping and relations on labelled documents."),
}


class Commands(click.Group):
    """Imports a command when it is called; suggests the nearest name for an unknown one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order in which a story passes them."""
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
        """Find a command, or fail and suggest the nearest name."""
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
    """Collect wire copy, group the rewrites of one dispatch, and search the dispatches.

    A dispatch is one piece of agency copy, with every version and rewrite of it that publishers carry.

    \b
    Example:
      copytaster demo
      copytaster search '"grain corridor"' --agency Reuters --since 2026-11-20
    """  # noqa: D301 - click reads the character


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit; an error is one line on stderr and the exit code of its kind.

    Only the user can read the files a command writes: the store holds copy under embargo and addresses with keys.
    """
    os.umask(0o077)
    gc.set_threshold(*COLLECT)
    sys.excepthook = _print_traceback
    sys.exit(run_command(arguments))


def _print_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    sys.stderr.write(mask_secrets("".join(traceback.format_exception(kind, error, trace))))


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give back its exit code; an error is printed on stderr, and no secret anywhere."""
    with masked_output():
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    as_json = "--json" in (sys.argv[1:] if arguments is None else arguments)
    try:
        result: Any = cli.main(args=arguments, standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE if isinstance(error, click.UsageError) else ExitCode.FAILED
    except CopytasterError as error:
        _print_error(error, as_json=as_json)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    return result if isinstance(result, int) else ExitCode.DONE


def _print_error(error: CopytasterError, *, as_json: bool) -> None:
    if as_json:
        shape = mask_value({"error": error.message, "resource": error.resource, "hint": error.hint})
        click.echo(json.dumps(shape, ensure_ascii=False), err=True)
        return
    click.echo(f"error: {error}", err=True)
