"""What the assignment of one version needs of the pass that runs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dedup.cache.version_cache import VersionCache
    from dedup.candidates.signature import Signer
    from dedup.candidates.window import CandidateWindow
    from dedup.decision.overrides import ManualDecisions
    from settings import GroupingSettings


@dataclass(frozen=True, slots=True)
class GroupingContext:
    """The parts of a pass that stay the same for every version of one transaction.

    Attributes:
        versions: the versions and dispatches in memory.
        window: the versions that can be proposed as candidates.
        signer: makes signatures by the recipe of this installation.
        recipe_id: the number of that recipe in the store.
        decisions: the manual decisions in force.
        settings: window length, history and the least number of words.
    """

    versions: VersionCache
    window: CandidateWindow
    signer: Signer
    recipe_id: int
    decisions: ManualDecisions
    settings: GroupingSettings

    @property
    def window_length(self) -> timedelta:
        """How far apart in time two versions of one dispatch may be."""
        return timedelta(hours=self.settings.window_hours)
