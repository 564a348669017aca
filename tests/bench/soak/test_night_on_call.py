"""Each alarm of the night is needed: without it, the faults that ring by it are not held."""

import pytest

from bench.soak.trials.night_on_call import ALARMS, run_without


@pytest.mark.parametrize("alarm", ALARMS)
def test_without_an_alarm_nobody_wakes(alarm):
    outcome = run_without(alarm, 1, 1)
    if outcome.skipped:
        pytest.skip(outcome.skipped)
    assert outcome.held == 0
    assert "nothing rang within" in outcome.detail
