"""Secrets in text are masked whatever their name, form and encoding; ordinary addresses and copy stay as they are."""

import re
from importlib.resources import files

import pytest

from copytaster.masking.names import MASK
from copytaster.masking.text import mask_secrets
from tests.growth import is_even

CANARY = "canary-5f1c"
BASIC = "ZGVzazpjYW5hcnktNWYxYw=="  # desk:canary-5f1c
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.Y2FuYXJ5LTVmMWM"

NAMES = [
    "api_key", "apikey", "apiKey", "X-API-Key", "key", "token", "access_token", "accessToken", "auth", "auth_token",
    "bearer", "client_secret", "code", "credential", "feedkey", "hdnea", "id_token", "jsessionid", "jwt", "otp", "pass",
    "passwd", "password", "PASSWORD", "phpsessid", "pwd", "refresh_token", "secret", "sess", "session", "sessionid",
    "session_id", "sid", "sig", "signature", "ticket", "X-Amz-Credential", "X-Amz-Security-Token", "X-Amz-Signature",
    "user[password]", "%74oken", "api%5Fkey",
]  # fmt: skip
FORMS = [
    "https://wire.example/feed?page=2&{name}={value}&n=1",
    "https://wire.example/feed#{name}={value}",
    "https://wire.example/feed;{name}={value}",
    "GET /feed?{name}={value} HTTP/1.1",
    "grant=a&{name}={value}",
    "https://wire.example/login?next=/feed?{name}={value}",
    "login%3Fnext%3D%2Ffeed%26{name}%3D{value}%26n%3D1",
    "login%3Fnext%3D%252Ffeed%253F{name}%253D{value}%2526n",
    "a&amp;{name}={value}&amp;b",
    '<a href="/feed?{name}={value}">',
    "could not fetch https://wire.example/?{name}={value}: refused",
]
WORDS = [name for name in NAMES if name.replace("_", "").replace("-", "").isalnum()]
STRUCTURES = [
    '{{"{name}": "{value}"}}',
    "{{'{name}': '{value}', 'page': 2}}",
    '{{\\"{name}\\":\\"{value}\\"}}',
    "%7B%22{name}%22%3A%22{value}%22%7D",
    "{name} = '{value}'",
    '{name}="{value}"',
    "&quot;{name}&quot;: &quot;{value}&quot;",
    "a\\u0026{name}={value}",
]
LINES = [
    f"https://user:{CANARY}@wire.example/feed",
    f"https://{CANARY}@wire.example/",
    f"postgresql+psycopg://desk:{CANARY}@db/x",
    f"postgresql://desk:a/b?{CANARY}@db/x",
    f"https%3A%2F%2Fuser%3A{CANARY}%40wire.example%2Ffeed",
    f"https%253A%252F%252Fuser%253A{CANARY}%2540wire.example",
    f"Authorization: Bearer {CANARY}",
    f"authorization: {CANARY}",
    f"Authorization: Basic {BASIC}",
    f"Proxy-Authorization: Digest username=desk, response={CANARY}",
    f"Authorization%3A%20Bearer%20{CANARY}",
    f"Cookie: consent=yes; sid={CANARY}",
    f"Set-Cookie: desk={CANARY}; Path=/",
    f"X-Api-Key: {CANARY}",
    f"x-feed-token: {CANARY}",
    f"('authorization', 'Bearer {CANARY}')",
    f"{{b'Authorization': [b'Bearer {CANARY}']}}",
    f"[['cookie', '{CANARY}']]",
    f"the server wants Basic {BASIC}",
    f"sent bearer {CANARY}",
    f"got {JWT} back",
    f"https://wire.example/feed?t={JWT}",
    f"password: {CANARY}",
    "key AKIAIOSFODNN7EXAMPLE of canary-5f1c",
]
ADDRESSES = [
    "https://a.example/story?id={n}&page=2",
    "https://a.example/2026/03/{n}/harbour-board-votes-to-rebuild-quay.html",
    "https://a.example/news/articles/c{n}l1j8zq9d9o",
    "https://a.example/article/5ab8f1e0a8e94b8fb9f1c4c31e4a{n}",
    "https://a.example/article/us-harbour-quay/harbour-board-votes-idUSKBN1A{n}",
    "https://a.example/main/read?mode=LSD&mid=sec&sid1=104&oid=001&aid=000{n}",
    "https://a.example/news?code=US&n={n}",
    "https://a.example/region?code=DE-BY&session=2026",
    "https://a.example/forum?code=sz{n}",
    "https://a.example/topic?key=harbour-election-2026&page={n}",
    "https://a.example/session?session=morning&sid={n}",
    "https://medium.example/@reporter/harbour-{n}",
    "https://a.example:8443/@reporter/{n}",
    "https://a.example/story;version=2?section=world&storyid={n}",
    "https://a.example/?p={n}#comments",
    "https://a.example/artikel/hafen-{n},1234567.html?print=true",
    "https://a.example/%D9%86%D8%B5/{n}?lang=ar",
    "https://a.example/photo.jpg?w=1200&h=630&crop=faces&v={n}",
    "https://a.example/keyboard?keyword=token&author=smith&n={n}",
    "https://a.example/world?cmp=rss&category=secret-services&n={n}",
]
SENTENCES = [
    "Token: a coin that the exchange listed on Monday.",
    "Cookie: the recipe that won the prize.",
    "Authorization: Congress approves the budget.",
    "The standard bearer Ida Lund led the parade; bearer bonds fell.",
    "A basic understanding of tides helps, the pilot said.",
    "Password: the film that everybody saw.",
    "The session = the shortest in years, E=mc2, and 2+2=4.",
    'She said: "key": that was the word.',
    "mail desk@harbour.example or call 555-0100",
    "The signature of the minister; the secret service; the code of conduct; a PIN of four digits.",
]


