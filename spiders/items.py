"""What spiders hand to the item pipeline: how one entry ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copytaster.store.entries import EntrySeen
    from copytaster.values import ParsedStory, RawPage
    from spiders.publishers import Publisher


@dataclass(frozen=True, slots=True)
class StoryItem:
    """An entry's page that gave a story."""

    entry: EntrySeen
    page: RawPage
    story: ParsedStory
    publisher: Publisher


@dataclass(frozen=True, slots=True)
class UnchangedItem:
    """An entry's page that its server says has not changed."""

    entry: EntrySeen


@dataclass(frozen=True, slots=True)
class RefusalItem:
    """An entry that gave no story; `reason` is a word of spiders.net.reasons or of the parser."""

    entry: EntrySeen
    reason: str
    detail: str
    page: RawPage | None = None
