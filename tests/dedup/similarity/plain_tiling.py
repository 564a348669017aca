"""Greedy string tiling as the book has it, slow and plain: what the compiled one must agree with."""

from __future__ import annotations

from itertools import pairwise

MIN_RUN = 6
MAX_REPEATS = 8


def tile_plainly(left, right):
    """[(start in left, start in right, length)] in order of left; both are lists of words."""
    places = {}
    for j in range(len(right) - MIN_RUN + 1):
        places.setdefault(tuple(right[j : j + MIN_RUN]), []).append(j)
    matches = {
        (i, j)
        for i in range(len(left) - MIN_RUN + 1)
        for j in places.get(tuple(left[i : i + MIN_RUN]), [])[:MAX_REPEATS]
    }
    stretches = []
    for i, j in matches:
        if (i - 1, j - 1) in matches:
            continue
        end = 0
        while (i + end, j + end) in matches:
            end += 1
        stretches.append((i, j, end + MIN_RUN - 1))
    used_left, used_right, runs = set(), set(), []
    for i, j, length in sorted(stretches, key=lambda stretch: (-stretch[2], stretch[0], stretch[1])):
        place = 0
        while place < length:
            end = place
            while end < length and i + end not in used_left and j + end not in used_right:
                end += 1
            if end - place >= MIN_RUN:
                runs.append((i + place, j + place, end - place))
                used_left |= set(range(i + place, i + end))
                used_right |= set(range(j + place, j + end))
            place = end + 1
    return sorted(runs)


def find_rival_plainly(runs, words, others):
    """Words of the longest place where each text has something of its own."""
    bounds = [(0, 0, 0), *runs, (words, others, 0)]
    gaps = [
        min(i - before - size, j - other_before - size)
        for (before, other_before, size), (i, j, _) in pairwise(bounds)
    ]
    return max(0, *gaps)