@pytest.mark.parametrize("form", FORMS)
def test_a_parameter_of_any_secret_name_is_masked_in_any_form(form):
    masked = {name: mask_secrets(form.format(name=name, value=CANARY)) for name in NAMES}
    assert {name: text for name, text in masked.items() if CANARY in text or MASK not in text} == {}
    assert {
        name: text for name, text in masked.items() if name not in text
    } == {}  # which one it was is visible


@pytest.mark.parametrize("form", STRUCTURES)
def test_a_member_of_any_secret_name_is_masked_in_any_spelling(form):
    masked = {name: mask_secrets(form.format(name=name, value=CANARY)) for name in WORDS}
    assert {name: text for name, text in masked.items() if CANARY in text or MASK not in text} == {}


@pytest.mark.parametrize("line", LINES)
def test_users_headers_and_shapes_are_masked(line):
    masked = mask_secrets(line)
    for secret in (CANARY, BASIC, JWT, "AKIAIOSFODNN7EXAMPLE"):
        assert secret not in masked.replace("of canary-5f1c", "")


@pytest.mark.parametrize("line", [*LINES, *(form.format(name="sid", value=CANARY) for form in FORMS)])
def test_masking_twice_changes_nothing_more(line):
    assert mask_secrets(mask_secrets(line)) == mask_secrets(line)


@pytest.mark.parametrize("secret", ["a&b-9x", "p;q-9x", 'say"9x', "päss9-x", "x" * 5000])
def test_a_percent_encoded_value_is_masked_whole(secret):
    from urllib.parse import quote

    assert mask_secrets(f"?password={quote(secret, safe='')}&page=2") == f"?password={MASK}&page=2"


def test_two_hundred_ordinary_addresses_stay():
    addresses = [address.format(n=number) for address in ADDRESSES for number in range(4000, 4010)]
    assert len(addresses) == 200
    assert [address for address in addresses if mask_secrets(address) != address] == []


def test_copy_stays():
    folder = files("newsdesk.demo").joinpath("dispatches")
    told = [path.read_text(encoding="utf-8") for path in folder.iterdir()]
    sentences = [line for text in told for line in re.split(r"(?<=[.!?]) ", text)]
    assert len(sentences) > 200
    assert [line for line in SENTENCES + sentences if mask_secrets(line) != line] == []


@pytest.mark.parametrize(
    "text",
    [
        "a" * 10**5, "://" * 33_000, "?key=" * 20_000, "-" * 10**5, " key" * 25_000, '"key":"' * 14_000, "%22" * 33_000,
        "=" * 10**5, "//a:" * 25_000, "eyJ" * 33_000, "bearer " * 14_000, "Authorization: " * 6_000, "\\" * 10**5,
        "//" + "a" * 10**5,
    ],
)  # fmt: skip
def test_masking_takes_no_time(text):
    assert is_even(mask_secrets, text)
