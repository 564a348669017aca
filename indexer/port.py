"""The port: what the program needs of a search index, as protocols and values. No index here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from indexer.search import SearchPage, SearchQuery


Status = Literal["done", "retry", "quarantine"]
Kind = Literal["dispatches", "stories"]  # of the documents in an index
Known = Callable[[Kind, Sequence[str]], Collection[str]]  # those of these ids that the store has


@dataclass(frozen=True, slots=True)
class StoryDocument:
    """A single story's document under its own id, canonical JSON in UTF-8."""

    id: str
    document: bytes


@dataclass(frozen=True, slots=True)
class IndexAction:
    """Write a whole document under a dispatch id, unless the index has this version or a newer one.

    Attributes:
        document: canonical JSON in UTF-8, already checked.
        stories: makes the documents of the single stories, for an index that has those as well; raises RefusedError if
            no index can take one.
        content: the mapping that `document` was made of, if the caller still has it.
    """

    id: str
    version: int
    document: bytes
    stories: Callable[[], Sequence[StoryDocument]] = field(default=tuple, compare=False, repr=False)
    content: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ItemResult:
    """How one action ended; `done` means that the index holds this version or a newer one.

    Attributes:
        held: the newer version that the index holds already, where it does.
        was_there: True if the index held this version or a newer one already, and wrote nothing.
    """

    id: str
    status: Status
    reason: str | None = None
    held: int | None = field(default=None, compare=False)
    was_there: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """One result per action, in their order."""

    items: tuple[ItemResult, ...]


@dataclass(frozen=True, slots=True)
class IndexHealth:
    """True if searches work; `detail` names the index, or says why not."""

    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class IndexFinding:
    """One check of an index: its level, what was found, and how to mend it."""

    check: str
    level: Literal["ok", "note", "fault"]
    detail: str
    way_out: str = ""


@dataclass(frozen=True, slots=True)
class IndexMark:
    """Which store writes an index: its installation, and the timeline of its changes (`copytaster.store.timeline`)."""

    installation: str
    timeline: str
    epoch: int


@dataclass(frozen=True, slots=True)
class IndexState:
    """The newest version in an index (0 in an empty one), and its mark; None in an index that no store has marked."""

    newest: int
    mark: IndexMark | None


@dataclass(frozen=True, slots=True)
class HeldDocument:
    """A document as the index holds it: None if it cannot be read, for the reason in `detail`."""

    version: int
    document: Mapping[str, Any] | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FileFault:
    """A damaged row of an index's own file; `dispatch` is the dispatch whose document it belongs to, if one is known."""

    kind: str
    key: str
    what: str
    dispatch: str | None = None


@dataclass(frozen=True, slots=True)
class FileCheck:
    """Rows of an index's own file that were checked.

    Attributes:
        position: where the next check begins; None at the end.
        unknown: rows that had no digest yet, and got one.
    """

    rows: int
    position: str | None
    faults: tuple[FileFault, ...] = ()
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class BuildProgress:
    """How far a rebuild came: the last id read, the number of ids read, and the store's newest change at its start."""

    after: str
    read: int
    change: int


class IndexBuild(Protocol):
    """A new index next to the live one. Leaving the context without `switch` deletes it.

    An adapter whose writers write to both may keep it after an interruption; `resume` then says how far it came.
    """

    def __enter__(self) -> Self: ...
    def __exit__(self, *raised: object) -> None: ...

    def write(self, actions: Iterable[IndexAction]) -> WriteOutcome:
        """Write documents, which searches do not see yet. Iterates over `actions` once."""
        ...

    def count(self) -> int:
        """Documents in it, of every state."""
        ...

    def get(self, dispatch_id: str) -> Mapping[str, Any] | None:
        """A document in it, or None."""
        ...

    def count_stories(self) -> int | None:
        """Number of single stories in the index of those; None where there is none."""
        ...

    def get_story(self, story_id: str) -> Mapping[str, Any] | None:
        """The document of a single story, or None."""
        ...

    def resume(self) -> BuildProgress | None:
        """How far an interrupted rebuild came; None for a rebuild that starts from nothing."""
        ...

    def note(self, progress: BuildProgress) -> None:
        """Keep this progress for `resume`, in an adapter that can resume."""
        ...

    def switch(self, change: int) -> bool:
        """Replace the live index, at once for every reader and writer.

        `change` is the store's newest change, up to which the index that is replaced is complete. Returns True if the
        new index holds every document written to the live one meanwhile; after False the caller queues what changed in
        the store meanwhile.
        """
        ...


