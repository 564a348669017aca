"""Which names carry secrets, and which values are too plain to be one."""

import pytest

from copytaster.masking.names import is_secret, looks_random, rate_name


@pytest.mark.parametrize(
    ("name", "rating"),
    [
        ("password", "secret"),
        ("userPassword", "secret"),
        ("X-Amz-Signature", "secret"),
        ("mytoken", "secret"),
        ("code", "doubtful"),
        ("cds_response_key", "doubtful"),
        ("keyboard", "harmless"),
        ("author", "harmless"),
        ("broken", "harmless"),
        ("decode", "harmless"),
        ("id", "harmless"),
        ("", "harmless"),
        ("87qRI9x2Key=", "harmless"),  # base64
    ],
)
def test_a_name_is_rated(name, rating):
    assert rate_name(name) == rating


@pytest.mark.parametrize(
    "value", ["US", "DE-BY", "2026", "morning", "us-election-2026", "sz300274", "2026-03-02", ""]
)
def test_a_doubtful_name_with_a_plain_value_is_no_secret(value):
    assert not is_secret("code", value)
    assert is_secret("password", value) == bool(value)


@pytest.mark.parametrize(
    "value", ["canary-5f1c", "9f86d081884c7d65", "4/0AX4XfWhz", "QmFzZTY0Cg==", "%34%2F0AX4XfWhz"]
)
def test_a_doubtful_name_with_a_drawn_value_is_a_secret(value):
    assert is_secret("code", value)


@pytest.mark.parametrize(
    ("value", "drawn"),
    [
        ("k7Hq2x9Zp", True),
        ("9f86d081884c7d65", True),
        ("canary-5f1c", True),
        ("world-us-canada-50123456", False),
        ("top10news", False),
        ("rss2", False),
        ("harbour", False),
        ("2026", False),
    ],
)
def test_a_drawn_value_is_told_from_a_chosen_one(value, drawn):
    assert looks_random(value) is drawn
