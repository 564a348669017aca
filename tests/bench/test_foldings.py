"""Verbatim copies in other letters are one dispatch in every language, and are not where letters are not folded."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.copy.foldings import write_foldings
from bench.rows import run_set
from dedup.text import words


@pytest.mark.parametrize("seed", [1, 2])
def test_copies_in_other_letters_are_one_dispatch(seed):
    labelled = write_foldings(seed=seed)
    result = run_set(labelled)
    lost = Counter(
        (labelled.pieces[n].group, labelled.pieces[n].kind) for pair in result.missed for n in pair
    )
    assert (lost, result.wrong) == (Counter(), ())


def test_without_folding_they_are_missed(monkeypatch):
    monkeypatch.setattr(words, "fold_letters", lambda token: token)
    monkeypatch.setattr(words, "_DIGITS", {})
    monkeypatch.setattr(words, "_VALUES", fresh := words._Values())
    monkeypatch.setattr(
        words, "_TOKENS", words.Tokens(fresh.__getitem__, words.PHRASES, seed=1, room=400_000)
    )
    assert run_set(write_foldings()).recall < 0.8
