"""What a version is about: names of the lead, those the headline shares, and the words of the headline."""

from __future__ import annotations

import pytest

from dedup.text.subject import read_subject
from dedup.text.words import hash_words, read_words


def read(headline, body):
    return read_subject(headline, body, read_words(body))


def hashes(words):
    return sorted(set(hash_words(words).tolist()))


def test_a_name_that_begins_the_lead_is_known_from_the_headline():
    subject = read("Kalort raises postings", "Kalort said it raised its posted prices in Tuskholm on Monday.")
    assert subject.names.tolist() == hashes("kalort tuskholm")
    assert subject.actors.tolist() == hashes("kalort")


def test_a_common_word_that_begins_the_lead_is_no_name():
    body = "Shares of Kalort fell. The shares had risen before, and shares of others rose."
    assert read("Shares fall", body).names.tolist() == hashes("kalort")


def test_a_german_noun_behind_an_article_is_no_name():
    body = (
        "Ein Streik hat die Arbeit im Werk von Kalort gestoppt. Vom Mittag bis zum Abend stand der Betrieb."
    )
    assert read("Streik bei Kalort", body).names.tolist() == hashes("kalort")


@pytest.mark.parametrize(
    ("headline", "body"),
    [
        ("Siebzehn Verletzte in Ohrid", "Siebzehn wurden bei Ohrid verletzt."),
        ("Einundzwanzig Verletzte in Ohrid", "Einundzwanzig wurden bei Ohrid verletzt."),
        ("Seventeen Hurt", "Seventeen were hurt near Ohrid."),
        ("Quinze blessés", "Quinze ont perdu leur maison à Ohrid."),
    ],
)
def test_a_count_in_words_is_no_name(headline, body):
    assert read(headline, body).names.tolist() == hashes("ohrid")


def test_without_a_headline_all_names_act():
    subject = read("", "The price of oil from Kalort fell.")
    assert subject.actors.tolist() == subject.names.tolist() == hashes("kalort")
    assert not len(subject.headline)


@pytest.mark.parametrize("headline", ["", "…", "x" * 5000, "Über Straßen", "東京で火事"])
def test_any_headline_is_read(headline):
    assert len(read(headline, "Rain fell in Ohrid on Monday.").names)
