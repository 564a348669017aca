"""What reading pages again found and did: counts that add up, and examples."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from copytaster.values import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from copytaster.store.readings import NewReading, Reading
    from newsdesk.operations.reparse.reader import ReadAgain

EXCERPT = 60  # characters of a text, from where it differs
_LEAD = 20  # characters before that
DIGEST = "digest"  # follows from the other columns


@dataclass(frozen=True, slots=True)
class Named:
    """A version that the report names; `why` is the reason, or what differs: column -> (before, after)."""

    version: int
    dispatch: str | None
    headline: str
    url: str
    why: str | Mapping[str, tuple[str, str]]


@dataclass(slots=True)
class Reparse:
    """Counts: versions = unchanged + changed + refused + embargoed + gone + waiting + left.

    Attributes:
        versions: how many there are in the period.
        changed: whose reading today is another; with `applied` it is in place.
        columns: of those, how many differ in each column.
        refused: that today's parser refuses, by reason; their stored reading stays.
        embargoed: that today's parser finds under embargo; their stored reading stays.
        gone: whose raw page is not in the store any more, or is damaged; nothing is guessed of them.
        waiting: that wait for grouping; the next call reads them.
        left: that changed while they were read, or whose row is damaged.
        dates_kept: whose date and authors stay as they are, since nobody kept what their feed said of them.
        quarantined: pages that gave no story and were tried again; `readable` of them give one today.
        number: of the call that put readings in place, by which it can be taken back.
    """

    applied: bool
    versions: int = 0
    unchanged: int = 0
    changed: int = 0
    columns: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    embargoed: int = 0
    gone: int = 0
    waiting: int = 0
    left: int = 0
    dates_kept: int = 0
    quarantined: int = 0
    readable: int = 0
    resumed: bool = False
    number: int | None = None
    examples: list[Named] = field(default_factory=list)
    refusals: list[Named] = field(default_factory=list)
    missing: list[Named] = field(default_factory=list)
    readable_ids: list[int] = field(default_factory=list)

    def count(self, found: ReadAgain, *, kept: bool, most: int) -> None:
        """Count a version that was read again; `kept` is False if its new reading could not be put in place."""
        reading = found.reading
        self.versions += 1
        self.dates_kept += not found.claims_known
        if found.refused is not None:
            self.refused[found.refused.reason] += 1
            _name(self.refusals, reading, found.refused.reason, most)
        elif found.held_until is not None:
            self.embargoed += 1
            _name(self.refusals, reading, f"embargoed until {found.held_until}", most)
        elif found.change is None:
            self.unchanged += 1
        elif not kept:
            self.left += 1
        else:
            self.changed += 1
            differing = found.change.after.keys() - {DIGEST} or {DIGEST}
            self.columns.update(differing)
            _name(self.examples, reading, _excerpt(found.change, sorted(differing)), most)

    def count_missing(self, reading: Reading, why: str, *, most: int) -> None:
        """Count a version whose raw page cannot be read."""
        self.versions += 1
        self.gone += 1
        _name(self.missing, reading, why, most)

    def count_waiting(self) -> None:
        """Count a version that waits for grouping."""
        self.versions += 1
        self.waiting += 1

    def to_plain(self) -> dict[str, Any]:
        """As JSON, for a call that goes on where this one ended."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        plain: dict[str, Any] = to_json({name: _to_dict(value) for name, value in values.items()})
        return plain

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Reparse:
        """The report of an interrupted call."""
        values = dict(plain)
        for name in ("columns", "refused"):
            values[name] = Counter(values[name])
        for name in ("examples", "refusals", "missing"):
            values[name] = [Named(**one) for one in values[name]]
        return cls(**values)


def _to_dict(value: Any) -> Any:
    return dict(value.most_common()) if isinstance(value, Counter) else value


def _name(names: list[Named], reading: Reading, why: str | Mapping[str, tuple[str, str]], most: int) -> None:
    if len(names) < most:
        headline = reading.values["headline"]
        names.append(Named(reading.version_id, reading.dispatch_id, headline, reading.url, why))


def _excerpt(change: NewReading, columns: list[str]) -> dict[str, tuple[str, str]]:
    return {name: _cut(_show(change.before[name]), _show(change.after[name])) for name in columns}


def _show(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else str(to_json(value))


def _cut(before: str, after: str) -> tuple[str, str]:
    """Both texts from shortly before the place where they begin to differ."""
    pairs = enumerate(zip(before, after, strict=False))
    differs = next((place for place, (one, other) in pairs if one != other), min(len(before), len(after)))
    start = max(0, differs - _LEAD) if max(len(before), len(after)) > EXCERPT else 0
    return _piece(before, start), _piece(after, start)


def _piece(text: str, start: int) -> str:
    end = start + EXCERPT
    return ("…" if start else "") + " ".join(text[start:end].split()) + ("…" if end < len(text) else "")
