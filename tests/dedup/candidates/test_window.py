"""The window and the history in memory, beside plain dictionaries that do the same."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from dedup.candidates.boilerplate import COMMON, Boilerplate
from dedup.candidates.chains import CROWDED
from dedup.candidates.lsh_index import CandidateIndex
from dedup.candidates.phrase_counts import PhraseCounts
from dedup.candidates.window import pack_hashes, unpack_hashes


def spread(numbers):
    """Small numbers as keys of 48 bits, each once."""
    return np.unique(np.asarray(numbers, dtype=np.int64) * 0x9E3779B97F & (2**48 - 1))


def look_up_plainly(kept, keys, bands, since, until):
    hits: dict[int, list[int]] = {}
    times: Counter[int] = Counter()
    for version, at, _, own in kept:
        if since <= at <= until:
            for number, key in enumerate(keys):
                if key in own:
                    times[key] += 1
                    hits.setdefault(version, [0, 0])[number >= bands] += 1
    return [times[key] >= CROWDED for key in keys], {version: tuple(found) for version, found in hits.items()}


@pytest.mark.parametrize(("keys_in_use", "kept_for"), [(300, 300), (20_000, 1000)])
def test_the_index_finds_what_dictionaries_find(keys_in_use, kept_for):
    chance, index = np.random.default_rng(keys_in_use), CandidateIndex(kept_for)
    kept: list[tuple[int, int, int, set[int]]] = []
    for step in range(1500):
        keys = spread(chance.integers(0, keys_in_use, 20))
        chance.shuffle(keys)
        at = step - int(chance.integers(0, 50))
        index.expire(step)
        kept = [one for one in kept if one[2] >= step - kept_for]
        if step % 5 == 0:
            crowded, hits = index.look_up(keys, 8, at - 200, at + 200)
            found = {version: (bands, phrases) for version, bands, phrases in hits.tolist()}
            assert (crowded.tolist(), found) == look_up_plainly(kept, keys.tolist(), 8, at - 200, at + 200)
        index.file(np.array([[step, at, step, len(keys)]], dtype=np.int64), keys)
        kept.append((step, at, step, set(keys.tolist())))
        if step % 7 == 0:
            index.unfile(keys)
            kept.pop()
        assert len(index) == len([one for one in kept if one[2] >= step - kept_for])


@pytest.mark.parametrize("reserved", [0, 300_001, 20_000 * 110])
def test_many_filed_at_once_are_found_and_take_bounded_memory(reserved):
    chance, index = np.random.default_rng(1), CandidateIndex(10**9)
    if reserved:
        index.reserve(reserved // 110, reserved)
    keys = chance.integers(0, 2**48, 20_000 * 110)
    rows = np.zeros((20_000, 4), dtype=np.int64)
    rows[:, 0], rows[:, 3] = np.arange(20_000), 110
    for start in range(0, 20_000, 1000):
        index.file(rows[start : start + 1000], keys[start * 110 : (start + 1000) * 110])
    for version in (0, 9999, 19_999):
        own = np.unique(keys[version * 110 : (version + 1) * 110])
        assert [version, 0, len(own)] in index.look_up(own, 0, 0, 0)[1].tolist()
    assert index.nbytes / len(index) < 1500


def test_what_is_older_than_the_window_is_gone_at_once():
    index = CandidateIndex(100)
    index.file(np.array([[1, 0, 0, 2], [2, 50, 50, 2]], dtype=np.int64), np.array([7, 8, 7, 9]))
    assert len(index.look_up(np.array([7]), 1, 0, 99)[1]) == 2
    index.expire(101)
    assert index.look_up(np.array([7]), 1, 0, 99)[1].tolist() == [[2, 1, 0]]
    index.expire(10_000)
    assert len(index) == 0


def test_phrases_are_counted_as_a_counter_counts():
    chance, phrases, counter = np.random.default_rng(3), PhraseCounts(), Counter[int]()
    for step in range(800):
        grams = spread(chance.integers(0, 9000, 80))
        assert phrases.count(grams).tolist() == [counter[gram] for gram in grams.tolist()]
        phrases.add(grams)
        counter.update(grams.tolist())
        if step % 3 == 0:
            phrases.subtract(grams)
            counter.subtract(grams.tolist())


def test_paragraphs_are_counted_by_dispatch_and_forgotten_by_day():
    chance, printed = np.random.default_rng(4), Boilerplate()
    days: dict[tuple[int, int], int] = {}
    for step in range(1200):
        day = 20_000 + step // 12
        paragraphs = spread(chance.integers(0, 300, 6))
        times = [
            sum(paragraph == one and last >= day - 30 for (one, _), last in days.items())
            for paragraph in paragraphs.tolist()
        ]
        frames = np.where(paragraphs % 3 == 0, 0, paragraphs[::-1])
        counted, framed, fresh = printed.recognise(paragraphs, frames, day - 30)
        of_frames = [
            sum(frame == one and last >= day - 30 for (one, _), last in days.items()) if frame else 0
            for frame in frames.tolist()
        ]
        assert counted.tolist() == [min(COMMON, found) for found in times]
        assert framed.tolist() == [min(COMMON, found) for found in of_frames]
        new = [one for one, found in zip(paragraphs.tolist(), times, strict=True) if found < COMMON]
        new += [one for one, found in zip(frames.tolist(), of_frames, strict=True) if one and found < COMMON]
        assert fresh.tolist() == sorted(set(new))
        dispatch = int(chance.integers(0, 40))
        pairs = (paragraphs.astype(np.uint64) << np.uint64(16)) | np.uint64(dispatch)
        before = printed.add(pairs, day, day - 30)
        if step % 4 == 0:
            printed.restore(pairs, before)
        else:
            days |= dict.fromkeys(((paragraph, dispatch) for paragraph in paragraphs.tolist()), day)


def test_a_look_up_forgets_the_filter_bits_of_what_is_gone():
    chance, index = np.random.default_rng(5), CandidateIndex(1000)
    keys = chance.integers(0, 2**48, 500)
    index.file(np.array([[1, 0, 0, len(keys)]], dtype=np.int64), keys)
    assert (index.dump()[1][0] >> np.uint64(32)).any()
    index.unfile(keys)
    assert (index.dump()[1][0] >> np.uint64(32)).any()
    assert not len(index.look_up(keys, 0, -9, 9)[1])
    assert not (index.dump()[1][0] >> np.uint64(32)).any()


def test_numbers_of_48_bits_are_packed_whole():
    numbers = np.array([0, 1, 2**16, 2**47 + 12345, 2**48 - 1])
    assert len(pack_hashes(numbers)) == 6 * len(numbers)
    assert unpack_hashes(pack_hashes(numbers)).tolist() == numbers.tolist()
    assert len(unpack_hashes(b"")) == 0


def test_phrases_counted_many_at_once_are_counted_as_one_by_one():
    chance, many, few = np.random.default_rng(3), PhraseCounts(), PhraseCounts()
    phrases = np.concatenate((chance.integers(0, 2**48, 90_000), chance.integers(2**48 - 500, 2**48, 90_000)))
    many.reserve(len(phrases))
    many.add(phrases)
    for start in range(0, len(phrases), 999):
        few.add(phrases[start : start + 999])
    asked = np.concatenate((np.unique(phrases), chance.integers(0, 2**48, 1000)))
    assert many.count(asked).tolist() == few.count(asked).tolist()
    assert many.count(asked).sum() == len(phrases)
