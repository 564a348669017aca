"""Notices above a story: embargo with its hour, note to editors, terms of use. English, German, French and Spanish."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

from copytaster.late_pattern import late_pattern
from copytaster.wire.letters import fold
from copytaster.wire.months import read_date

NoticeKind = Literal["embargo", "note", "usage"]

_FRAME = r"[\s*+\[(#!>|/_=–—-]{0,12}"
_EMBARGO = late_pattern(
    rf"""^{_FRAME}(?:
    (?:strictly\s|under\s(?:strict\s)?|media\s|press\s|news\s)?embargo(?:ed)?\b(?=\s{{0,2}}[:;!)\]*–—-]|\s(?:until|till|til|to|for|by|before|expires|lifts?|ends?
        |time|date|notice|jusqu|hasta|bis|au|al|le|para|at|not)\b|\s{{0,2}}\d|\s{{0,3}}$)
    |(?:this|these|the\sfollowing|all|attached|enclosed)\s(?:\w{{1,20}}\s){{0,4}}(?:is|are|remains?)\s(?:strictly\s)?(?:under\s(?:strict\s)?embargo|embargoed)\b
    |(?:information|story|stories|material|release|copy|news|report|text|study|statement)\s(?:is\s)?(?:strictly\s)?(?:under\s(?:strict\s)?embargo|embargoed)\b
    |embargo\s(?:strict|absolu|total|estricto)\b
    |not\s(?:for|to\sbe)\s(?:publication|released?|broadcast|used?|published|aired|printed)(?:[\s,/]{{1,3}}(?:broadcast|publication|published|or|used?|released?|aired|printed)){{0,4}}\s(?:before|until|prior\sto)
    |withh(?:old|eld)\s(?:from\s(?:publication|release|use)\s)?(?:until|till)
    |(?:please\s)?(?:hold|held)\s(?:for|until|till)\s(?:release|publication|use|\d)
    |hold\sfor\s(?:release|publication)|(?:media|press|news)?\s?hold\sfor
    |(?:do\snot|don't)\s(?:publish|use|release|broadcast)\s(?:before|until|prior)
    |for\s(?:immediate\s)?(?:release|publication|use)\s(?:at|on|after|from|not\sbefore|in\sthe\s(?:am|pm)s?\sof|(?:mon|tues|wednes|thurs|fri|satur|sun)day)
    |advance\sfor\s(?:use|release|publication|\w{{3,9}}days?\b)
    |(?:(?:achtung|bitte|hinweis|redaktion(?:en)?|wichtig)\s?[,:!]?\s|strikte\s){{0,3}}sperr(?:frist|vermerk)(?:\b|en\b)|(?:strikt\s)?gesperrt\sbis|frei\s(?:ab|für)\s|freigabe\s(?:ab|am|um)\s|nicht\s(?:vor|zur\sveröffentlichung\svor)\s
    |veröffentlichung\s(?:erst|frei)\sab
    |(?:(?:information|texte|dépêche|communiqué|document|article|note|étude|contenu)s?\s)?(?:strictement\s|sous\s(?:strict\s)?)(?:sous\s)?embargo
    |interdite?s?\s(?:de\s|à\sla\s)?(?:publication|diffusion|publier|diffuser)\savant|(?:ne\spas|à\sne\spas)\s(?:publier|diffuser|utiliser)\savant|(?:publication|diffusion)\sinterdite\savant
    |(?:(?:información|noticia|material|nota|texto|contenido|comunicado|informe)\s)?(?:estrictamente\s)?embargad[oa]s?\b
    |(?:información|noticia|material|nota|texto|contenido|comunicado|informe)\s(?:bajo|con)\sembargo\b|(?:bajo|con)\sembargo\b|no\s(?:publicar|difundir|usar)\s(?:antes|hasta)|prohibid[ao]\s(?:su\s)?(?:publicación|difusión)\s(?:antes|hasta)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# What may begin a sentence of a story too: a notice only where it names an hour.
_FREE_FROM = late_pattern(
    rf"""^{_FRAME}(?:
    (?:time\sof\s|date\sof\s)?releases?(?:\s(?:time|date|at))?\s{{0,2}}[:–—-]|for\s(?:publication|release|use)\b
    |(?:(?:liebe\s)?(?:redaktion(?:en)?|kolleg\w{{1,12}})\s?[,:!]\s|bitte\s){{0,2}}(?:nicht\svor|erst\s(?:ab|nach))\b.{{4,60}}\b(?:verwend|veröffentlich|send|publizier|nutz)\w{{1,5}}
    |(?:zur\s(?:veröffentlichung|sendung|verwendung)\s)?(?:frei|freigegeben|freigabe)\s(?:erst\s)?(?:ab|am|um|für)\b
    |(?:à\s)?(?:publier|diffuser|utiliser|publication|diffusion)(?:\s(?:autorisée|possible|libre))?\s(?:seulement\s|uniquement\s)?(?:à\s(?:partir|compter)\sd|après\s|dès\s|pas\savant\s)
    |(?:para\s)?(?:publicar|difundir|usar|publicación|difusión|uso)(?:\s(?:autorizad[ao]|permitid[ao]|libre))?\s(?:sólo\s|solo\s)?(?:a\spartir\sd|desde\s|después\sd)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_NOTE = late_pattern(
    rf"""^{_FRAME}(?:
    (?:attention|att|attn|achtung|a\sl['’]attention\sdes|avis\s(?:aux|à\sla)|note\s(?:aux|à\sla)|nota\s(?:a\slos|para\s(?:los\s)?)|atención|aviso\s(?:a\slos|para\s(?:los\s)?)?)
        [\s,:;-]{{0,3}}(?:news\s|city\s|sports?\s|photo\s|picture\s|business\s|all\s|a\s|les\s|los\s|des\s|the\s)?(?:editors?|redaktion(?:en)?|rédact(?:eurs?|ions?)|editores?|redacci(?:ón|ones)|redactores|desks?|clients?|clientes|kunden|abonn(?:és|enten)|abonados|subscribers|media|medien)\b
    |(?:eds?|editors|editors?['’]?s?['’]?\s(?:note|advisory)|note\sto\s(?:the\s)?(?:editors?|desks?|readers\sand\seditors)|notes?\sto\seditors)\s{{0,2}}[:;_–—-]
    |editors?['’]?s?['’]?\snote\b|notes?\sto\seditors?\b
    |(?:desk\snote|(?:advisory|note|notice)\sto\s(?:all\s)?(?:clients|subscribers|desks|media|newsrooms))\s{{0,2}}[:–—-]
    |an\s(?:die|alle)\s(?:redaktion(?:en)?|kunden|abonnenten)\s{{0,2}}[:–—-]|anm(?:erkung|\.)\s(?:der|d\.)\s?(?:red(?:aktion|\.))\s{{0,2}}[:–—-]
    |ndlr\s{{0,2}}[:–—-]|n\.\s?de\s(?:la\s)?[re]\.\s{{0,2}}[:–—-]|nota\sa\s(?:las\sredacciones|los\s(?:abonados|clientes))\b
    |(?:hinweise?\s(?:an\sdie|für\sdie|für)\s(?:redaktion|kunden|die\sredaktion)|redaktionelle[rn]?\shinweise?)
    |nota\sde\s(?:la\s)?redacción|note\sde\s(?:la\s)?rédaction|nota\s(?:del|al)\seditor
    |advisory\s{{0,2}}[:–—-]|media\sadvisory\s{{0,2}}[:–—-]
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_USAGE = late_pattern(
    rf"""^{_FRAME}(?:
    (?:for\s)?editorial\suse\sonly|no\s(?:commercial\s)?use\s(?:in\s)?(?:uk|us|usa|the\b|germany|france|japan|after|without|online)|not\sfor\suse\s(?:in|by|on|outside)
    |restricted\s(?:to|use|in)|restrictions?\s{{0,2}}:|(?:usage|use|rights)\s(?:terms|restrictions?|is\srestricted|restricted)|mandatory\scredit|no\s(?:sales|archives?|resales?)\b
    |(?:nur|ausschließlich)\s(?:zur|für)\s(?:redaktionelle[nr]?|die\sredaktionelle)|nutzung\snur|verwendung\snur|honorarpflichtig
    |(?:terms\sof\suse|conditions\sof\suse|usage|nutzungsbedingungen|conditions\sd['’]utilisation|condiciones\sde\suso)\s{{0,2}}:
    |abdruck\s(?:honorarfrei|honorarpflichtig|frei|nur)|réservée?s?\sà\s(?:un\s|l['’])usage\s|(?:diffusion|publication|utilisation)\sinterdite\s(?:en|au|aux|hors|à)\s
    |prohibid[ao]s?\s(?:su\s|la\s)?(?:venta|reventa|reproducción|archivo)\b
    |(?:usage|utilisation)\s(?:éditoriale?|réservée?|restreinte?|uniquement)|usage\srestreint|(?:sólo|solo|exclusivamente|uso)\s(?:para\s)?(?:uso\s)?(?:editorial|informativo|exclusivo|restringido)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_LONGEST = 600  # characters of a notice; a longer line is a paragraph of the story
_ZONES = {
    "gmt": "UTC", "utc": "UTC", "z": "UTC", "bst": "Europe/London", "uk": "Europe/London", "london": "Europe/London", "cet": "Europe/Paris", "cest": "Europe/Paris",
    "mez": "Europe/Berlin", "mesz": "Europe/Berlin", "me(s)z": "Europe/Berlin", "berlin": "Europe/Berlin", "paris": "Europe/Paris", "madrid": "Europe/Madrid",
    "peninsular": "Europe/Madrid", "est": "-05:00", "edt": "-04:00", "et": "America/New_York", "eastern": "America/New_York", "cst": "-06:00",
    "cdt": "-05:00", "ct": "America/Chicago", "mst": "-07:00", "mdt": "-06:00", "mt": "America/Denver", "pst": "-08:00", "pdt": "-07:00",
    "pt": "America/Los_Angeles", "pacific": "America/Los_Angeles", "central": "America/Chicago", "jst": "Asia/Tokyo", "ist": "Asia/Kolkata", "hkt": "Asia/Hong_Kong", "sgt": "Asia/Singapore",
    "aest": "+10:00", "aedt": "+11:00", "aet": "Australia/Sydney", "nzst": "+12:00", "nzdt": "+13:00", "sast": "Africa/Johannesburg",
    "msk": "Europe/Moscow", "eet": "Europe/Helsinki", "eest": "Europe/Helsinki", "wib": "Asia/Jakarta", "kst": "Asia/Seoul", "brt": "America/Sao_Paulo",
    "art": "America/Argentina/Buenos_Aires", "vienna": "Europe/Vienna", "wien": "Europe/Vienna", "washington": "America/New_York", "new york": "America/New_York",
    "brussels": "Europe/Brussels", "bruxelles": "Europe/Brussels", "geneva": "Europe/Zurich", "genève": "Europe/Zurich", "tokyo": "Asia/Tokyo",
}  # fmt: skip
_HOME = {"de": "Europe/Berlin", "fr": "Europe/Paris", "es": "Europe/Madrid"}
_ZONE = late_pattern(
    r"(?<![A-Za-z])(?:((?:GMT|UTC)\s?[+-]\s?\d{1,2}(?::?\d\d)?)|(ME\(S\)Z)|("
    + "|".join(
        re.escape(name)
        for name in sorted(_ZONES, key=len, reverse=True)
        if name not in {"z", "me(s)z", "pt", "mt", "art", "ist", "et", "ct"}
    )
    + r")|(PT|MT|ART|IST|ET|CT|Z))(?![A-Za-zé])",
    re.IGNORECASE,
)
_CLOCK = late_pattern(
    r"""(?<![\d.:/-])(?:
    (?P<h12>\d{1,2})(?:[:.](?P<m12>\d\d))?\s{0,2}(?P<half>[ap])\.?\s?m\b\.?
    |(?P<h24>[01]?\d|2[0-4])\s?[:.h]\s?(?P<m24>[0-5]\d)(?::[0-5]\d)?(?!\d|\.\d)\s{0,2}(?:uhr|h|hrs|hours|horas?|heures)?
    |(?P<hu>[01]?\d|2[0-4])\s{0,2}(?:uhr|h(?:rs|ours|oras?|eures?)?)\b
    |(?P<mil>(?:[01]\d|2[0-4])[0-5]\d)(?=\s{0,2}(?:hrs|hours|h\b|gmt|utc|bst|cet|cest|et\b|est|edt|z\b|[a-z]{3,4}t\b|local)|\s(?:on\s)?(?:mon|tue|wed|thu|fri|sat|sun)|,)
    |(?P<noon>(?:12\s)?noon|midday|mittags?\b|midi\b|mediodía)|(?P<night>midnight|mitternacht|minuit|medianoche)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_LAST_HOUR = late_pattern(r"24(?:\D|00)")  # the end of the day that is named, not its beginning
_ISO = late_pattern(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d(?:\.\d{1,9})?)?\s?(Z|[+-]\d\d:?\d\d)?")
_WEEKDAYS = {
    name: number
    for number, names in enumerate((
        "monday montag lundi lunes mon mo", "tuesday dienstag mardi martes tue tues", "wednesday mittwoch mercredi miercoles wed",
        "thursday donnerstag jeudi jueves thu thurs", "friday freitag vendredi viernes fri", "saturday samstag sonnabend samedi sabado sat",
        "sunday sonntag dimanche domingo sun",
    ))
    for name in names.split()
}  # fmt: skip
_TODAY = frozenset("today tonight heute aujourd'hui hoy".split())
_TOMORROW = frozenset("tomorrow morgen demain manana".split())
_WORDS = late_pattern(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_IMMEDIATE = late_pattern(
    r"for\simmediate\s(?:release|use|publication)|embargo\s(?:lifted|expired|over|removed)|sperrfrist\s(?:aufgehoben|abgelaufen)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Notice:
    """A line that is no part of a story's text.

    Attributes:
        until: of an embargo, its end in UTC; None where it cannot be read.
        doubts: warnings about how the hour was read.
    """

    kind: NoticeKind
    text: str
    until: datetime | None = None
    doubts: tuple[str, ...] = ()


def read_notice(line: str, *, sent: datetime | None, language: str | None) -> Notice | None:
    """The notice that a line is, or None. `sent` is when the copy was sent: days without a year count from it."""
    if len(line) > _LONGEST:
        return None
    if _is_embargo(line) and not _IMMEDIATE.search(line):
        until, doubts = read_until(line, sent=sent, language=language)
        if until is None and _TALK.match(line):
            return None
        return Notice("embargo", line, until, doubts)
    if _NOTE.match(line):
        return Notice("note", line)
    if _USAGE.match(line) and len(line) < 300:
        return Notice("usage", line)
    return None


def is_notice(line: str) -> bool:
    """True if a line has the form of a notice."""
    return len(line) <= _LONGEST and (
        _is_embargo(line) or any(form.match(line) is not None for form in (_NOTE, _USAGE))
    )


def _is_embargo(line: str) -> bool:
    if _EMBARGO.match(line):
        return True
    return _FREE_FROM.match(line) is not None and _find_clock(line)[0] is not None


_TALK = late_pattern(
    r"Embargo\s(?:until|to|for|by|on|hasta|au|al)\b[^\d]*$"
)  # a story about an embargo: no hour, no capitals
_PREFIX = late_pattern(r"^[\[(*\s]{0,6}([^\])\n*]{4,120}?)[\])*]{1,6}\s{0,3}[:–—-]?\s{0,3}(?=\S)")
_PARTED = late_pattern(r"\s?:\s+|\s[–—-]+\s")
_SUFFIX = late_pattern(r"\s{0,3}[\[(]([^\[\]()\n]{4,120})[\])]\s{0,3}$")
_COLON = late_pattern(
    r"^((?:strictly\s|under\s|sous\s|bajo\s)?(?:embargo(?:ed)?|sperrfrist|embargad[oa])\b(?:[^:\n]|:(?=\d)){0,80}?)\s?(?::(?!\d)|\s[–—-]+)\s{0,3}(?=\S)",
    re.IGNORECASE,
)


def split_headline(
    headline: str, *, sent: datetime | None, language: str | None
) -> tuple[Notice | None, str]:
    """The notice before a headline, `(EMBARGOED UNTIL 1800 GMT) Talks fail`, and the headline without it."""
    for form in (_PREFIX, _COLON) if headline[:1] in "[(*" else (_COLON,):
        found = form.match(headline)
        if found is None:
            continue
        notice = read_notice(found[1], sent=sent, language=language)
        about = (
            notice is not None and notice.until is None and found[1] == "Embargo"
        )  # `Embargo: EU halts oil`
        if notice is not None and notice.kind == "embargo" and not about:
            return notice, headline[found.end() :].strip()
    return _split_at_hour(headline, sent=sent, language=language)


def _split_at_hour(
    headline: str, *, sent: datetime | None, language: str | None
) -> tuple[Notice | None, str]:
    """An embargo with its hour before a colon or dash, or in brackets at the end."""
    parts = [(headline[: mark.start()], headline[mark.end() :]) for mark in _PARTED.finditer(headline)]
    if (last := _SUFFIX.search(headline)) is not None:
        parts.append((last[1], headline[: last.start()]))
    for said, rest in parts:
        notice = read_notice(said.strip(), sent=sent, language=language)
        if notice is not None and notice.kind == "embargo" and notice.until is not None:
            return notice, rest.strip()
    return None, headline


def read_until(
    text: str, *, sent: datetime | None, language: str | None = None
) -> tuple[datetime | None, tuple[str, ...]]:
    """The end of an embargo in UTC, with doubts; None where hour or day cannot be read."""
    if found := _ISO.search(text):
        zone = (found[3] or "").replace("Z", "+00:00")
        if not zone:
            return _as_utc(
                date.fromisoformat(found[1]), time.fromisoformat(found[2]), *_zone_of(text, language)
            )
        zone = zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
        try:
            return datetime.fromisoformat(f"{found[1]}T{found[2]}{zone}").astimezone(UTC), ()
        except ValueError:
            return None, ()
    clock, at = _find_clock(text)
    if clock is None:
        return None, ()
    rest = text[: at[0]] + " " + text[at[1] :]
    zone, doubts = _zone_of(text, language)
    day, turned = _find_day(rest, sent, zone)
    if day is None:
        return None, doubts
    day += timedelta(days=_LAST_HOUR.match(text[at[0] :]) is not None)
    until, doubts = _as_utc(day, clock, zone, doubts)
    if turned == "none" and until is not None and sent is not None and until <= sent:
        until += timedelta(days=1)
    return until, doubts


def _find_clock(text: str) -> tuple[time | None, tuple[int, int]]:
    best: re.Match[str] | None = None
    for found in _CLOCK.finditer(text):
        # A date such as `3.03.` has the look of an hour: what says its unit or zone counts before what does not.
        after = text[found.end() : found.end() + 12].lower()
        sure = bool(re.search(r"[a-z]", found[0], re.IGNORECASE)) or bool(
            re.match(r"\s{0,2}(?:uhr|gmt|utc|bst|ce?s?t|me)", after)
        )
        if best is None or sure:
            best = found
        if sure:
            break
    if best is None:
        return None, (0, 0)
    groups = best.groupdict()
    try:
        if groups["h12"]:
            hour = int(groups["h12"]) % 12 + (12 if groups["half"].lower() == "p" else 0)
            return (time(hour, int(groups["m12"] or 0)) if int(groups["h12"]) <= 12 else None), best.span()
        if groups["mil"]:
            hour, minute = int(groups["mil"][:2]), int(groups["mil"][2:])
            return time(0 if hour == 24 else hour, minute), best.span()
        if groups["noon"]:
            return time(12), best.span()
        if groups["night"]:
            return time(0), best.span()
        hour = int(groups["h24"] or groups["hu"])
        return time(0 if hour == 24 else hour, int(groups["m24"] or 0)), best.span()
    except ValueError:
        return None, (0, 0)


def _zone_of(text: str, language: str | None) -> tuple[str, tuple[str, ...]]:
    names = []
    for found in _ZONE.finditer(text):
        if found[1]:
            return found[1], ()
        name = found[0].lower()
        if found[4] and not found[0].isupper():
            continue
        names.append(_ZONES.get(name, "UTC"))
    if names:
        return names[0], ()
    return _HOME.get((language or "")[:2], "UTC"), ("embargo-zone-guessed",)


def _find_day(text: str, sent: datetime | None, zone: str) -> tuple[date | None, str]:
    """The day that a notice names, and how: `date`, `weekday` or `none`, the day the copy was sent."""
    text = text.lower()
    base = sent.astimezone(_tz(zone)) if sent else None
    if (printed := _printed_day(text, base)) is not None:
        return printed, "date"
    if base is None:
        return None, "none"
    words = [fold(word.replace("’", "'")) for word in _WORDS.findall(text)]
    if any(word in _TODAY for word in words):
        return base.date(), "date"
    for word in words:
        if word in _WEEKDAYS:
            return base.date() + timedelta(days=(_WEEKDAYS[word] - base.weekday()) % 7), "weekday"
    if any(word in _TOMORROW for word in words):
        return base.date() + timedelta(days=1), "date"
    return base.date(), "none"


def _printed_day(text: str, base: datetime | None) -> date | None:
    """The first date in a text; without a year the one nearest to the day the copy was sent."""
    for start in (found.start() for found in re.finditer(r"(?<![\w.:])(?=\w)", text)):
        found = read_date(text, start)
        if (
            found is None
            or not found.months
            or found.day is None
            or not re.search(r"\d", text[start : found.end])
        ):
            continue
        near = [base.year + step for step in (0, 1, -1)] if base else []
        options = []
        for year in [found.year] if found.year else near:
            try:
                options.append(date(year, found.months[0], found.day))
            except ValueError:
                continue
        if options:
            return options[0] if base is None else min(options, key=lambda one: abs((one - base.date()).days))
    return None


def _tz(zone: str) -> tzinfo:
    found = re.search(r"([+-])\s?(\d{1,2}):?(\d\d)?", zone)
    if found and "/" not in zone:
        shift = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        return timezone(-shift if found[1] == "-" else shift)
    return ZoneInfo(zone)


def _as_utc(
    day: date, clock: time, zone: str, doubts: tuple[str, ...] = ()
) -> tuple[datetime | None, tuple[str, ...]]:
    try:
        return datetime.combine(day, clock, _tz(zone)).astimezone(UTC), doubts
    except (ValueError, OverflowError):
        return None, doubts