@dataclass(frozen=True, slots=True)
class IndexIdentity:
    """Which index it is, and as of when.

    Attributes:
        name: stays through rebuilds; no other index has it but copies of its file.
        states: names of its last writes, the newest last: a copy, or a file put back, lacks those that came since. None for
            a server, which is one index for everyone.
    """

    name: str
    states: tuple[str, ...] | None = None


class SearchIndex(Protocol):
    """A search index. Safe to share between threads; several processes may use the same one.

    Every method raises UnreachableError when the index does not respond.

    Attributes:
        claimed: the mark of the last `claim`; None in a process that has claimed nothing yet.
        written: the newest version that this process has written.
    """

    claimed: IndexMark | None
    written: int

    @property
    def find_delay_s(self) -> float:
        """After how many seconds at most searches find what was written without `refresh`."""
        ...

    @property
    def lanes(self) -> int:
        """Calls of `write` that may be under way at once."""
        ...

    def read_state(self, *, refresh: bool = False) -> IndexState | None:
        """The newest version that searches find, after a `refresh`, and the mark; None where there is no index."""
        ...

    def read_identity(self) -> IndexIdentity | None:
        """Which index it is; None where there is none.

        Raises:
            UnreachableError: the index does not respond.
        """
        ...

    def claim(self, mark: IndexMark) -> None:
        """Put this mark on the index unless it has it, and from now on write only while the index has it."""
        ...

    def sample_oldest(self, limit: int) -> list[str]:
        """Ids of dispatches, those that came first."""
        ...

    def remove_unknown(self, known: Known, *, version: int) -> int:
        """Remove the documents that `known` does not name and that are older than `version`; returns how many.

        Raises:
            ConfigurationError: these credentials may not delete documents.
        """
        ...

    def remove(self, versions: Mapping[str, int]) -> None:
        """Remove documents that are older than these versions: dispatches by their ids, `story-7` for the story 7.

        Raises:
            ForeignIndexError: the index no longer has the mark that this process claimed; nothing was removed.
            ConfigurationError: these credentials may not delete documents.
        """
        ...

    def exists(self) -> bool:
        """True if there is an index that this program can read and write.

        Raises:
            ConfigurationError: there is none, and only a command may make it.
        """
        ...

    def setup(self) -> None:
        """Make the index unless it exists."""
        ...

    def write(self, actions: Iterable[IndexAction], *, refresh: bool = True) -> WriteOutcome:
        """Write whole documents. When this returns, those done are durable, and searches find them.

        Iterates over `actions` once, so that the caller may make each on demand. Without `refresh` searches find the
        documents a second later, or after `refresh`.

        Raises:
            ForeignIndexError: the index no longer has the mark that this process claimed; nothing was written.
        """
        ...

    def refresh(self) -> None:
        """Make searches find everything written so far."""
        ...

    def search(self, query: SearchQuery) -> SearchPage:
        """Find dispatches.

        Raises:
            QueryError: the text or the cursor cannot be read.
        """
        ...

    def find_near(self, words: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        """For each of these folded words: the words of the index one slip away, and itself, with how many documents have it.

        A word that no document has is left out.
        """
        ...

    def get(self, dispatch_id: str) -> Mapping[str, Any] | None:
        """The document of a dispatch, of any state, or None."""
        ...

    def read_many(self, dispatch_ids: Sequence[str]) -> Mapping[str, HeldDocument]:
        """The documents of these dispatches; those that have none are left out."""
        ...

    def check_file(self, position: str | None, limit: int) -> FileCheck:
        """Compare the next rows of the index's own file with their digests; a server checks its own files."""
        ...

    def compact(self) -> bool:
        """Give back, in one short step, some of the space that removed documents leave; True if more is left.

        Searches go on meanwhile. A server does this by itself.

        Raises:
            UnreachableError: the index cannot be written.
        """
        ...

    def find_missing(self, dispatch_ids: Sequence[str]) -> list[str]:
        """The dispatches among these that have no document."""
        ...

    def count(self) -> int:
        """Documents in the index, of every state."""
        ...

    def health(self) -> IndexHealth:
        """Whether searches work now; never raises. What it costs does not grow with the index."""
        ...

    def begin_rebuild(self, mark: IndexMark | None = None, *, trust_live: bool = True) -> IndexBuild:
        """Start a new index next to this one; it gets this mark. Without `trust_live`, nothing is copied from the live one.

        Raises:
            BusyError: another rebuild is under way.
        """
        ...

    def switch_back(self) -> int:
        """Replace the live index by the one before the last rebuild.

        Returns a change of the store; the caller queues everything that changed after it.

        Raises:
            ConfigurationError: there is no earlier index.
        """
        ...

    def examine(self) -> Sequence[IndexFinding]:
        """Checks of the server and its indices, beyond `health`."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...
