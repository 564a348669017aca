"""The command that makes the index in Elasticsearch or OpenSearch: index-setup."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from copytaster.errors import ConfigurationError
from copytaster.store import outbox
from copytaster.store.engine import Store
from newsdesk.cli.options import common_options, read_settings
from newsdesk.cli.output import print_json

if TYPE_CHECKING:
    from pathlib import Path


@click.command("index-setup")
@click.option("--dry-run", is_flag=True, help="Show what would be made; nothing is.")
@common_options
def index_setup(config: Path, data_dir: Path | None, *, as_json: bool, dry_run: bool) -> None:
    """Make templates, index and aliases on the search server, unless they are there. What is there stays.

    No index is made there by any other command but rebuild. Into a new one everything in the store is queued.

    \b
    Example:
      copytaster index-setup --dry-run
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    if not settings.elasticsearch.is_set:
        raise ConfigurationError(
            "no search server is named: the embedded index makes itself",
            resource="elasticsearch.url",
            hint="set COPYTASTER_ELASTICSEARCH__URL",
        )
    from indexer.elastic import ElasticIndex

    index = ElasticIndex(settings.elasticsearch)
    queued = 0
    try:
        plan = index.plan_setup()
        if not dry_run:
            if plan.live is None:
                queued = _queue_all(settings.store_url)  # first: a crash in between queues twice, no harm
            index.setup()
    finally:
        index.close()
    if as_json:
        print_json({"dry_run": dry_run, "queued": queued, **asdict(plan)})
        return
    click.echo(f"analysis profile: {plan.profile} ({plan.why})")
    for line in plan.making:
        click.echo(f"{'would put' if dry_run else 'put'} {line}")
    if plan.live:
        click.echo(f"the index is there: {plan.live}")
    elif not dry_run:
        click.echo(f"{queued} dispatches queued; the service or `copytaster index` writes them")


def _queue_all(store_url: str) -> int:
    store = Store(store_url)
    try:
        with store.write() as connection:
            return outbox.enqueue_since(connection, 0, at=datetime.now(UTC))
    finally:
        store.close()
