"""Datelines of Chinese, Japanese and Korean copy, which are written without blanks and in brackets."""

from __future__ import annotations

from copytaster.late_pattern import late_pattern
from copytaster.wire.agencies import canonical_agency
from copytaster.wire.dateline.draft import Draft
from copytaster.wire.months import read_date

_CHINESE_AGENCY = "新华社|中新社|中新网|路透社?|法新社?|美联社|中央社|德新社|塔斯社|俄新社|埃菲社|彭博社?|共同社|韩联社|朝中社|新華社|美聯社"
_CHINESE = late_pattern(
    rf"[(（]?({_CHINESE_AGENCY})[)）]?[ ，,]{{0,2}}([\u4e00-\u9fff]{{0,12}}?)[ ，,]{{0,2}}((?:\d{{4}}年)?\d{{1,2}}月\d{{1,2}}日)[ ]?(?:专?电|電|讯|訊)?"
    r"(?:[ ]?[(（](?:记者|記者)[^()（）\n]{1,30}[)）])?[ ]?[-—－:：]{0,2}"
)
_JAPANESE = late_pattern(r"[【［\[〔]([^【】［］\[\]〔〕\n]{2,40})[】］\]〕][ 　]?[-－―—]?")
_JAPANESE_PARTS = late_pattern(
    r"([\u3040-\u30ff\u4e00-\u9fffー・/／]{1,20}?)[ 　＝=・、,]?((?:\d{1,2}月)?\d{1,2}日)?[ 　＝=]?((?:AFP|AP)?(?:時事|共同通信|共同|通信)?|ロイター|新華社|聯合ニュース|ブルームバーグ|AFPBB)"
)
_BETWEEN_PLACES = late_pattern(r"[·ㆍ,/／・]")
_KOREAN = late_pattern(
    r"[(\[【（]([가-힣·ㆍ,\w ]{1,20})[ ]?[=＝][ ]?([^()\[\]【】（）\n]{2,12})[)\]】）][ ]?(?:[^=\n]{1,30}기자[ ]?[=＝])?"
)


def read_cjk_draft(text: str, start: int) -> Draft | None:
    """The dateline at `start` in the manner of Xinhua, Kyodo or Yonhap; None if there is none."""
    first = text[start : start + 1]
    if not first or (first < "⺀" and first not in "(["):
        return None
    return _read_chinese(text, start) or _read_korean(text, start) or _read_japanese(text, start)


def _read_chinese(text: str, start: int) -> Draft | None:
    found = _CHINESE.match(text, start)
    if not found:
        return None
    agency, place, printed = found.groups()
    return Draft(
        start,
        found.end(),
        (place,) if place else (),
        style="uncased",
        date=read_date(printed, 0),
        agency=canonical_agency(agency),
        enclosed=True,
        separator="dash",
    )


def _read_korean(text: str, start: int) -> Draft | None:
    found = _KOREAN.match(text, start)
    agency = canonical_agency(found.group(2)) if found else None
    if not found or agency is None:
        return None
    places = tuple(place.strip() for place in _BETWEEN_PLACES.split(found.group(1)) if place.strip())
    return Draft(start, found.end(), places, style="uncased", agency=agency, enclosed=True, separator="dash")


def _read_japanese(text: str, start: int) -> Draft | None:
    found = _JAPANESE.match(text, start)
    parts = _JAPANESE_PARTS.fullmatch(found.group(1).strip()) if found else None
    if not found or not parts or not parts.group(3):
        return None
    agency = canonical_agency(parts.group(3)) or canonical_agency(
        parts.group(3).removesuffix("時事").removesuffix("共同")
    )
    if agency is None:
        return None
    places = tuple(_BETWEEN_PLACES.split(parts.group(1)))
    printed = read_date(parts.group(2), 0) if parts.group(2) else None
    return Draft(
        start,
        found.end(),
        places,
        style="uncased",
        date=printed,
        agency=agency,
        enclosed=True,
        separator="dash",
    )
