import pytest

from copytaster.errors import UnparsableError
from spiders.parsing.encoding import decode_page

RUSSIAN = "Совет города проголосовал в четверг за восстановление старого моста через реку. " * 8
GERMAN = "Die Brücke über den Fluß wird für größere Lastwagen gesperrt, sagte der Bürgermeister. " * 8
CHINESE = "市议会星期四投票决定在两年内重建旧桥，工程师三月曾警告两座桥墩不再安全。" * 10
ARABIC = "صوت مجلس المدينة يوم الخميس على إعادة بناء الجسر القديم فوق النهر خلال عامين. " * 8


def html(text, charset=None):
    meta = f'<meta charset="{charset}">' if charset else ""
    return f"<html><head>{meta}</head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize(
    ("text", "codec", "declared", "server"),
    [
        (RUSSIAN, "utf-8", None, None),
        (RUSSIAN, "utf-8", "windows-1251", None),  # declared wrong
        (RUSSIAN, "utf-8", None, "text/html; charset=iso-8859-1"),
        (RUSSIAN, "cp1251", "windows-1251", None),
        (RUSSIAN, "cp1251", None, "text/html; charset=windows-1251"),
        (RUSSIAN, "cp1251", "utf-8", None),  # declared wrong
        (RUSSIAN, "cp1251", "iso-8859-1", None),  # declared wrong
        (RUSSIAN, "koi8-r", "koi8-r", None),
        (RUSSIAN, "utf-16", None, None),
        (GERMAN, "cp1252", None, None),
        (GERMAN, "iso8859-15", "iso-8859-15", None),
        (GERMAN, "cp1252", "utf-8", None),  # declared wrong
        (CHINESE, "gbk", "gb2312", None),
        (CHINESE, "gb18030", None, None),
        (CHINESE, "gbk", "utf-8", None),  # declared wrong
        ("そこで彼はそれを見ていたので、私たちはとても驚きました。" * 9, "shift_jis", None, None),
        ("그는 어제 서울에서 기자들을 만나 다리를 다시 짓겠다고 말했다. " * 9, "euc_kr", None, None),
        (CHINESE, "gbk", None, "text/html; charset=gbk"),
        (ARABIC, "cp1256", "windows-1256", None),
        (ARABIC, "utf-8", "windows-1256", None),  # declared wrong
    ],
)
def test_text_survives(text, codec, declared, server):
    decoded = decode_page(html(text, declared).encode(codec), server)
    assert text in decoded.text


def test_a_few_bad_bytes_do_not_change_the_encoding():
    decoded = decode_page(
        html(GERMAN, "utf-8").encode().replace("größere".encode(), b"gr\xf6\xdfere", 1), None
    )
    assert decoded.text.count("Brücke") == 8
    assert decoded.warnings == ("undecodable-characters",)


@pytest.mark.parametrize("declared", [None, "utf-8", "iso-8859-1"])
def test_replacement_characters_that_were_printed_leave_the_page_utf8(declared):
    text = "It\ufffds the mayor\ufffds bridge, the council said on Thursday. " * 3
    decoded = decode_page(html(text, declared).encode(), None)
    assert text in decoded.text
    assert decoded.encoding == "utf-8"


@pytest.mark.parametrize("body", [bytes(range(256)) * 40, b"\x00\x01\x02\x03" * 500])
def test_bytes_that_are_no_text(body):
    with pytest.raises(UnparsableError) as caught:
        decode_page(body, None)
    assert caught.value.reason == "undecodable"
