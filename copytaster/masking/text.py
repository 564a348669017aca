"""Masks secrets in text: in addresses, forms, JSON, header lines and error messages, also percent-encoded."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode

from copytaster.late_pattern import late_pattern
from copytaster.masking.known import KNOWN
from copytaster.masking.names import HEADERS, MASK, SHAPES, is_secret, looks_random

LONGEST_NAME = 64

_SIGNS = ("=", "@", '"', "'", "%", ":", "&")
_SHAPE_SIGNS = (
    "eyJ",
    "AKIA",
    "ASIA",
    "AROA",
    "AIDA",
    "AIza",
    "_",
    "glpat-",
    "xox",
    "hooks.slack",
    "-----BEGIN",
)
_SCHEMES = ("bearer", "basic", "apikey")
_LABELS = ("authorization", "cookie", "key", "token", "secret", "passw", "pwd")
_SHAPE = late_pattern("|".join(SHAPES))
_HEADER_NAMES = "|".join(HEADERS)


def mask_secrets(text: str) -> str:
    """The text with its secrets replaced by `***`."""
    text = KNOWN.mask(text)
    if any(sign in text for sign in _SHAPE_SIGNS):
        text = _SHAPE.sub(MASK, text)
    low = text.lower()
    if any(scheme in low for scheme in _SCHEMES):
        text = _BASIC.sub(_mask_basic, _BEARER.sub(rf"\1{MASK}", text))
    if not any(sign in text for sign in _SIGNS):
        return text
    if "//" in text or "%" in text:
        text = _mask_user_names(text)
    if any(label in low for label in _LABELS):
        text = _LABEL.sub(_mask_labelled, _HEADER.sub(_mask_header, text))
    return _mask_members(_mask_assignments(text))


# --- user names and passwords --------------------------------------------------------------------------------

_USER = late_pattern(r"""(//)[^\s/?#"'<>]+@""")
_USER_ODD = late_pattern(
    r"""(//[^\s/:@"'<>]{1,128}):(?!\d{1,5}[/?#])[^\s@"'<>]{1,512}@"""
)  # unescaped / ? or #
_USER_ENCODED = {
    "%2f%2f": late_pattern(r"""(%2f%2f)(?:(?!%2f|%3f|%23|%40)[^\s"'<>&/])+%40""", re.IGNORECASE),
    "%252f%252f": late_pattern(
        r"""(%252f%252f)(?:(?!%252f|%253f|%2523|%2540)[^\s"'<>&/])+%2540""", re.IGNORECASE
    ),
}


def _mask_user_names(text: str) -> str:
    if "@" in text and "//" in text:
        text = _USER_ODD.sub(rf"//{MASK}@", _USER.sub(rf"\1{MASK}@", text))
    if "%40" in text or "%2540" in text:
        for at, pattern in zip(("%40", "%2540"), _USER_ENCODED.values(), strict=True):
            text = pattern.sub(rf"\1{MASK}{at}", text)
    return text


# --- name=value ----------------------------------------------------------------------------------------------

_SIGN = late_pattern(r"=|%3d|%253d", re.IGNORECASE)
_NAME_BACKWARDS = late_pattern(r"[\w.%\[\]$~-]+")
_QUOTED = r"""\s{0,2}(?P<quote>\\{0,3}["'])(?P<inside>(?:(?!(?P=quote)).)*)"""
_VALUES = {
    "=": late_pattern(
        rf"""(?:{_QUOTED}|(?P<bare>(?:[^&\s#"'<>\\;=]|\\(?![\\"'nrtu]))(?:[^&\s#"'<>\\;]|\\(?![\\"'nrtu]))*))"""
    ),
    "%3d": late_pattern(
        r"""(?P<bare>(?:(?!%26|%23|%3b|%20|%22|%27|%0a|%0d|%7d)[^&\s#"'<>\\;])+)""", re.IGNORECASE
    ),
    "%253d": late_pattern(
        r"""(?P<bare>(?:(?!%2526|%2523|%253b|%2520|%2522|%2527|%250a|%250d|%257d|%26|%23)[^&\s#"'<>\\;])+)""",
        re.IGNORECASE,
    ),
}


def _mask_assignments(text: str) -> str:
    """Mask the values of secret names before `=`, `%3D` and `%253D`."""
    kept: list[str] = []
    done = 0
    for sign in _SIGN.finditer(text):
        if sign.start() < done:
            continue
        before = text[max(done, sign.start() - LONGEST_NAME) : sign.start()]
        name = _NAME_BACKWARDS.match(before.rstrip(" ")[::-1])
        value = _VALUES[sign[0].lower()].match(text, sign.end()) if name else None
        if name is None or value is None:
            continue
        group = "bare" if value["bare"] is not None else "inside"
        if is_secret(name[0][::-1], value[group]):
            kept += [text[done : value.start(group)], MASK]
            done = value.end(group)
    return text if not kept else "".join([*kept, text[done:]])


# --- "name": "value" -----------------------------------------------------------------------------------------

_KEYS = (
    (
        ('":', "':", ";:", '" :', "' :"),
        late_pattern(
            r"""(?P<quote>\\{0,3}["']|&(?:quot|#3[49]);)(?P<name>[\w.%\[\]$~-]{1,64})(?P=quote)\s{0,4}:\s{0,4}"""
            r"""[\[(]?b?(?P<opens>\\{0,3}["']|(?P=quote))"""
        ),
    ),
    (
        ("%22",),
        late_pattern(r"%22(?P<name>[\w.~-]{1,64})%22(?:%20)?%3a(?:%20)?(?P<opens>%22)", re.IGNORECASE),
    ),
    (
        ("%2522",),
        late_pattern(
            r"%2522(?P<name>[\w.~-]{1,64})%2522(?:%2520)?%253a(?:%2520)?(?P<opens>%2522)", re.IGNORECASE
        ),
    ),
    (
        ('",', "',"),
        late_pattern(
            rf"""["'](?P<name>{_HEADER_NAMES})["'],\s{{0,4}}[\[(]?b?(?P<opens>["'])""", re.IGNORECASE
        ),
    ),
)


def _mask_members(text: str) -> str:
    """Mask the values of secret names in JSON and in the representation of Python values."""
    for signs, pattern in _KEYS:
        if any(sign in text for sign in signs):
            text = _mask_after(pattern, text)
    return text


def _mask_after(pattern: re.Pattern[str], text: str) -> str:
    kept: list[str] = []
    done = 0
    for key in pattern.finditer(text):
        if key.start() < done:
            continue
        end = _end_of(text, key.end(), key["opens"])
        if key["name"].lower() in HEADERS or is_secret(key["name"], text[key.end() : end]):
            kept += [text[done : key.end()], MASK]
            done = end
    return text if not kept else "".join([*kept, text[done:]])


def _end_of(text: str, start: int, quote: str) -> int:
    """Where a quoted value ends; a quote after a backslash of its own is part of the value."""
    end = text.find(quote, start)
    while quote in {'"', "'"} and end > start and text[end - 1] == "\\" and text[end - 2 : end] != "\\\\":
        end = text.find(quote, end + 1)
    return len(text) if end < 0 else end


# --- header lines and schemes --------------------------------------------------------------------------------

_HEADER = late_pattern(
    rf"""(?<![\w-])({_HEADER_NAMES}|x-[\w-]{{1,40}}-(?:token|key|secret))(:\s{{0,4}}|%3a(?:%20|\+)?)(?!\s)"""
    r"""((?:(?:basic|bearer|digest|apikey|token|negotiate|aws4-hmac-sha256)(?:\s+|%20|\+))?)([^\r\n"'\\]*)""",
    re.IGNORECASE,
)
_BEARER = late_pattern(
    r"(\bbearer(?:\s+|%20|%2520|\+))((?=[A-Za-z_.~+/=-]*[0-9]|\S{24})[A-Za-z0-9._~+/=%-]{6,})", re.IGNORECASE
)
_BASIC = late_pattern(r"(\b(?:basic|apikey)(?:\s+|%20|%2520|\+))([A-Za-z0-9+/_%-]{6,}={0,2})", re.IGNORECASE)
_LABEL = late_pattern(
    r"(\b(?:password|passwd|pwd|token|secret|api[ _-]?key)\s?:\s{1,4})([^\s,;&\"']+)", re.IGNORECASE
)
_WORD = late_pattern(r"[^\s,;&]+")


def _mask_header(found: re.Match[str]) -> str:
    name, sign, scheme, value = found.groups()
    if "cookie" in name.lower():
        return f"{name}{sign}{MASK}" if "=" in value or "%3d" in value.lower() else found[0]
    word = _WORD.match(value)
    if scheme.strip().lower() == "digest":
        return f"{name}{sign}{scheme}{MASK}"
    if word is None or not (scheme or is_secret("key", word[0].rstrip("."))):
        return found[0]
    return f"{name}{sign}{scheme}{MASK}{value[word.end() :]}"


def _mask_labelled(found: re.Match[str]) -> str:
    return f"{found[1]}{MASK}" if looks_random(found[2]) else found[0]


def _mask_basic(found: re.Match[str]) -> str:
    """Basic credentials are base64 of `user:password`; anything else after the word is copy."""
    value = found[2].replace("%3D", "=").replace("%253D", "=").rstrip("=")
    try:
        decoded = b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return found[0]
    return f"{found[1]}{MASK}" if b":" in decoded else found[0]
