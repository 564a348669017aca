"""What the stages of one process have still to do before it groups."""

from __future__ import annotations

from contextlib import closing

import pytest

from copytaster.store.engine import Store
from indexer.factory import open_index
from newsdesk.operations.health import Health
from newsdesk.roles import EVERY_ROLE, Role
from newsdesk.stages import LOOKING, Stages
from settings import Settings
from spiders.sources.config import Sources
from spiders.sources.live import LiveSources


@pytest.fixture
def make_stages(tmp_path):
    settings = Settings(data_dir=tmp_path)
    with closing(Store(settings.store_url)) as store, closing(open_index(settings)) as index:

        def make(roles, *, is_scheduling=True):
            return Stages(
                store,
                index,
                settings,
                roles,
                health=Health(store),
                sources=LiveSources(Sources()),
                is_scheduling=lambda: is_scheduling,
                on_intervals=lambda: None,
            )

        yield make


def test_a_process_that_is_to_group_says_that_it_has_to_compile_until_it_has(make_stages):
    stages = make_stages(EVERY_ROLE)
    assert "compiling" in stages.describe_starting()["grouping"]
    assert stages.grouping.warm_up()
    assert stages.describe_starting() == {}


def test_it_does_not_say_that_it_is_ready_before_it_knows_who_groups(make_stages):
    """Its lease is held by nobody and by nobody else, as in the first milliseconds after a start."""
    stages = make_stages(EVERY_ROLE)
    stages._grouping_lease = lease = stages._make_lease()
    assert stages.describe_starting() == {"grouping": LOOKING}
    lease.has_looked = True  # another process has it
    assert stages.describe_starting() == {}


def test_a_process_for_which_another_groups_has_nothing_to_do_first(make_stages):
    assert make_stages(EVERY_ROLE, is_scheduling=False).describe_starting() == {}
    assert make_stages(frozenset({Role.WEB})).describe_starting() == {}
