"""The revision of the store's schema, and the migration to the newest. Only a migration imports Alembic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect

from copytaster.errors import ConfigurationError
from copytaster.store.sealing import forget_rewritten

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION_TABLE = "alembic_version"
NEWER_SCHEMA = (
    "install the newer program again, or restore the backup from before its first start"  # the way out
)


def read_revisions(connection: Connection) -> tuple[str | None, str | None]:
    """The schema's revision, and the newest that this program knows.

    A migration's file is named by its revision, so that neither needs Alembic, whose import takes longer than most
    commands do.
    """
    return _read_current(connection), max(list_known())


def migrate(engine: Engine) -> None:
    """Migrate the schema to the newest revision. A schema that is current waits for no writer.

    Raises:
        ConfigurationError: the schema was made by a newer program.
    """
    with engine.begin() as connection:
        current, newest = read_revisions(connection)
        if current == newest:
            return
    with engine.execution_options(writes=True).begin() as connection:
        current, newest = read_revisions(connection)
        if current == newest:
            return
        if current is None:
            _require_new(connection)
        elif current not in list_known():
            raise ConfigurationError(
                f"the store's schema {current} is newer than this program",
                resource=engine.url.render_as_string(hide_password=True),
                hint=NEWER_SCHEMA,
            )
        _upgrade(connection)


def _require_new(connection: Connection) -> None:
    """A file with the tables of another program stays as it is; a database server may hold theirs beside ours."""
    names = sorted(inspect(connection).get_table_names()) if connection.dialect.name == "sqlite" else []
    if names and "versions" not in names:
        raise ConfigurationError(
            f"it is no store of Copytaster: it has the tables {', '.join(names[:3])}",
            resource=connection.engine.url.render_as_string(hide_password=True),
            hint="name another file, or move this one away",
        )


def list_known() -> set[str]:
    """The revisions that this program knows."""
    return {path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*_*.py")}


def _read_current(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSION_TABLE):
        return None
    revision: str | None = connection.exec_driver_sql(f"SELECT version_num FROM {_VERSION_TABLE}").scalar()  # noqa: S608
    return revision


def _upgrade(connection: Connection) -> None:
    from alembic import command

    config = make_config()
    config.attributes["connection"] = connection
    with forget_rewritten(connection):
        command.upgrade(config, "head")


def make_config() -> Config:
    """Alembic's configuration for the migrations of this program."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config
