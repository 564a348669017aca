"""The items that spiders pass to the item pipeline: one for each handled entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copytaster.store.books import Gate
    from copytaster.store.entries import EntrySeen
    from copytaster.values import ParsedStory, RawPage
    from spiders.feeds import FeedEntry
    from spiders.publishers import Publisher


@dataclass(frozen=True, slots=True)
class StoryItem:
    """An entry whose page gave a story."""

    entry: EntrySeen
    page: RawPage
    story: ParsedStory
    publisher: Publisher
    title: str | None = None  # as the source gives it
    listed: FeedEntry | None = None  # the entry, with the text that its feed carries
    instead_of: str | None = None  # why its page gave no story, where this is the feed's own text


@dataclass(frozen=True, slots=True)
class UnchangedItem:
    """An entry whose page has not changed, by its server's response 304."""

    entry: EntrySeen


@dataclass(frozen=True, slots=True)
class RefusalItem:
    """An entry that gave no story; `reason` is a code of spiders.net.reasons or of the parser, `gate` where it ended."""

    entry: EntrySeen
    reason: str
    detail: str
    page: RawPage | None = None
    gate: Gate = "fetched"
