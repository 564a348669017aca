"""What a host's pages have taught so far, and the template that follows from it. Pure.

A template takes three pages that agree: of different addresses, with different texts. Every twentieth page is read whole
all the same, and so is each page that is unlike the taught ones; both teach. One page thus can only take names out of a
template, never put one in.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from spiders.parsing.template_values import Observation, Template, observation_from_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

State = Literal["learning", "trusted", "pinned"]

ENOUGH = 3  # pages that agree
KEPT = 8  # pages
CHECKED = 20  # one address in so many is read whole
_SEEN_ON = 2  # pages on which an element was outside the story
_RECENT = 10  # pages
_DRIFT = 4  # of them unlike the taught ones: the layout has changed
_CHANGES = 10


@dataclass(frozen=True, slots=True)
class Change:
    """When and why a template got its version."""

    version: int
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Lessons:
    """All that is known of the layout of a host.

    Attributes:
        taught: the last pages that were read whole, oldest first.
        template: what follows from them; None while they are too few.
        version: how often the template has changed.
        pinned: it no longer changes.
        used: pages read with the present version.
        recent: of the last pages that had a template, whether each was like the taught ones: `+` or `-`.
        drifted_at: when so many of them were last unlike that the layout must have changed.
        changes: the last ones, oldest first.
    """

    taught: tuple[Observation, ...] = ()
    template: Template | None = None
    version: int = 0
    pinned: bool = False
    used: int = 0
    recent: str = ""
    drifted_at: datetime | None = None
    changes: tuple[Change, ...] = ()

    @property
    def state(self) -> State:
        """What the next page meets."""
        if self.template is None:
            return "learning"
        return "pinned" if self.pinned else "trusted"


def choose_template(lessons: Lessons, address: str) -> Template | None:
    """The template for a page; None for one that is read whole. The same address gets the same answer."""
    is_check = not lessons.pinned and sum(address.encode("utf-8", "replace")) % CHECKED == 0
    return None if is_check else lessons.template


def note_use(lessons: Lessons, pages: int = 1) -> Lessons:
    """The lessons after pages that were read with the template."""
    recent = (lessons.recent + "+" * min(pages, _RECENT))[-_RECENT:]
    return replace(lessons, used=lessons.used + pages, recent=recent)


def note_page(lessons: Lessons, seen: Observation, *, at: datetime) -> Lessons:
    """The lessons after a page that was read whole, at this moment."""
    has_drifted = False
    if seen.refused and lessons.template is not None:
        recent = f"{lessons.recent}-"[-_RECENT:]
        has_drifted = recent.count("-") >= _DRIFT
        lessons = replace(lessons, recent=recent, drifted_at=at if has_drifted else lessons.drifted_at)
    if not seen.outside:
        return lessons
    others = [page for page in lessons.taught if seen.address != page.address and seen.text != page.text]
    lessons = replace(lessons, taught=(*others, seen)[-KEPT:])
    if lessons.pinned:
        return lessons
    if has_drifted:
        unlike = tuple(page for page in lessons.taught if page.refused)
        return _change(replace(lessons, taught=unlike, recent=""), "the layout has changed", at)
    return _change(lessons, _reason(lessons, seen), at)


def pin(lessons: Lessons, *, pinned: bool) -> Lessons:
    """The lessons whose template stays as it is, or changes again."""
    return replace(lessons, pinned=pinned)


def _reason(lessons: Lessons, seen: Observation) -> str:
    if lessons.template is None:
        return f"{len(lessons.taught)} pages agree"
    lost = lessons.template.skips.keys() & set(seen.inside)
    return f"{min(lost)} holds part of a story" if lost else "another page was read whole"


def _change(lessons: Lessons, why: str, at: datetime) -> Lessons:
    """The lessons with the template that follows from the taught pages; it is a new version if its names differ."""
    before, after = lessons.template, learn(lessons.taught)
    if (before and before.skips.keys()) == (after and after.skips.keys()):
        return replace(lessons, template=after and replace(after, version=lessons.version))
    version = lessons.version + 1
    changes = (*lessons.changes, Change(version, at, why))[-_CHANGES:]
    after = after and replace(after, version=version)
    return replace(lessons, template=after, version=version, used=0, changes=changes)


def learn(taught: Sequence[Observation]) -> Template | None:
    """The template on which these pages agree; None for too few pages."""
    if len(taught) < ENOUGH:
        return None
    inside = {key for page in taught for key in page.inside}
    pages = Counter(key for page in taught for key in page.outside)
    named = sorted(key for key, number in pages.items() if number >= _SEEN_ON and key not in inside)
    most = {key: max(page.outside.get(key, 0) for page in taught) for key in named}
    return Template(most, min(page.body for page in taught), all(page.has_headline for page in taught))


def lessons_to_json(lessons: Lessons) -> dict[str, Any]:
    """Plain JSON, to keep."""
    data = asdict(lessons)
    data["drifted_at"] = lessons.drifted_at.isoformat() if lessons.drifted_at else None
    data["changes"] = [asdict(change) | {"at": change.at.isoformat()} for change in lessons.changes]
    return data


def lessons_from_json(data: Mapping[str, Any]) -> Lessons:
    """The lessons of `lessons_to_json`."""
    fields = dict(data)
    fields["taught"] = tuple(observation_from_json(page) for page in fields["taught"])
    template = fields["template"]  # of releases before, without its version
    fields["template"] = Template(**template | {"version": fields["version"]}) if template else None
    fields["drifted_at"] = datetime.fromisoformat(fields["drifted_at"]) if fields["drifted_at"] else None
    fields["changes"] = tuple(
        Change(one["version"], datetime.fromisoformat(one["at"]), one["why"]) for one in fields["changes"]
    )
    return Lessons(**fields)
