"""The search for cycles rests while a batch is decided, and goes on after it, whatever happened."""

from __future__ import annotations

import gc

import pytest

from dedup.grouping.collector import pause_collector


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
