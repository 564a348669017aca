"""Transmissions of the teleprinter age: IPTC 7901, ANPA 1312 and the ZCZC family. One byte a letter, control characters."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from copytaster.values import WireRecord
from copytaster.wire.embargo import is_notice
from copytaster.wire.formats.item import WireItem, number_of, refuse_damaged
from copytaster.wire.formats.seven_bits import mend_letters

_SOH, _STX, _ETX = "\x01", "\x02", "\x03"
# AP's transmissions of ANPA 1312: single letters of the character set stand for signs that it lacks.
_TYPEWRITER = str.maketrans(
    dict.fromkeys("\x11\x12\x13\x14\x1d\x1e\x1f", " ") | dict.fromkeys("\x00\x16\x7f", "")
)
_QUOTES = (("``", "“"), ("''", "”"))
_CONTROLS = re.compile(r"[\x01-\x08\x0b\x0e-\x1c\x1e\x7f-\x84\x86-\x9f]")
_ANPA_HEADER = re.compile(
    r"(?P<service>[A-Za-z]{1,3}\d{3,5})[^\r\n]{0,40}[\r\n]{1,3}\s{0,3}(?P<priority>[a-z])\s(?P<category>[a-z])\s{1,4}"
    r"(?P<slug>[^\r\n]{1,80}?)\s{1,9}(?P<date>\d{1,2}-\d{1,2})\s{1,4}(?P<words>[\d_]{1,6})"
)
_ANPA_FOOTER = re.compile(r"([A-Z]{2,4})-[A-Z]{2,4}-(\d\d)-(\d\d)-(\d\d)\s{1,3}(\d\d)(\d\d)(?:GMT|UTC)")
_7901_HEADER = re.compile(
    r"(?P<service>[a-zA-Z]{2,4})(?P<number>\d{3,5})\s(?P<priority>\d)\s(?P<category>[a-zA-Z]{1,4})\s(?P<words>\d{1,5})"
    r"(?P<keyword>[^\r\n]{0,80})"
)
_7901_FOOTER = re.compile(
    r"(\d\d)(\d\d)(\d\d)\s(GMT|UTC|MESZ|MEZ|CET|CEST|BST)\s([A-Za-z]{3})[a-z.]{0,6}\s(\d\d(?:\d\d)?)"
)
_ZONES = {"GMT": 0, "UTC": 0, "MESZ": 2, "CEST": 2, "MEZ": 1, "CET": 1, "BST": 1}
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTHS_ELSEWHERE = {"mrz": 3, "mär": 3, "mai": 5, "okt": 10, "dez": 12}
_EDS = re.compile(r"(?:Eds?\s?:|EDITOR['’]?S['’]? NOTE|EDITORS\s?:|ATTENTION|Editors? note)", re.IGNORECASE)
_NOT_PUBLIC = re.compile(
    r"(?:# ?dpa.NOTEBOOK|# ?dpa.NOTIZBLOCK|\* \* \* \*|## .{0,40}Contacts|Die folgenden Informationen sind nicht"
    r"|The following information is not)",
    re.IGNORECASE,
)
_ZCZC_END = re.compile(r"\bNNNN\b|^nnnn[ \t\r]*$", re.MULTILINE)
_KEYWORDS = re.compile(r"[A-Z\d]{2,}(?:[-/][A-Z\d]+)+")  # FERRY-HALT alone on a line
_ZCZC = re.compile(r"ZCZC(?![a-z])")
# Addresses of the network below ZCZC: `XPP12345_SXA_QBXB`, `R CRO S0A QBXB`.
_ROUTING = re.compile(r"[A-Z0-9/ .-]{0,30}_[A-Z0-9_/ .-]{1,40}|(?:[A-Z0-9]{1,4} ){2,6}[A-Z0-9]{1,4}")
_IN_BRACKETS = re.compile(r"[(\[][^()\[\]]{3,300}[)\]]\s?=?")
_ADVANCE = re.compile(r"adv\.?\s?\d{1,2}", re.IGNORECASE)
_KILLED = re.compile(r",\s?KILL\b")
_ZCZC_FIELDS = {
    ":": "slug",
    "=": "take",
    "^": "headline",
    "$": "category",
    "*": "format",
    "&": "level",
    "+": "subject",
    "#": "slug",
    "@": "take",
    "%": "service",
}
_KIND_OF_FORMAT = {"t": "results"}


def read_lines(data: bytes) -> list[WireItem]:
    """The items of a transmission; several may follow one another in a file.

    Raises:
        UnparsableError: `damaged`, no header is known, or the text is missing.
    """
    text, warnings = _decode(data)
    if (repaired := mend_letters(text)) != text:
        text, warnings = repaired, ("encoding-guessed",)
    if _ZCZC.search(text[:200]):
        parts = [part for part in _ZCZC.split(text)[1:] if part.strip()]
        return [
            _read_zczc(part, (*warnings, *_say_cut(_ZCZC_END.search(part) is not None))) for part in parts
        ]
    parts = [part for part in text.split(_SOH) if part.strip(" \r\n\t\x16\x00\x04\x0c\x7f")]
    read = (_read_part(part, (*warnings, *_say_cut(_STX not in part or _ETX in part))) for part in parts)
    items = [item for item in read if item is not None]
    if not items:
        raise refuse_damaged(
            "the transmission has no header of IPTC 7901, ANPA 1312 or ZCZC, or it has no text"
        )
    return items


def _say_cut(is_ended: bool) -> tuple[str, ...]:
    """The warning about a text whose end mark never came: the transmission broke off."""
    return () if is_ended else ("partial",)


def _decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """UTF-8 where the bytes are that; the national letters of old transmissions as in Windows-1252, or in code page 850."""
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError:
        pass
    beyond = [byte for byte in data if byte > 0x7F]
    dos = sum(byte in b"\x81\x82\x84\x94\x8e\x99\x9a\x8a\x85\x87\xe1" for byte in beyond)
    codec = "cp850" if dos > 0.8 * len(beyond) else "cp1252"
    return data.decode(codec, "replace"), ("encoding-guessed",)


def _read_part(part: str, warnings: tuple[str, ...]) -> WireItem | None:
    plain = part.lstrip("\x16\x00\r\n ")
    if header := _7901_HEADER.match(plain):
        return _read_7901(plain, header, warnings)
    if header := _ANPA_HEADER.search(plain.translate(_TYPEWRITER)[:400]):
        return _read_anpa(plain, header, warnings)
    return _read_bare(plain, warnings)


def _read_7901(part: str, header: re.Match[str], warnings: tuple[str, ...]) -> WireItem | None:
    before, _, rest = part[header.end() :].partition(_STX)
    if not rest:
        before, rest = "", part[header.end() :]
    content, _, after = rest.partition(_ETX)
    lines = [_clean(line) for line in content.splitlines()]
    notes, lines = _cut_notes(lines)
    above, lines = _cut_above(lines)
    headline, body = _split_headline(lines)
    slug = next((line for line in map(_clean, before.splitlines()) if line), "")
    moment = _moment_7901(after or part[-120:])
    service, number = header["service"].lower(), header["number"]
    day = moment.strftime("%Y%m%d") if moment else ""
    guid = f"iptc7901:{service}:{number}:{day}" if day else f"iptc7901:{service}:{number}:{slug}"
    paragraphs, dateline_notes = _paragraphs(body)
    record = WireRecord(
        "IPTC 7901", guid, "1", header["keyword"].split()[-2] if len(header["keyword"].split()) > 1 else header["keyword"].strip() or None,
        urgency=number_of(header["priority"]), subjects=(), keywords=tuple(filter(None, slug.rstrip("/").split("/"))),
    )  # fmt: skip
    return WireItem(
        record, headline, tuple(paragraphs), story_id=guid, slug=slug or None, published=moment,
        editors_notes=(*above, *notes, *dateline_notes), kind=_KIND_OF_FORMAT.get(header["category"].lower()) or _call(above), warnings=warnings,
    )  # fmt: skip


def _cut_notes(lines: list[str]) -> tuple[list[str], list[str]]:
    """Cut what is not for publication below the text; returns notes to editors, and the lines of the text."""
    for at, line in enumerate(lines):
        if at > 2 and _NOT_PUBLIC.match(line):
            notes = [one for one in lines[at:] if one and not one.startswith(("* *", "#"))]
            return [" ".join(notes)[:2000]] if notes else [], lines[:at]
    return [], lines


def _cut_above(lines: list[str]) -> tuple[list[str], list[str]]:
    """Cut what stands above a headline and is none: an embargo, a note to editors, a line in brackets on what was corrected."""
    above: list[str] = []
    for at, line in enumerate(lines):
        bare = line.strip().rstrip("=").strip()
        if bare and not is_notice(bare) and not _IN_BRACKETS.fullmatch(bare):
            return above, lines[at:]
        above += [bare] if bare else []
    return [], lines


def _call(above: list[str]) -> str | None:
    """What the lines in brackets above a headline call the copy: `(Berichtigung: ...)` is a correction."""
    return "\n".join(line.strip("([ ").partition(":")[0] for line in above if ":" in line) or None


def _split_headline(lines: list[str]) -> tuple[str, list[str]]:
    """The headline ends in `=`, or at the first blank line; what stands above it is a slug."""
    body = list(lines)
    while body and not body[0].strip():
        body.pop(0)
    taken: list[str] = []
    while body:
        line = body.pop(0)
        if not line.strip() or (line.startswith("   ") and taken):
            body.insert(0, line)
            break
        taken.append(line.strip().rstrip("="))
        if line.rstrip().endswith("=") or len(taken) == 4:
            break
    return " ".join(" ".join(taken).split()), body


def _paragraphs(lines: list[str]) -> tuple[list[str], list[str]]:
    """Paragraphs begin after a blank line or with an indent; notes to editors are returned apart."""
    found: list[str] = []
    open_line: list[str] = []

    def close() -> None:
        text = " ".join(" ".join(open_line).split())
        open_line.clear()
        if text:
            found.append(text)

    for line in lines:
        if not line.strip():
            close()
            continue
        if line[:1] in " \t" and line[:2].strip() == "" and open_line:
            close()
        open_line.append(line.strip())
    close()
    notes = [text for text in found[:4] if _EDS.match(text)]
    return [text for text in found if text not in notes], notes


def _moment_7901(text: str) -> datetime | None:
    found = next(reversed(list(_7901_FOOTER.finditer(text))), None)
    if found is None:
        return None
    day, hour, minute, zone, month, year = found.groups()
    key = month.lower()
    number = _MONTHS.index(key) + 1 if key in _MONTHS else _MONTHS_ELSEWHERE.get(key)
    try:
        full = int(year) if len(year) == 4 else 2000 + int(year)
        local = datetime(full, number or 0, int(day), int(hour), int(minute), tzinfo=UTC)
    except ValueError:
        return None
    return local - timedelta(hours=_ZONES[zone])


def _read_anpa(part: str, header: re.Match[str], warnings: tuple[str, ...]) -> WireItem | None:
    text = part.translate(_TYPEWRITER)
    lines = _CONTROLS.sub("", text[header.end() :].partition(_ETX)[0]).splitlines()
    headline = ""
    slugs: list[str] = []
    notes: list[str] = []
    bylines: list[str] = []
    body: list[str] = []
    for line in lines:
        bare = line.strip().strip("^<=").strip()
        if line.lstrip().startswith("^") and not any(one.strip() for one in body):
            if _ADVANCE.fullmatch(bare) or is_notice(bare):
                notes.append(bare)
            elif _EDS.match(bare):
                notes.append(re.sub(r"^Eds?:\s*", "", bare))
            elif bare.lower().startswith("by ") or (
                bylines and len(bare) < 40
            ):  # `AP Writer`, `Associated Press`
                bylines.append(bare)
            elif bare.startswith(("AP Photo", "AP Graphic", "AP Video")):
                notes.append(bare)
            elif not slugs:
                slugs.append(bare)
            elif not headline:
                headline = bare
            else:
                body.append(bare + "\n")
        elif not _ANPA_FOOTER.search(line):
            body.append(
                line.replace("^", "").rstrip("<= ")
                if line.lstrip().startswith("^")
                else line.rstrip().rstrip("<")
            )
    footer = next(reversed(list(_ANPA_FOOTER.finditer(text))), None)
    moment = _moment_anpa(footer)
    slug = slugs[0] if slugs else header["slug"].strip()
    paragraphs, more = _paragraphs([_signs(line) for line in body])
    year = f"{moment:%Y}-" if moment else ""
    guid = f"anpa:{header['service']}:{year}{header['date']}:{header['slug'].strip()}"
    record = WireRecord(
        "ANPA 1312", guid, "1", footer[1] if footer else None, pubstatus="canceled" if _KILLED.search(slug) else "usable", urgency=_anpa_urgency(header["priority"]),
        keywords=(header["slug"].strip(),), genres=(),
    )  # fmt: skip
    return WireItem(
        record, _signs(headline or re.sub(r",\s?\d+$", "", slug)), tuple(paragraphs), story_id=guid,
        bylines=tuple(line for line in bylines if line.lower().startswith("by "))[:3],
        credit_lines=("AP",) if footer and footer[1] == "AP" else (), slug=slug or None, published=moment,
        editors_notes=tuple(_signs(note) for note in [*notes, *more]), kind=slug, warnings=warnings,
    )  # fmt: skip


def _anpa_urgency(letter: str) -> int:
    """Priorities of ANPA 1312: f flash, b bulletin, u urgent, r regular, d deferred, a and z advance."""
    return {"f": 1, "b": 2, "u": 3, "r": 4, "d": 5}.get(letter, 6)


def _signs(text: str) -> str:
    """Quotation marks and dashes as the typewriter of ANPA 1312 wrote them."""
    for printed, meant in _QUOTES:
        text = text.replace(printed, meant)
    return text.replace(" _ ", " — ").replace("{", "½")


def _moment_anpa(found: re.Match[str] | None) -> datetime | None:
    if found is None:
        return None
    month, day, year, hour, minute = (int(found[group]) for group in range(2, 7))
    try:
        return datetime(2000 + year if year < 70 else 1900 + year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        return None


def _read_zczc(part: str, warnings: tuple[str, ...]) -> WireItem:
    content = _ZCZC_END.split(part)[0]
    fields: dict[str, str] = {}
    lines = content.splitlines()
    opening = lines[0].strip() if lines else ""
    at = 1
    while at < len(lines):
        line = _CONTROLS.sub("", lines[at]).rstrip()
        name = _ZCZC_FIELDS.get(line[:1])
        if line.strip() and name is None:
            break
        if name is not None and (value := line[1:].strip()):
            fields.setdefault(name, value)
        at += 1
    rest = [_clean(line) for line in lines[at:]]
    while rest and _ROUTING.fullmatch(rest[0].strip()):
        rest.pop(0)
    if len(rest) > 1 and not rest[1] and _KEYWORDS.fullmatch(rest[0].strip()):
        fields.setdefault("slug", rest.pop(0).strip())
    above, rest = _cut_above(rest)
    headline = fields.get("headline", "")
    if not headline:
        headline, rest = _split_headline(rest)
    paragraphs, notes = _paragraphs(rest)
    slug = fields.get("slug") or fields.get("take") or ""
    guid = "zczc:" + ":".join(filter(None, (opening, slug, headline)))[:200]
    record = WireRecord(
        "ZCZC", guid, "1", keywords=tuple(filter(None, (slug, fields.get("take", "")))),
        subjects=(),
    )  # fmt: skip
    kind = _KIND_OF_FORMAT.get(fields.get("format", "").lower())
    return WireItem(
        record,
        headline,
        tuple(paragraphs),
        story_id=guid,
        slug=slug or None,
        editors_notes=(*above, *notes),
        kind=kind,
        warnings=warnings,
    )


def _read_bare(part: str, warnings: tuple[str, ...]) -> WireItem | None:
    """A transmission of a results service: its header is the fields between unit separators on the first line."""
    first, _, rest = part.partition("\n")
    fields = [_clean(field) for field in re.split(r"[\x1f\x1e]", first)]
    if len(fields) < 2 and _STX not in rest:
        return None
    rest = rest.partition(_STX)[2] or rest
    content = rest.partition(_ETX)[0]
    paragraphs, notes = _paragraphs([_clean(line) for line in content.splitlines()])
    headline = " ".join(field for field in fields if len(field) > 1)[:200]
    guid = f"results:{':'.join(filter(None, fields))}"[:200]
    return WireItem(
        WireRecord("results service", guid, "1"),
        headline,
        tuple(paragraphs),
        story_id=guid,
        editors_notes=tuple(notes),
        kind="results",
        warnings=warnings,
    )


def _clean(line: str) -> str:
    return _CONTROLS.sub(" ", line.translate(_TYPEWRITER)).rstrip()
