"""Secrets that the process was given are masked in every spelling; ordinary words never are."""

import json
from urllib.parse import quote

import pytest

from copytaster.masking.known import KnownSecrets, find_secrets
from tests.growth import is_even

SECRET = 'pa/ss w"ö-5f1c'


@pytest.mark.parametrize(
    "spelling",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote(quote(SECRET, safe=""), safe=""),
        json.dumps(SECRET),
    ],
)
def test_a_known_secret_is_masked_in_every_spelling(spelling):
    known = KnownSecrets()
    known.learn(SECRET)
    assert known.mask(f"cannot log in with {spelling}, says the server") in {
        "cannot log in with ***, says the server",
        'cannot log in with "***", says the server',
    }


def test_a_key_in_a_path_is_masked_also_where_the_address_is_encoded():
    known = KnownSecrets()
    known.learn("8f3a9c0d1e2b4f5a")
    for text in (
        "https://a.example/feeds/8f3a9c0d1e2b4f5a/rss",
        "a.example%2Ffeeds%2F8f3a9c0d1e2b4f5a%2Frss",
    ):
        assert "8f3a" not in known.mask(text)


@pytest.mark.parametrize("secret", ["", "short", "copytaster", "changeme"])
def test_a_word_is_not_learned(secret):
    known = KnownSecrets()
    known.learn(secret)
    text = f"copytaster says {secret} in short, changeme"
    assert known.mask(text) == text


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("https://a.example/feeds/8f3a9c0d1e2b4f5a/rss.xml?page=2", ["8f3a9c0d1e2b4f5a"]),
        ("https://desk:pa%2Fss5@a.example/", ["pa/ss5"]),
        ("https://k7Hq2x9Zp@a.example/", ["k7Hq2x9Zp"]),
        ("https://a.example/rss?u=k7Hq2x9Zp&n=world", ["k7Hq2x9Zp"]),
        ("https://a.example/rss;sid=canary-5f1c#token=abc", ["abc", "canary-5f1c"]),
        ("https://a.example/reuters/topNews?format=rss2", []),
        ("sqlite:////var/lib/copytaster/store.sqlite", []),
        ("http://[::1", []),
    ],
)
def test_the_secrets_of_a_configured_address_are_found(url, secrets):
    assert find_secrets(url) == secrets


def test_masking_known_secrets_takes_no_time():
    known = KnownSecrets()
    for number in range(2000):
        known.learn(f"secret{number}x9y8z7")
    assert is_even(known.mask, "a word or two and secret77x9y8z7 " * 3000)
