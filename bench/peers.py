"""The engine's peers on the same texts: datasketch as documented and in bulk, rensa, exact hashing; signatures by both."""

from __future__ import annotations

import re
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

import xxhash
from datasketch import MinHash, MinHashLSH

from dedup.candidates.signature import Recipe, Signer
from dedup.evaluation.metrics import join_pairs
from dedup.text.ngrams import roll_grams
from dedup.text.words import read_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def shingle(text: str) -> set[bytes]:
    """Word 5-grams, as in the library's guide."""
    tokens = re.findall(r"\w+", text.lower())
    return {" ".join(tokens[i : i + 5]).encode() for i in range(len(tokens) - 4)} or {b""}


def group_as_documented(texts: Sequence[str], hashed: Callable[[bytes], int] | None = None) -> int:
    """MinHash, MinHashLSH and connected pairs; with `hashed`, sketches are made in bulk by that hash."""
    index, edges = MinHashLSH(threshold=0.7, num_perm=128), []
    if hashed is None:
        sketches = (_sketch(text) for text in texts)
    else:
        sketches = MinHash.generator(map(shingle, texts), num_perm=128, hashfunc=hashed)
    for number, sketch in enumerate(sketches):
        edges += [(other, number) for other in index.query(sketch)]
        index.insert(number, sketch)
    return len(set(join_pairs(range(len(texts)), edges).values()))


def _sketch(text: str) -> MinHash:
    sketch = MinHash(num_perm=128)
    for one in shingle(text):
        sketch.update(one)
    return sketch


def group_by_rensa(texts: Sequence[str]) -> int:
    """The same with rensa's signatures and index."""
    from rensa import RMinHash, RMinHashLSH

    index, edges = RMinHashLSH(threshold=0.7, num_perm=128, num_bands=16), []
    for number, text in enumerate(texts):
        sketch = RMinHash(num_perm=128, seed=1)
        sketch.update([one.decode() for one in shingle(text)])
        edges += [(other, number) for other in index.query(sketch)]
        index.insert(number, sketch)
    return len(set(join_pairs(range(len(texts)), edges).values()))


def group_exactly(texts: Sequence[str]) -> int:
    """One hash of the whole text: the least possible cost."""
    return len({xxhash.xxh3_64_intdigest(text.encode()) for text in texts})


def time_call(call: Callable[[], object]) -> float:
    """CPU seconds of the call."""
    started = time.process_time()
    call()
    return time.process_time() - started


def measure_peers(texts: Sequence[str]) -> dict[str, float | str]:
    """Stories per second of each peer."""
    figures: dict[str, float | str] = {
        "datasketch_per_s": len(texts) / time_call(lambda: group_as_documented(texts)),
        "datasketch_xxhash_bulk_per_s": len(texts)
        / time_call(lambda: group_as_documented(texts, xxhash.xxh32_intdigest)),
        "rensa_per_s": "skipped: not installed",
        "exact_hash_per_s": len(texts) / max(1e-9, time_call(lambda: group_exactly(texts))),
    }
    if find_spec("rensa") is not None:
        figures["rensa_per_s"] = len(texts) / time_call(lambda: group_by_rensa(texts))
    return figures


def measure_signatures(texts: Sequence[str]) -> dict[str, float]:
    """Signatures per second: ours from word hashes, and `MinHash.bulk` from the same shingles as bytes."""
    words = [read_words(text).words for text in texts]
    grams = [[gram.to_bytes(8, "little") for gram in set(roll_grams(one, 4).tolist())] for one in words]
    signer = Signer(Recipe(1))
    signer.sign(words[0])
    ours = len(words) / time_call(lambda: [signer.sign(one) for one in words])
    theirs = len(words) / time_call(lambda: MinHash.bulk(grams, num_perm=128))
    return {"signatures_per_s": ours, "bulk_per_s": theirs, "signatures_ratio": ours / theirs}
