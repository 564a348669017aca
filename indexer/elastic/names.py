"""The names of indices, aliases and templates."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.elastic.mapping import MAPPING, Kind


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one installation; `prefix` keeps installations on one server apart.

    Attributes:
        kind: dispatches, or single stories where an installation indexes those as well.
        read: the alias for searches and dashboards; its name never changes.
        write: the alias of the index that writers write to.
        building: the alias of an index that a rebuild fills; while it exists, writers write to both.
        previous: the alias of the index that the last rebuild replaced.
    """

    prefix: str
    kind: Kind = "dispatches"

    @property
    def stories(self) -> Names:
        """The names of the index of single stories."""
        return Names(self.prefix, "stories")

    @property
    def read(self) -> str:
        """The alias for readers."""
        return f"{self.prefix}-{self.kind}"

    @property
    def write(self) -> str:
        """The alias for writers."""
        return f"{self.read}-write"

    @property
    def building(self) -> str:
        """The alias of an index that a rebuild fills."""
        return f"{self.read}-building"

    @property
    def previous(self) -> str:
        """The alias of the index that the last rebuild replaced."""
        return f"{self.read}-previous"

    @property
    def aliases(self) -> tuple[str, ...]:
        """Every alias."""
        return self.read, self.write, self.building, self.previous

    @property
    def pattern(self) -> str:
        """Every index of this kind, and no alias."""
        return f"{self.read}-v*"

    @property
    def settings_template(self) -> str:
        """The component template that holds settings."""
        return f"{self.read}-settings"

    @property
    def mapping_template(self) -> str:
        """The component template that holds the mapping."""
        return f"{self.read}-mapping"

    def index(self, number: int) -> str:
        """The name of an index; numbers only grow."""
        return f"{self.read}-v{MAPPING}-{number:06}"
