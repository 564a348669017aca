"""Who published a page: configuration and host decide, whatever the copy says."""

import pytest

from spiders.publishers import Publisher, Publishers, site_of
from spiders.sources.config import Source


def make_source(name, publisher, url, **more):
    return Source(name=name, publisher_name=publisher, kind="feed", url=url, **more)


POST = make_source("post", "Harbour Post", "https://www.harbour-post.example/rss", family="Quay Media")
WIRE = make_source("wire", "Reuters", "https://feeds.wire.example/all", hosts=("wire.example",))
LISTER = make_source("lister", "Lister", "https://lister.example/feed")
BOOTH = make_source("booth", "Booth", "https://feeds.shared.example/booth")
STALL = make_source("stall", "Stall", "https://feeds.shared.example/stall")
PUBLISHERS = Publishers([POST, WIRE, LISTER, BOOTH, STALL])


@pytest.mark.parametrize(
    ("url", "source", "claim", "publisher"),
    [
        ("https://harbour-post.example/a", POST, None, Publisher("Harbour Post", "Quay Media", None, True)),
        (
            "https://harbour-post.example/a",
            LISTER,
            None,
            Publisher("Harbour Post", "Quay Media", None, True),
        ),
        (
            "https://harbour-post.example/a",
            LISTER,
            "Reuters",
            Publisher("Harbour Post", "Quay Media", "Reuters", True),
        ),
        ("https://www.wire.example/a", LISTER, None, Publisher("Reuters", None, None, True)),
        ("https://uk.reuters.com/article/x", LISTER, None, Publisher("Reuters", None, None, True)),
        ("https://reuters.com.evil.example/x", LISTER, None, Publisher("Lister")),
        (
            "https://evil.example/reuters.com/article/x-idUSKBN1",
            LISTER,
            "Reuters",
            Publisher("evil.example", None, "Reuters"),
        ),
        ("https://reuters.online/x", LISTER, "Reuters", Publisher("reuters.online", None, "Reuters")),
        ("https://evil.example/x", LISTER, "Lister", Publisher("Lister")),
        (
            "https://evil.example/x",
            LISTER,
            "Harbour Post",
            Publisher("evil.example", "Quay Media", "Harbour Post"),
        ),
        ("https://feeds.shared.example/b", BOOTH, None, Publisher("Booth")),
        ("https://feeds.shared.example/b", BOOTH, "Reuters", Publisher("Booth", None, "Reuters")),
        ("file:///inbox/a.html", POST, None, Publisher("Harbour Post", "Quay Media")),
        ("http://[broken", LISTER, "Reuters", Publisher("Lister", None, "Reuters")),
    ],
)
def test_host_and_configuration_decide(url, source, claim, publisher):
    assert PUBLISHERS.of_page(url, source, claim) == publisher


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.post.example/a", "post.example"),
        ("http://post.example:80/a", "post.example"),
        ("http://post.example:8080/a", "post.example:8080"),
        ("file:///a", ""),
        ("http://post.example:x/", ""),
    ],
)
def test_a_site_is_a_host_with_its_port(url, site):
    assert site_of(url) == site


def test_copy_of_a_publisher_folds_only_where_several_channels_bring_it():
    folder = Source(name="drop", publisher_name="Harbour Post", kind="folder", url="/srv/in")
    feed = make_source("more", "Lister", "https://lister.example/more")
    publishers = Publishers([POST, folder, LISTER, feed])
    assert publishers.of_page("https://harbour-post.example/a", LISTER).folds
    assert publishers.of_page("file:///srv/in/1.xml", folder).folds
    assert not publishers.of_page("https://lister.example/a", LISTER).folds
