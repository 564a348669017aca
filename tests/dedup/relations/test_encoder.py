"""Both encoders behind their port."""

from __future__ import annotations

import socket

import numpy as np
import pytest

from dedup.relations import model
from dedup.relations.encoder import LexicalEncoder, load_encoder
from dedup.relations.model import is_installed

SENTENCES = (
    "The ferry ran aground near Varnholt.",
    "Паром сел на мель у Варнхольта.",
    "Shares fell in Tokyo.",
)


@pytest.fixture(params=["multilingual", "lexical"])
def encoder(request):
    if request.param == "lexical":
        return LexicalEncoder()
    if not is_installed():
        pytest.skip("the extra `languages` is not installed: pip install 'copytaster[languages]'")
    load_encoder.cache_clear()
    return load_encoder()


def test_vectors_have_length_one(encoder):
    vectors = encoder.encode(SENTENCES)
    assert vectors.shape[0] == len(SENTENCES)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-3)
    assert encoder.encode(()).shape == (0, vectors.shape[1])


def test_the_same_sentence_has_the_same_vector_in_any_company(encoder):
    alone, among = encoder.encode(SENTENCES[:1])[0], encoder.encode(SENTENCES)[0]
    assert float(alone @ among) == pytest.approx(1.0, abs=1e-3)


def test_a_translation_is_near_and_other_news_is_not(encoder):
    if not encoder.reads_languages:
        pytest.skip("the lexical form reads one language at a time")
    told, translated, other = encoder.encode(SENTENCES)
    assert told @ translated > 0.5 > told @ other


def test_no_connection_is_opened(encoder, monkeypatch):
    def refuse(*_):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    encoder.encode(SENTENCES)


def test_without_the_extra_the_lexical_form_takes_its_place(monkeypatch):
    monkeypatch.setattr(model, "MODULE", "not_installed_at_all")
    load_encoder.cache_clear()
    try:
        assert load_encoder().name == "lexical"
    finally:
        load_encoder.cache_clear()
