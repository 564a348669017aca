"""Sets that grow together: which things are connected, however long the chain of pairs between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T", int, str, "tuple[str, str]")


class UnionFind(Generic[T]):
    """Disjoint sets; the leader of a set is its least member, whatever the order of the joins.

    Args:
        members: those that are known from the beginning, each in a set of its own.
    """

    def __init__(self, members: Iterable[T] = ()) -> None:
        self._leader: dict[T, T] = {member: member for member in members}

    def find(self, member: T) -> T:
        """The leader of the member's set; a new member has a set of its own."""
        leader = self._leader
        while leader.setdefault(member, member) != member:
            leader[member] = leader[leader[member]]  # halve the way for the next call
            member = leader[member]
        return member

    def join(self, one: T, other: T) -> None:
        """Make the sets of two members one."""
        first, second = self.find(one), self.find(other)
        self._leader[max(first, second)] = min(first, second)

    def leaders(self) -> dict[T, T]:
        """Member -> leader, of all members in the order in which they became known."""
        return {member: self.find(member) for member in self._leader}
