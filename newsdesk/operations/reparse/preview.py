"""What new readings would do to the groups, computed in a shadow store."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from copytaster.store.engine import Store
from dedup.desk.readings import preview_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from copytaster.store.readings import NewReading
    from dedup.desk.regroup import Comparison
    from settings import Settings

    Progress = Callable[[str, int, int], None]

MOST_GROUPED = (
    20_000  # versions with another reading whose groups a preview computes: their texts are held in memory
)


def preview(
    store: Store, settings: Settings, changes: Mapping[int, NewReading], on_progress: Progress
) -> Comparison | None:
    """What these readings, by version, would do; None where there are none, or more than a preview computes."""
    if not changes or len(changes) > MOST_GROUPED:
        return None
    with TemporaryDirectory(prefix="copytaster-reparse-") as folder:
        shadow = Store(f"sqlite:///{Path(folder) / 'shadow.sqlite'}")
        with closing(shadow):
            return preview_groups(store, shadow, settings.grouping, changes, on_progress=on_progress)
