"""The short form of every trial holds, and its control does not."""

import pytest

from bench.soak.trial import find_trials

TRIALS = find_trials()
SEED = 1


@pytest.mark.parametrize("name", TRIALS)
def test_the_promise_is_held(name):
    trial = TRIALS[name]
    outcome = trial.run(trial.short, SEED)
    if outcome.skipped:
        pytest.skip(f"{name}: {outcome.skipped}")
    assert outcome.met, f"{outcome.held} of {outcome.injected} held: {outcome.detail}"


@pytest.mark.parametrize("name", TRIALS)
def test_without_the_protection_the_trial_fails(name):
    trial = TRIALS[name]
    outcome = trial.control(trial.short, SEED)
    if outcome.skipped:
        pytest.skip(f"{name}: {outcome.skipped}")
    assert not outcome.met, f"the control holds too, so the trial proves nothing: {outcome.detail}"
