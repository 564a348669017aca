"""The shares of the host space and of the outbox: each has a lease, and whoever holds it does its work. Pure decisions.

A source belongs to the share of its host, so sources of one host are requested by one process at a time. Pages may lie on
hosts of other shares; `copytaster.store.host_claims` guards those. A dispatch that waits for the index belongs to the share
of its id, see `copytaster.store.outbox`.
"""

from __future__ import annotations

import math
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

SHARES = 8  # on a store that other machines share; so many processes can crawl, and index, at once
FIRST = "schedule"  # the lease of the first share of hosts, and of the only one on a file
FIRST_OF_OUTBOX = "index"


def name_lease(share: int, first: str = FIRST) -> str:
    """The lease of a share: `schedule`, then `schedule/2` and so on."""
    return first if share == 0 else f"{first}/{share + 1}"


CRAWL_LEASES = tuple(name_lease(share) for share in range(SHARES))
INDEX_LEASES = tuple(name_lease(share, FIRST_OF_OUTBOX) for share in range(SHARES))


def find_share(site: str, shares: int) -> int:
    """The share of a host, the same in every process."""
    return int.from_bytes(blake2b(site.encode(), digest_size=8).digest()) % shares


def count_fair(workers: Collection[str]) -> int:
    """How many shares each of these processes may hold."""
    return math.ceil(SHARES / max(1, len(workers)))
