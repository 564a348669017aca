"""A version as relations see it: its sentences with their vectors, its facts, and where and when it was printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dedup.relations.facts import Facts, read_facts
from dedup.relations.names import read_names
from dedup.text.sentences import divide

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from copytaster.store.tellings import GroupedText
    from dedup.relations.encoder import Encoder

LEAD = 3  # sentences that stand for the whole until a proof is asked for: the headline and two more
MOST_SENTENCES = 14  # what stands below is cut most often, and costs two milliseconds a sentence
_CUT = 300  # characters of a sentence that are encoded


@dataclass(slots=True, eq=False)
class Telling:
    """A version, read. The headline is its first sentence; `vectors` has a row for each that is encoded yet.

    `subject` has the names of its lead, by their keys.
    """

    text: GroupedText
    sentences: tuple[str, ...]
    facts: Facts
    subject: Mapping[str, str]
    vectors: NDArray[np.float32]

    @property
    def weights(self) -> NDArray[np.float32]:
        """What each sentence counts: the root of its length, so that neither headline nor list decides alone."""
        return np.sqrt(
            np.array([len(one.encode(errors="replace")) for one in self.sentences], dtype=np.float32)
        )

    @property
    def lead(self) -> NDArray[np.float32]:
        """The vector that stands for it: the mean of its lead's sentences, of length one; zeros without text."""
        if not len(self.vectors):
            return np.zeros(self.vectors.shape[1], dtype=np.float32)
        mean: NDArray[np.float32] = self.vectors[:LEAD].mean(axis=0)
        return mean / max(float(np.linalg.norm(mean)), 1e-6)


def read_tellings(texts: Sequence[GroupedText], encoder: Encoder, *, most: int = LEAD) -> list[Telling]:
    """Read versions, and encode their first sentences."""
    nothing = encoder.encode([])
    tellings = [_read(text, nothing) for text in texts]
    encode_tellings(tellings, encoder, most=most)
    return tellings


def encode_tellings(tellings: Iterable[Telling], encoder: Encoder, *, most: int = MOST_SENTENCES) -> None:
    """Encode their first sentences, as far as they are not encoded yet; all at once, which costs least."""
    rest = [(one, one.sentences[len(one.vectors) : most]) for one in tellings]
    vectors = encoder.encode([sentence for _, sentences in rest for sentence in sentences])
    done = 0
    for telling, sentences in rest:
        telling.vectors = np.vstack([telling.vectors, vectors[done : done + len(sentences)]])
        done += len(sentences)


def _read(text: GroupedText, nothing: NDArray[np.float32]) -> Telling:
    head = [text.headline[:_CUT]] if text.headline.strip() else []
    sentences = head + [one[:_CUT] for one in _divide(text.body, MOST_SENTENCES - len(head))]
    facts = read_facts(f"{text.headline}\n{text.body}", text.language, text.places)
    subject = read_names("\n".join(sentences[:LEAD]))
    return Telling(text, tuple(sentences), facts, subject, nothing)


def _divide(body: str, most: int) -> list[str]:
    """By line too: the bounds of nearness were chosen on lines of hard-wrapped copy, which whole sentences are nearer than."""
    return divide(body, most=most, by_line=True)
