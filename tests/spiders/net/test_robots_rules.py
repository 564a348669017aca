"""What is kept of a robots.txt allows and refuses the same addresses as the whole."""

import random

import pytest
from protego import Protego

from copytaster.errors import UnparsableError
from spiders.net.robots_rules import MAX_RULES, keep_rules

AGENT = "copytaster/0.1 (+https://desk.example/about-our-bot)"
URLS = [
    f"https://pier.example{path}"
    for path in ("/", "/a", "/a/b", "/a/b.html", "/b?x=1", "/c/index.html", "/robots.txt")
]
LINES = [
    *(
        f"User-agent: {name}"
        for name in ("*", "copytaster", "Copytaster*", "copy", "taster", "other", "desk.example", "", "bot")
    ),
    "user agent other",
    "Useragent: copytaster",
    "User-Agent : *",
    "User-agent: copytaster # us",
    "user  agent: copytaster",
    *(
        f"{verb}: {path}"
        for verb in ("Disallow", "Allow", "disalow")
        for path in ("/", "/a", "/a/*.html$", "/b?", "*/b", "", "/c/index.html")
    ),
    "Disallow /a",
    "Allow /a/b",
    "Crawl-delay: 5",
    "Sitemap: https://pier.example/sitemap.xml",
    "Host: pier.example",
    "noise",
    "noise: 1",
    "# comment",
    "",
    "  ",
]


def answers(text):
    rules = Protego.parse(text)
    return [rules.can_fetch(url, AGENT) for url in URLS]


def test_the_kept_rules_decide_as_the_whole():
    pick = random.Random(7)
    refused = 0
    for _ in range(3_000):
        text = "\n".join(pick.choice(LINES) for _ in range(pick.randrange(1, 14)))
        kept = keep_rules(text.encode(), AGENT, url="http://pier.example/robots.txt")
        assert answers(kept) == answers(text), text
        refused += not all(answers(text))
    assert refused > 300


@pytest.mark.parametrize(
    "body",
    [
        "\n".join(f"User-agent: bot{number}" for number in range(10_000)) + "\nDisallow: /a" * 20_000,
        "User-agent: *\nDisallow: /private\n" + "User-agent: x\nDisallow: /b\n" * 15_000,
        "\ufeffUser-agent: *\nDisallow: /private",
        "User-agent: *\nDisallow: /private\nDisallow: /" + "*a" * 100_000,
    ],
)
def test_little_is_kept_of_a_large_file(body):
    assert len(keep_rules(body.encode(), AGENT, url="http://pier.example/robots.txt")) < 100


def test_more_rules_than_any_site_needs_are_refused():
    body = "User-agent: *\n" + "\n".join(f"Disallow: /{number}" for number in range(MAX_RULES + 1))
    with pytest.raises(UnparsableError) as caught:
        keep_rules(body.encode(), AGENT, url="http://pier.example/robots.txt")
    assert caught.value.reason == "too-complex"
