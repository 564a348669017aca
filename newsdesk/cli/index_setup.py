"""`copytaster index-setup`: create the index on Elasticsearch or OpenSearch."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from copytaster.errors import ConfigurationError
from copytaster.store.engine import Store
from indexer.filling import begin_filling
from newsdesk.cli.options import common_options, read_settings
from newsdesk.cli.output import print_json

if TYPE_CHECKING:
    from pathlib import Path


@click.command("index-setup")
@click.option(
    "--remove-stray",
    is_flag=True,
    help="Delete indices that have the names of our aliases, with all that is in them.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be created; create nothing.")
@common_options
def index_setup(
    config: Path, data_dir: Path | None, *, as_json: bool, dry_run: bool, remove_stray: bool
) -> None:
    """Create templates, index and aliases on the search server. An index that exists gets the fields that it lacks.

    Only this command and `rebuild` create an index on a server. A new index receives every dispatch of the store.

    Another program can make an index under the name of one of our aliases, which then cannot be made. Look what is in it:
    --remove-stray deletes it.

    \b
    Example:
      copytaster index-setup --dry-run
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    if not settings.elasticsearch.is_set:
        raise ConfigurationError(
            "no search server is configured; the built-in index needs no setup",
            resource="elasticsearch.url",
            hint="set COPYTASTER_ELASTICSEARCH__URL",
        )
    from indexer.elastic import ElasticIndex

    queued = 0
    with closing(ElasticIndex(settings.elasticsearch)) as index:
        strays = index.find_strays() if remove_stray else []
        for name in [] if dry_run else strays:
            index.remove_stray(name)
        plan = index.plan_setup()
        if not dry_run:
            if plan.live is None:
                queued = _queue_all(settings.store_url)  # before setup: after a crash it only queues twice
            index.setup()
    if as_json:
        print_json({"dry_run": dry_run, "queued": queued, "strays": strays, **asdict(plan)})
        return
    for name in strays:
        click.echo(
            f"{'would delete' if dry_run else 'deleted'} the index {name}, which had the name of an alias"
        )
    click.echo(f"analysis profile: {plan.profile} ({plan.why})")
    for line in plan.making:
        click.echo(f"{'would create' if dry_run else 'created'} {line}")
    if plan.live:
        click.echo(f"the index exists: {plan.live}")
    elif not dry_run:
        click.echo(f"{queued} dispatches queued; the service or `copytaster index` writes them")


def _queue_all(store_url: str) -> int:
    with closing(Store(store_url)) as store, store.write() as connection:
        return begin_filling(connection)
