"""Decodes the bytes of a page: evidence in the bytes overrides the claims of page and server."""

from __future__ import annotations

import codecs
import math
import re
from collections import Counter
from dataclasses import dataclass

from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    resolve_encoding,
)

from copytaster.errors import UnparsableError

_TAG = re.compile(rb"<[^<>]{0,2000}>")  # its marks are no part of a letter in any encoding
_BINARY = re.compile(rb"[\x01-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SNIFF_BYTES = 4_000
_BINARY_SHARE = 0.05  # share of control bytes above which bytes are no text
_SAMPLE_BYTES = 200_000
_BAD_SHARE = 0.02  # of the characters beyond ASCII that a declared encoding may fail on
_BAD_UTF8_SHARE = 0.2  # the same for UTF-8, whose sequences are no accident
_BEYOND_ASCII = bytes(range(0x80, 0x100))
_FEW_LETTERS = 12  # beyond ASCII; fewer decide nothing
_CLEARLY = 0.5  # likelier by so many nats a byte, another encoding overrules the declared one
_MISFIT = -14.0  # for a byte sequence that the encoding does not define
_STATEFUL = frozenset({"iso2022_jp", "hz"})
_CYRILLIC = "оеаинтсрвлкмдпуяызьбОВПНС"
_HANZI = "的一是在不了有和人中大上以他时來来到作地于於出就分成可主年市部月日前新家行者本下后後自加工方公同"
_KANA = "のにはをたがでてとしれさいるなもかっらりこまだ、。ース"
_HANGUL = "이다는에의을가고하지로기사은한를도으대들서인시자"
# Per encoding: the most frequent letters beyond ASCII, their share of such letters, and the number of such letters.
_MODELS: dict[str, tuple[str, float, int]] = {
    "cp1252": ("éèàêçäöüßñáíóúœ’‘“”–—…«»åæøãõâîôûÄÖÜÉ°£€·©®\xa0", 0.95, 123),
    "cp1251": (_CYRILLIC + "іїєў“”«»–—\xa0", 0.85, 128),
    "koi8_r": (_CYRILLIC, 0.85, 128),
    "cp1250": ("ąćęłńóśźżáčďéěíňřšťúůýžőűâîăşţ„”–\xa0", 0.95, 123),
    "cp1253": ("αοιετσνηυρπκμλςωάέίόύήώδγβ\xa0", 0.9, 111),
    "cp1254": ("ıİşŞğĞüöçÜÖÇ’“”\xa0", 0.95, 121),
    "cp1255": ("יוהלאמרתבשנעדפקחםן\xa0", 0.9, 105),
    "cp1256": ("المنيورتبةعدسفهكقحأجىشطخ،\xa0", 0.9, 128),
    "gb18030": (_HANZI + "这为个国我们会对发动过说将学现经，。、：“”", 0.35, 7000),
    "big5": (_HANZI + "這為個國我們會對發動過說將學現經，。、：「」", 0.35, 13000),
    "shift_jis": (_KANA, 0.5, 6900),
    "euc_jp": (_KANA, 0.5, 6900),
    "euc_kr": (_HANGUL, 0.5, 8200),
}
_LIKE = {
    "iso8859-1": "cp1252",
    "iso8859-15": "cp1252",
    "iso8859-2": "cp1250",
    "iso8859-7": "cp1253",
    "iso8859-9": "cp1254",
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A page as text without control characters, its codec, and warnings about repairs."""

    text: str
    encoding: str
    warnings: tuple[str, ...] = ()


def decode_page(body: bytes, content_type: str | None) -> Decoded:
    """Decode a page's bytes.

    Order: byte order mark; UTF-8 where the bytes are UTF-8; the server's and the page's declaration if the
    result is likely text; else the encoding whose frequent letters fit best.

    Raises:
        UnparsableError: `undecodable`, the bytes are no text.
    """
    marked, mark = read_bom(body)
    if marked and mark:
        return _decode(body[len(mark) :], marked)
    head = body[:_SNIFF_BYTES]
    if len(_BINARY.findall(head)) > _BINARY_SHARE * len(head):
        raise UnparsableError("the bytes are no text", reason="undecodable")
    if wide := _wide_codec(head):
        return _decode(body, wide)
    declared = _declared(body, content_type)
    if declared in _STATEFUL:
        return _decode(body, declared)
    if _is_utf8(body):
        return _decode(body, "utf-8")
    if declared == "utf-8":
        declared = None
    return _detect(body, declared)


def _decode(body: bytes, codec: str, *warnings: str) -> Decoded:
    text = body.decode(codec, "replace")
    lossy = ("undecodable-characters",) if "\ufffd" in text else ()
    return Decoded(_CONTROLS.sub("", text), codec, warnings + lossy)


def _is_utf8(body: bytes) -> bool:
    """True if the bytes are UTF-8, or nearly: a replacement character that the publisher printed is no fault of them."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
        return _bad_share(text) <= _BAD_UTF8_SHARE and _beyond(text) >= _FEW_LETTERS
    return True


def _declared(body: bytes, content_type: str | None) -> str | None:
    for name in (http_content_type_encoding(content_type), html_body_declared_encoding(body)):
        codec = resolve_encoding(name) if name else None
        if codec is not None and not codecs.lookup(codec).name.startswith(("ascii", "utf-16", "utf-32")):
            return codecs.lookup(codec).name
    return None


def _wide_codec(head: bytes) -> str | None:
    """Detect UTF-16 without a mark: every other byte of markup is zero."""
    for codec, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
        if zeros.count(0) > 0.4 * max(1, len(zeros)) > 0.8 * (head.count(0) - zeros.count(0)):
            return codec
    return None


def _detect(body: bytes, declared: str | None) -> Decoded:
    """Choose the declared encoding, unless another is clearly likelier."""
    sample = body[:_SAMPLE_BYTES]
    bare = _TAG.sub(b" ", sample)
    likely = {codec: _likelihood(bare, codec) for codec in _MODELS}
    best = max(likely, key=lambda codec: likely[codec])
    if declared is None:
        return _decode(body, best, "encoding-guessed")
    text = sample.decode(declared, "replace")
    if _bad_share(text) <= _BAD_SHARE and declared not in _LIKE and declared not in likely:
        return _decode(body, declared)
    lead = likely[best] - likely.get(_LIKE.get(declared, declared), -math.inf)
    if lead < _CLEARLY or _beyond(text) < _FEW_LETTERS:
        return _decode(body, declared)
    return _decode(body, best, "encoding-declared-wrong")


def _likelihood(sample: bytes, codec: str) -> float:
    """Mean logarithm of the probability of a byte beyond ASCII outside tags, by how common its letter is in that encoding."""
    letters, share, repertoire = _MODELS[codec]
    found = Counter(sample.decode(codec, "replace"))
    beyond = {char: count for char, count in found.items() if char > "\x7f"}
    misfits = beyond.get("\ufffd", 0)
    common = sum(beyond.get(letter, 0) for letter in frozenset(letters))
    rare = sum(beyond.values()) - common - misfits
    size = len(sample) - len(sample.translate(None, _BEYOND_ASCII))
    known = common * math.log(share / len(letters)) + rare * math.log(
        (1 - share) / (repertoire - len(letters))
    )
    return (known + misfits * _MISFIT) / max(1, size)


def _beyond(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _bad_share(text: str) -> float:
    return text.count("\ufffd") / max(1, _beyond(text))
