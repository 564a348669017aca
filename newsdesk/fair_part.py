"""How many shares of a role's work one process may hold: its fair part among the processes that have the role."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from copytaster.errors import CopytasterError
from copytaster.process_id import this_process
from copytaster.schedule.shares import FIRST, count_fair
from copytaster.store.leases import list_holders
from copytaster.store.workers import BEAT_S, list_workers
from newsdesk.roles import EVERY_ROLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from copytaster.store.engine import Store
    from newsdesk.roles import Role

LOOK_S = 2.0  # between two looks at who else has the role
ABSENT_S = 2.5 * BEAT_S  # without a beat: two are missing, and others may take what it does not renew


class FairPart:
    """Follows how many processes have a role on a store that they share.

    Attributes:
        most: shares that this process may hold; none before the first look.
    """

    def __init__(self, store: Store, role: Role) -> None:
        self._store, self._role = store, role
        self.most = 0

    async def follow(self, on_look: Callable[[], None]) -> None:
        """Look again and again until cancelled; `on_look` is called on the loop after each look."""
        while True:
            with suppress(CopytasterError):  # the parts that use the store say so
                self.most = await asyncio.to_thread(self._count)
                on_look()
            await asyncio.sleep(LOOK_S)

    def _count(self) -> int:
        """A process with every role counts while it runs the schedule; until then it is on standby for all of them."""
        with self._store.read() as connection:
            holders = list_holders(connection)
            found = list_workers(connection)
        sharing = {
            one.holder
            for one in found
            if self._role in one.roles
            and one.silent_s <= ABSENT_S
            and (frozenset(one.roles) != EVERY_ROLE or holders.get(FIRST) == one.holder)
        }
        return count_fair(sharing | {this_process()})
