"""Signatures belong to datasketch; bands propose."""

from __future__ import annotations

import numpy as np
import pytest
from datasketch import MinHash

from dedup.candidates.sampling import sample_grams
from dedup.candidates.signature import BANDS, Recipe, Signer, band_keys, load_signature, pack_signature
from dedup.text.ngrams import roll_grams
from dedup.text.words import read_words
from tests.dedup import copydesk as copy

RECIPE = Recipe.of_installation(20260302)


def sign(recipe, words):
    values = Signer(recipe).sign(words)
    assert values is not None
    return values


def words_of(body):
    return read_words(body).words


def test_a_stored_signature_is_datasketchs_own():
    one, other = (sign(RECIPE, words_of(body)) for body in (copy.FERRY, copy.cut(copy.FERRY, 4)))
    loaded = [load_signature(pack_signature(values), RECIPE) for values in (one, other)]
    assert loaded[0].scheme == RECIPE.scheme
    assert loaded[0].seed == RECIPE.seed
    assert loaded[0].jaccard(loaded[1]) == pytest.approx(float(np.equal(one, other).mean()))
    fresh = MinHash(num_perm=RECIPE.permutations, seed=RECIPE.seed, scheme=RECIPE.scheme, hashfunc=int)
    for gram in set((roll_grams(words_of(copy.FERRY), 4) & np.uint64(0xFFFFFFFF)).tolist()):
        fresh.update(gram)
    assert fresh.jaccard(loaded[0]) == 1.0


def test_the_estimate_is_near_the_truth():
    one, other = words_of(copy.FERRY), words_of(copy.with_local_paragraphs(copy.in_house_style(copy.FERRY)))
    sets = [set(roll_grams(words, 4).tolist()) for words in (one, other)]
    truth = len(sets[0] & sets[1]) / len(sets[0] | sets[1])
    estimates = [
        float(np.equal(sign(Recipe(seed), one), sign(Recipe(seed), other)).mean()) for seed in range(8)
    ]
    assert np.mean(estimates) == pytest.approx(truth, abs=0.05)


@pytest.mark.parametrize("body", ["", "three words only"])
def test_no_signature_where_there_is_no_shingle(body):
    values = Signer(RECIPE).sign(words_of(body))
    assert values is None
    assert len(band_keys(values)) == 0
    with pytest.raises(ValueError, match="0 values"):
        load_signature(pack_signature(values), RECIPE)


@pytest.mark.parametrize("body", ["", "three words only", copy.FERRY, copy.write_story(1, 2000)])
@pytest.mark.parametrize("sampled", [True, False])
@pytest.mark.parametrize("signed", [True, False])
def test_keys_are_those_of_the_bands_then_the_samples(body, signed, sampled):
    text, signer = read_words(body), Signer(RECIPE)
    values, keys, bands = signer.find_keys(text.words, signed=signed, sampled=sampled)
    expected = signer.sign(text.words) if signed else None
    assert (values is None) == (expected is None)
    assert pack_signature(values) == pack_signature(expected)
    assert keys[:bands].tolist() == band_keys(expected).tolist()
    assert keys[bands:].tolist() == (sample_grams(text).tolist() if sampled else [])


def test_keys_are_numbers_of_48_bits_one_a_band():
    keys = band_keys(sign(RECIPE, words_of(copy.FERRY)))
    assert len(keys) == BANDS == len(set(keys.tolist()))
    assert keys.min() >= 0
    assert keys.max() < 2**48
    same = np.zeros(128, dtype=np.uint32)
    assert len(set(band_keys(same).tolist())) == BANDS  # equal rows in two bands are two keys


def test_a_key_hangs_on_both_rows_of_its_band_and_on_no_other():
    values = sign(RECIPE, words_of(copy.FERRY))
    for row in (0, 1, 126, 127):
        changed = values.copy()
        changed[row] ^= 1
        assert np.flatnonzero(band_keys(changed) != band_keys(values)).tolist() == [row // 2]


def test_recipes_differ_by_installation():
    assert Recipe.of_installation(1).digest != Recipe.of_installation(2).digest
    assert Recipe.of_installation(1).digest == Recipe.of_installation(1).digest


def test_magic_shingles_need_the_secret_seed():
    """128 grams chosen to hit the minima of a known seed make unrelated texts look alike under that seed only."""
    rng = np.random.default_rng(7)
    victim = rng.integers(0, 2**32, 300).tolist()

    def sketch(grams, seed):
        made = MinHash(num_perm=128, seed=seed, scheme="affine32", hashfunc=int)
        made.update_batch(grams)
        return made

    known, secret = 1, RECIPE.seed
    target = sketch(victim, known).hashvalues
    single = {gram: sketch([gram], known).hashvalues for gram in victim}
    magic = [next(gram for gram in victim if single[gram][row] == target[row]) for row in range(128)]
    crafted = [*set(magic), *rng.integers(2**31, 2**32, 2000).tolist()]
    assert sketch(list(set(magic)), known).jaccard(sketch(victim, known)) == 1.0
    truth = len(set(crafted) & set(victim)) / len(set(crafted) | set(victim))
    assert abs(sketch(crafted, secret).jaccard(sketch(victim, secret)) - truth) < 0.12


def test_samples_of_an_excerpt_are_among_those_of_the_whole():
    whole, part = read_words(copy.FERRY), read_words(copy.cut(copy.FERRY, 5))
    shared = set(sample_grams(whole).tolist()) & set(sample_grams(part).tolist())
    assert len(shared) >= 8
    assert len(sample_grams(read_words("one two three four five six"))) == 2
    assert len(sample_grams(read_words("one two three"))) == 0
    assert len(sample_grams(read_words(copy.write_story(1, 9000)))) <= 400
