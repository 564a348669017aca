"""Which share a host belongs to, and how many each process may hold."""

from collections import Counter

import pytest

from copytaster.schedule.shares import CRAWL_LEASES, FIRST, INDEX_LEASES, SHARES, count_fair, find_share


def test_the_first_leases_are_those_of_the_schedule_and_of_the_index():
    assert CRAWL_LEASES[0] == FIRST == "schedule"
    assert INDEX_LEASES[0] == "index"
    assert len({*CRAWL_LEASES, *INDEX_LEASES}) == 2 * SHARES


def test_a_host_has_one_share_and_hosts_are_spread():
    shares = Counter(find_share(f"outlet-{number}.example", SHARES) for number in range(800))
    assert set(shares) == set(range(SHARES))
    assert max(shares.values()) < 2 * min(shares.values())
    assert find_share("outlet.example", SHARES) == find_share("outlet.example", SHARES)
    assert find_share("outlet.example", 1) == 0


@pytest.mark.parametrize(("workers", "fair"), [(0, 8), (1, 8), (2, 4), (3, 3), (8, 1), (20, 1)])
def test_the_shares_that_each_may_hold_cover_all(workers, fair):
    names = {f"worker-{number}" for number in range(workers)}
    assert count_fair(names) == fair
    assert fair * max(1, workers) >= SHARES
