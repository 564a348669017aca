"""How long work rests; the clock is one that the test turns."""

import pytest

from copytaster.pace import Pace


class Clock:
    def __init__(self):
        self.now, self.rested = 100.0, []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.rested.append(seconds)
        self.now += seconds


@pytest.mark.parametrize(("percent", "rests"), [(100, []), (50, [2.0, 6.0]), (25, [6.0, 18.0])])
def test_it_rests_in_proportion_to_its_work(monkeypatch, percent, rests):
    clock = Clock()
    monkeypatch.setattr("copytaster.pace.time", clock)
    pace = Pace(percent)
    for work in (2.0, 6.0):
        clock.now += work
        pace.rest()
    assert clock.rested == pytest.approx(rests)
