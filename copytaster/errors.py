"""Every error the service raises on purpose, and the exit codes of its commands.

CopytasterError                 exit 1
├── UsageError                  exit 2    a name or value given on the command line
│   └── QueryError                        a search that cannot be read
├── NotFoundError               exit 4    nothing matched
├── NotIndexedError             exit 3    copy is stored, and waits for an index that does not take it
├── UnreachableError            exit 69   store or index cannot be reached
│   └── StoreError                        the store cannot be read or written
├── ParserStartError            exit 69   the process that parses pages cannot start
├── BusyError                   exit 75   another process holds the work
├── ConfigurationError          exit 78   sources.toml or a setting is invalid
│   └── ForeignIndexError                 the index belongs to another installation, or another copy of the store
├── BackupError                 exit 1    a backup cannot be written, or is not whole
└── RefusedError                exit 1    one page, entry or document cannot be used
    ├── UnparsableError                   no story can be read from it
    └── UnsafeAddressError                it points at an address that is not public
"""

from __future__ import annotations

from difflib import get_close_matches
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class ExitCode(IntEnum):
    """How a command ended; docs/operator.md lists the codes."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    PARTLY_DONE = 3
    NOTHING_MATCHED = 4
    UNREACHABLE = 69
    BUSY = 75
    BAD_CONFIGURATION = 78
    INTERRUPTED = 130
    TERMINATED = 143


class CopytasterError(Exception):
    """Base of all errors. It renders as `resource: message (hint)`.

    Args:
        message: what is wrong, without the resource's name.
        resource: the file, URL, source or id it happened to.
        hint: the fix, as an instruction.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, message: str, *, resource: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.resource = resource
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.resource}: {self.message}" if self.resource else self.message
        return f"{text} ({self.hint})" if self.hint else text


class UsageError(CopytasterError):
    """A name or value on the command line is wrong."""

    exit_code = ExitCode.USAGE


class QueryError(UsageError):
    """The text or the cursor of a search cannot be read."""


class NotFoundError(CopytasterError):
    """Nothing has this id or name."""

    exit_code = ExitCode.NOTHING_MATCHED


class UnreachableError(CopytasterError):
    """The store or the search index cannot be reached."""

    exit_code = ExitCode.UNREACHABLE


class StoreError(UnreachableError):
    """The store cannot be read or written: a full disk, a damaged file, a database server that does not answer."""


class NotIndexedError(CopytasterError):
    """What came in is stored and waits, because the index does not take it."""

    exit_code = ExitCode.PARTLY_DONE


class ParserStartError(CopytasterError):
    """The process that parses pages ended before its first page, mostly because a library does not import."""

    exit_code = ExitCode.UNREACHABLE


class BusyError(CopytasterError):
    """Another process holds the work."""

    exit_code = ExitCode.BUSY


class ConfigurationError(CopytasterError):
    """sources.toml or a setting is invalid."""

    exit_code = ExitCode.BAD_CONFIGURATION


class ForeignIndexError(ConfigurationError):
    """Another installation, or another copy of this installation's store, writes this index."""


class BackupError(CopytasterError):
    """A backup cannot be written, is not whole, or differs from what was written."""


class RefusedError(CopytasterError):
    """One page, entry or document cannot be used. `reason` is a short stable word for counting."""

    reason: ClassVar[str] = "refused"


class UnparsableError(RefusedError):
    """No story can be read from a page or file.

    Args:
        reason: short stable word for counting, e.g. `empty`, `no-body`, `no-headline`, `not-a-story`,
            `too-large`, `took-too-long`, `undecodable`.
    """

    def __init__(self, message: str, *, reason: str, resource: str = "", hint: str = "") -> None:
        super().__init__(message, resource=resource, hint=hint)
        self.reason = reason  # type: ignore[misc]


class UnsafeAddressError(RefusedError):
    """A URL leads to an address that is not public and not allowed by configuration."""

    reason = "unsafe-address"


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that names the closest known name, or lists all of them."""
    choices = sorted(known)
    close = get_close_matches(name, choices, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(choices)}" if choices else "none is known"
