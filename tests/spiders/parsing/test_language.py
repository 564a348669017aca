import pytest

from spiders.parsing.language import find_language, normalise_language

ENGLISH = "The council voted on Thursday to rebuild the old bridge within two years, the mayor said. " * 4
GERMAN = (
    "Der Rat stimmte am Donnerstag dafür, die alte Brücke binnen zwei Jahren neu zu bauen, sagte sie. " * 4
)


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("EN_us", "en"),
        ("nb-NO", "no"),
        ("zh-Hant", "zh"),
        ("iw", "he"),
        ("", None),
        (None, None),
        ("x", None),
        ("english", None),
    ],
)
def test_normalise(code, language):
    assert normalise_language(code) == language


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        (ENGLISH, (), "en"),
        (ENGLISH, ("en-US",), "en"),
        (ENGLISH, ("de",), "en"),  # a template's language, not the story's
        (GERMAN, (None, "en", "de"), "de"),
        ("Kurz.", ("de",), "de"),
        ("Kurz.", (), None),
    ],
)
def test_find(text, declared, language):
    assert find_language(text, *declared) == language
