"""The schema's revisions are Alembic's, though reading them does not import it."""

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from copytaster.store.schema import make_config, read_revisions


def test_the_newest_file_is_alembics_head_and_every_file_is_named_by_its_revision():
    script = ScriptDirectory.from_config(make_config())
    for revision in script.walk_revisions():
        assert revision.path.rpartition("/")[2].startswith(f"{revision.revision}_")
    with_files = {revision.revision for revision in script.walk_revisions()}
    assert script.get_current_head() == max(with_files)


def test_a_store_is_at_the_newest_revision(store):
    with store.read() as connection:
        current, newest = read_revisions(connection)
        assert current == newest == MigrationContext.configure(connection).get_current_revision()
