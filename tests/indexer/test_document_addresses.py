"""Addresses of index documents are shown without secrets, also where an earlier release wrote them whole."""

from indexer.document_addresses import show_addresses

SECRET = "https://a.example/story?id=7&token=canary-5f1c"
SHOWN = "https://a.example/story?id=7"


def test_every_address_of_an_old_document_is_cleaned():
    document = {
        "headline": "Quay",
        "urls": [SECRET],
        "members": [{"story": 1, "url": SECRET}],
        "chain": [{"url": SECRET}],
    }
    assert show_addresses(document) == {
        "headline": "Quay",
        "urls": [SHOWN],
        "members": [{"story": 1, "url": SHOWN}],
        "chain": [{"url": SHOWN}],
    }


def test_a_clean_document_is_passed_on_as_it_is():
    document = {"headline": "Quay", "urls": [SHOWN], "members": [{"story": 1, "url": SHOWN}], "chain": []}
    assert show_addresses(document) is document
