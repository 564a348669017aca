import pytest

from spiders.feeds.decoding import decode

TEXT = "<?xml version='1.0' encoding='{}'?><rss>Grüße – Łódź</rss>"
WESTERN = "<?xml version='1.0' encoding='{}'?><rss>Grüße – Café</rss>"


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-8"]
)
@pytest.mark.parametrize("said", ["utf-8", "iso-8859-1", "nonsense", "us-ascii"])
def test_unicode_is_recognised_whatever_is_said(encoding: str, said: str) -> None:
    text = TEXT.format(said)
    assert decode(text.encode(encoding), f"text/xml; charset={said}")[0] == text


@pytest.mark.parametrize(
    ("encoding", "declared", "header"),
    [
        ("cp1252", "windows-1252", None),
        ("cp1252", "iso-8859-1", None),
        ("cp1252", "utf-8", "text/xml; charset=ISO-8859-1"),
        ("cp1252", "us-ascii", None),
        ("cp1252", "nonsense", None),
        ("cp1252", "base64", None),
        ("cp1252", "rot13", "text/xml; charset=zlib"),
    ],
)
def test_western_bytes_are_read_as_what_they_are(encoding: str, declared: str, header: str | None) -> None:
    text = WESTERN.format(declared)
    assert decode(text.encode(encoding), header)[0] == text


@pytest.mark.parametrize(
    ("encoding", "word"),
    [
        ("iso-8859-2", "Łódź"),
        ("windows-1251", "Новости порта"),
        ("koi8-r", "Новости порта"),
        ("gb2312", "港口新闻"),
        ("big5", "港口新聞"),
        ("shift_jis", "港のニュース"),
        ("euc-kr", "항구 소식"),
        ("iso-2022-jp", "港のニュース"),
        ("windows-1256", "أخبار الميناء"),
    ],
)
def test_declared_encodings_are_read(encoding: str, word: str) -> None:
    body = f"<?xml version='1.0' encoding='{encoding}'?><rss>".encode() + word.encode(encoding) + b"</rss>"
    assert word in decode(body, None)[0]


def test_utf_8_with_an_accident_stays_utf_8() -> None:
    text, problems = decode(
        "Grüße aus Łódź, señor ".encode() + b"\xe9" + " und Köln".encode(), "text/xml; charset=utf-8"
    )
    assert text == "Grüße aus Łódź, señor \ufffd und Köln"
    assert problems == ["encoding: 1 characters are no utf-8"]


def test_wrong_declarations_are_told() -> None:
    assert decode("Łódź".encode(), "text/xml; charset=big5")[1] == ["encoding: said to be big5, is utf-8"]


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x1b", "\x7f", "\x85", "\x9f", "\ufffe"])
def test_control_characters_are_dropped_and_told(character: str) -> None:
    text, problems = decode(f"<rss>a{character}b</rss>".encode(), None)
    kept = "\x85" if character == "\x85" else ""
    assert text == f"<rss>a{kept}b</rss>"
    assert bool(problems) is not bool(kept)
