"""What a receiver hands over, and what it learns about it afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copytaster.errors import RefusedError
    from copytaster.values import RawPage
    from spiders.receiving.items import KeptItem


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file or message that has arrived whole.

    Attributes:
        name: what people call it: the file's path within its folder, or the message's number.
        page: its bytes; None if it cannot be read.
        refused: why not.
        is_settling: it is so young that it may still be written; a fault that time may heal is no refusal yet.
    """

    name: str
    page: RawPage | None = None
    refused: RefusedError | None = None
    is_settling: bool = field(default=False, compare=False)


class Receiver(Protocol):
    """Where copy arrives. One thread uses a receiver."""

    def look(self) -> Sequence[Delivery]:
        """The deliveries that wait now, oldest first, a bounded number.

        Raises:
            RefusedError: the place cannot be read, e.g. there is no such folder; the caller looks again later.
        """

    def settle(self, delivery: Delivery, kept: Sequence[KeptItem]) -> None:
        """Put away a delivery whose items have been committed, so that no later look finds it."""

    def leave(self, delivery: Delivery) -> None:
        """Leave a delivery for a later look: it seems not to be whole yet."""

    def wait(self, seconds: float) -> None:
        """Return when something may have arrived, at the latest after so many seconds."""

    def close(self) -> None:
        """Give up connections."""
