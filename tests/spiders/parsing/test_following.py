"""A link leads to the next page of an article only where its address counts on, and both pages name one article."""

import pytest

from spiders.parsing.following import agree, continues


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://a.example/town/lock", "/town/lock/2"),
        ("https://a.example/town/lock.html", "lock-2.html"),
        ("https://a.example/town/lock.html", "lock,page2.html"),
        ("https://a.example/town/lock/", "/town/lock/page/2/"),
        ("https://a.example/town/lock-4711", "/town/lock-4711/2"),
        ("https://a.example/town/lock-4711.html", "lock-4711-2.html"),
        ("https://a.example/town/lock-2.html", "lock-3.html"),
        ("https://a.example/town/lock", "?page=2"),
        ("https://a.example/town/lock", "?page=1"),
        ("https://a.example/town?id=4711", "?id=4711&seite=2"),
        ("https://a.example/town?id=4711&seite=2&utm_source=x", "?id=4711&seite=3"),
        ("file:///saved/lock.html", "lock-2.html"),
    ],
)
def test_an_address_that_counts_on_leads_to_the_next_page(url, link):
    assert continues(url, link)


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://a.example/town/lock-4711", "/town/lock-4712"),
        ("https://a.example/town/4711.html", "4712.html"),
        ("https://a.example/town?id=4711", "?id=4712"),
        ("https://a.example/town?id=7", "?id=12"),
        ("https://a.example/town/lock", "/town/mill"),
        ("https://a.example/town/lock", "/town/lock-7"),
        ("https://a.example/town/lock-2", "/town/lock-5"),
        ("https://a.example/town/lock", "?page=9"),
        ("https://a.example/town/lock", "/town/lock"),
        ("https://a.example/", "/2"),
        ("https://a.example/town/lock", "https://[broken/"),
    ],
)
def test_other_addresses_lead_to_other_stories(url, link):
    assert not continues(url, link)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (["Lock opens after three years"], True),
        (["Page 2: lock opens after three years", "The Quay"], True),
        (["Slide two: the gates", "Lock opens after three years"], True),
        (["Mill is sold"], False),
        ([], True),
    ],
)
def test_pages_of_one_article_share_a_name(other, expected):
    assert agree(["Lock opens after three years"], other) is expected
