"""The port: what a search index is asked to do, in values that any index can serve. No index here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from indexer.search import SearchPage, SearchQuery


Status = Literal["done", "retry", "quarantine"]


@dataclass(frozen=True, slots=True)
class StoryDocument:
    """A single story's document under its own id, canonical JSON in UTF-8."""

    id: str
    document: bytes


@dataclass(frozen=True, slots=True)
class IndexAction:
    """Write a whole document under a dispatch id; a version that is there or newer stays.

    `document` is canonical JSON in UTF-8, checked before it comes here; `content` is what it was made of, where that is
    at hand. `stories` gives the documents of its single
    stories, for an index that keeps those as well; it raises RefusedError where one cannot be made.
    """

    id: str
    version: int
    document: bytes
    stories: Callable[[], Sequence[StoryDocument]] = field(default=tuple, compare=False, repr=False)
    content: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ItemResult:
    """How one action ended; done means that the index holds this version or a newer one."""

    id: str
    status: Status
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """One result per action, in their order."""

    items: tuple[ItemResult, ...]


@dataclass(frozen=True, slots=True)
class IndexHealth:
    """Whether searches are answered, and how many documents there are."""

    ok: bool
    documents: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class IndexFinding:
    """One check of an index: whether all is well, what was found, and the way out where it is not."""

    check: str
    level: Literal["ok", "note", "fault"]
    detail: str
    way_out: str = ""


@dataclass(frozen=True, slots=True)
class BuildProgress:
    """How far a rebuild came: the last id read, how many were, and the store's newest change when it began."""

    after: str
    read: int
    change: int


class IndexBuild(Protocol):
    """A new index beside the live one. Leaving the context without `switch` throws it away.

    An adapter whose writers feed it meanwhile may keep it after an interruption; `resume` then tells how far it came.
    """

    def __enter__(self) -> Self: ...
    def __exit__(self, *raised: object) -> None: ...

    def write(self, actions: Iterable[IndexAction]) -> WriteOutcome:
        """Fill it; searches do not see it yet. `actions` are gone through once."""
        ...

    def count(self) -> int:
        """Documents in it, of every state."""
        ...

    def get(self, dispatch_id: str) -> Mapping[str, Any] | None:
        """A document in it, or None."""
        ...

    def count_stories(self) -> int | None:
        """Single stories beside it; None where those are not kept."""
        ...

    def get_story(self, story_id: str) -> Mapping[str, Any] | None:
        """A single story beside it, or None."""
        ...

    def resume(self) -> BuildProgress | None:
        """How far a rebuild came that was interrupted; None where it begins anew."""
        ...

    def note(self, progress: BuildProgress) -> None:
        """Remember how far it came, if it can go on after an interruption."""
        ...

    def switch(self, change: int) -> bool:
        """Put it in the place of the live one, at once for every reader and writer.

        `change` is the store's newest change, up to which the live one is right when it is left.
        Gives back whether it holds everything that was written to the live one meanwhile; if not, what
        changed in the store meanwhile has to be queued again.
        """
        ...


class SearchIndex(Protocol):
    """A search index. Safe to share between threads; several processes may hold the same one.

    Every method raises UnreachableError when the index does not answer.

    Attributes:
        lanes: writes that may be under way at once: so many batches are asked for in one `write`.
    """

    @property
    def lanes(self) -> int:
        """See above."""
        ...

    def exists(self) -> bool:
        """Whether there is an index that this program can read and write.

        Raises:
            ConfigurationError: there is none, and it is not this program's to make without being asked.
        """
        ...

    def setup(self) -> None:
        """Make the index unless it is there. What is there stays."""
        ...

    def write(self, actions: Iterable[IndexAction], *, refresh: bool = True) -> WriteOutcome:
        """Write whole documents: when this returns, what is done is durable and found by searches.

        `actions` are gone through once, so that each may be made when its turn comes.

        Without `refresh` it is durable, and found a second later or after `refresh`.
        """
        ...

    def refresh(self) -> None:
        """Let searches find everything that was written."""
        ...

    def search(self, query: SearchQuery) -> SearchPage:
        """Find dispatches.

        Raises:
            QueryError: the text or the cursor cannot be read.
        """
        ...

    def get(self, dispatch_id: str) -> Mapping[str, Any] | None:
        """The document of a dispatch, of any state, or None."""
        ...

    def find_missing(self, dispatch_ids: Sequence[str]) -> list[str]:
        """Those of these dispatches that have no document."""
        ...

    def count(self) -> int:
        """Documents in the index, of every state."""
        ...

    def health(self) -> IndexHealth:
        """Whether searches are answered; never raises."""
        ...

    def begin_rebuild(self) -> IndexBuild:
        """Start a new index beside this one.

        Raises:
            BusyError: another rebuild is under way.
        """
        ...

    def switch_back(self) -> int:
        """Put the index before the last rebuild in the place of the live one.

        Gives back a change of the store: what changed after it has to be queued again.

        Raises:
            ConfigurationError: there is none.
        """
        ...

    def examine(self) -> Sequence[IndexFinding]:
        """What there is to say of the server and its indices, beyond `health`."""
        ...

    def close(self) -> None:
        """Let go of every connection."""
        ...
