"""`copytaster run`: the service, until it is stopped."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from newsdesk.cli.options import config_option, data_dir_option, read_settings

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@config_option
@data_dir_option
@click.option("--host", help="Address to serve the pages on.")
@click.option(
    "--role",
    "texts",
    multiple=True,
    metavar="ROLE",
    help="Do a part of the work: crawl, group, index or web, several with commas; needs PostgreSQL. All by default.",
)
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the pages; 0 takes any free port.")
def run(
    config: Path, data_dir: Path | None, host: str | None, port: int | None, texts: tuple[str, ...]
) -> None:
    """Run the service: schedule, crawl, group, index, search page, metrics.

    Ctrl-C or SIGTERM stops it: it takes in nothing more, finishes what is under way and exits within 30 s. A second
    service on the same store is on standby and takes over when the first one ends. On PostgreSQL several processes, on
    one machine or many, share the roles; `copytaster status` lists them.

    \b
    Example:
      copytaster run --config sources.toml --port 8600
      copytaster run --role group

    Exit code: 0 stopped, 69 store unreachable or no parser, 75 port taken or clock wrong, 78 configuration invalid, a part
    of the roles on SQLite, or another version of the store's schema.
    """  # noqa: D301
    web: dict[str, Any] = {
        name: value for name, value in (("host", host), ("port", port)) if value is not None
    }
    settings = read_settings(config, data_dir, **({"web": web} if web else {}))
    from newsdesk.roles import read_roles, require_shared_store

    roles = read_roles(texts)
    require_shared_store(roles, settings.store_url)
    # Only now is it known where compiled code is kept.
    from newsdesk.service import Service
    from spiders.sources.config import read_sources

    service = Service(settings, read_sources(config), config=config, roles=roles)
    try:
        asyncio.run(service.run())
    finally:
        service.close()
