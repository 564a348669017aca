"""Addresses that are shown lose their secrets and go on working as links."""

import pytest

from copytaster.masking.addresses import public_address, sessionless_address
from tests.copytaster.masking.test_text import ADDRESSES


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:p@a.example/story?id=7", "https://a.example/story?id=7"),
        ("https://a.example/story;jsessionid=A1B2C3D4E5?id=7", "https://a.example/story?id=7"),
        ("https://a.example/story?sid=canary-5f1c&id=7&code=US", "https://a.example/story?id=7&code=US"),
        ("https://a.example/story?id=7;token=abc;n=2", "https://a.example/story?id=7;n=2"),
        ("https://a.example/story?id=7#access_token=abc", "https://a.example/story?id=7"),
        ("https://a.example/go?to=https%3A%2F%2Fb.example%3Ftoken%3Dabc&id=7", "https://a.example/go?id=7"),
        ("https://a.example/a;v=1;sid=canary-5f1c/b", "https://a.example/a;v=1/b"),
    ],
)
def test_secrets_leave_and_the_rest_stays(url, shown):
    assert public_address(url) == shown


def test_two_hundred_ordinary_addresses_stay():
    addresses = [address.format(n=number) for address in ADDRESSES for number in range(4000, 4010)]
    assert [address for address in addresses if public_address(address) != address] == []


def test_what_is_no_address_is_masked():
    assert public_address("http://[::1?token=abc") == "http://[::1?token=***"


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("https://a.example/story;jsessionid=A1B2?id=7", "https://a.example/story?id=7"),
        ("https://a.example/story?PHPSESSID=abc&id=7", "https://a.example/story?id=7"),
        ("https://a.example/2026/quay-rebuilt?sid=9f86d081", "https://a.example/2026/quay-rebuilt"),
        ("https://a.example/read?sid=9f86d081&id=7", "https://a.example/read?id=7"),
        ("https://a.example/read.php?sid=9f86d081", "https://a.example/read.php?sid=9f86d081"),
        ("https://a.example/story-1?sid=104", "https://a.example/story-1?sid=104"),
        (
            "https://a.example/story-1?code=9f86d081&token=a",
            "https://a.example/story-1?code=9f86d081&token=a",
        ),
    ],
)
def test_a_session_leaves_unless_it_may_name_the_page(url, bare):
    assert sessionless_address(url) == bare
