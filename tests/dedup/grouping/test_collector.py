"""The search for cycles rests while a batch is decided, and goes on after it, whatever happened."""

from __future__ import annotations

import gc

import pytest

from dedup.grouping.collector import keep_loaded, pause_collector


def test_it_rests_and_goes_on():
    with pause_collector():
        assert not gc.isenabled()
        with pause_collector():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_goes_on_after_a_failure():
    with pytest.raises(ValueError, match="text"), pause_collector():
        raise ValueError("text")
    assert gc.isenabled()


def test_what_is_loaded_is_searched_no_more_and_what_comes_later_is():
    keep_loaded()
    try:
        assert gc.get_freeze_count() > 0
        later: list[object] = []
        later.append(later)
        assert any(one is later for one in gc.get_objects())
    finally:
        gc.unfreeze()
