"""Picture credits: `REUTERS/Name/Files`, `AP Photo/Name`, `(Photo by Name / AFP)`, alone or at a caption's end."""

from __future__ import annotations

from copytaster.late_pattern import late_pattern
from copytaster.wire.agencies import canonical_agency, match_agency

_LONGEST_CAPTION = 1500
_TAIL = 220  # a credit is within so many characters of a caption's end
_HOUSES = (
    r"Getty Images?|Getty|AFP|Agence France-Presse|AP|Associated Press|REUTERS|Reuters|EPA-EFE|EFE-EPA|EPA|EFE|dpa|DPA|picture[- ]alliance|imago images?|IMAGO|Imago|PA Wire|PA Images|PA|PTI|ANI|IANS|"
    r"Xinhua|Kyodo|Yonhap|ANSA|LaPresse|TASS|ТАСС|РИА Новости|Sputnik|UPI|AAP Image|AAP|The Canadian Press|Canadian Press|CP|Bloomberg|NurPhoto|Anadolu(?: Agency)?|AA|TT|Ritzau Scanpix|Scanpix|NTB|ANP|Belga|"
    r"ČTK|CTK|PAP|MTI|APA|KEYSTONE|Keystone|Shutterstock|Alamy|WireImage|Corbis|Rex Features|REX|SIPA|Sipa|Zuma|ZUMA|USA TODAY Sports|Pool|POOL|Handout|HANDOUT|NASA|SID|AFP Photo|Maxppp|MAXPPP|Europa Press"
)
_NAME = r"[^\W\d_][\w.'’ -]{0,40}"
_SUFFIX = (
    r"(?:[/,][ ]?(?:[Ff]iles?|FILES?|File [Pp]hoto|[Pp]ool|POOL|[Hh]andout|[A-Z][\w .'’()-]{0,40})){0,3}"
)
_PHOTO_WORD = r"(?:Photo(?:graph|grapher|s)?|PHOTO|Foto|FOTO|Fotos|Picture|Pictures|PICTURE|Image|Images|IMAGE|Bild|Bilder|Fotografía|Fotografia|Imagen|Imagem|Фото|Φωτογραφία|Φωτο|Fotoğraf|صورة|Credit|CREDIT|Kredit|Crédit(?: photo)?)"
_CREDITS = tuple(
    late_pattern(pattern)
    for pattern in (
        rf"[(\[]?\b(?:REUTERS|NORVANE)[ ]?/[ ]?{_NAME}{_SUFFIX}[)\]]?\.?\s?$",
        rf"[(\[]?\b(?:Reuters|Thomson Reuters)/{_NAME}(?:/Files?)?[)\]]?\s?$",
        rf"[(\[]?\b(?:AP|EPA|AFP|dpa|DPA|PA|PTI|ANI|IANS|Xinhua|UPI|EFE|AAP|PAP|ANSA|Kyodo|AP/CP|The Associated Press)[ ]?(?:[Pp]hotos?|PHOTO|Foto|Image|Wire)[ ]?[/–—:,-]?[ ]?(?:{_NAME})?{_SUFFIX}[)\]]?\.?\s?$",
        rf"(?:[(\[]|(?<![\w/]))(?:AP|EPA|EPA-EFE|EFE|AFP|dpa|DPA|PA|PTI|Xinhua|AAP|SID|KEYSTONE|Keystone)/{_NAME}{_SUFFIX}[)\]]?\.?\s?$",
        rf"[(\[](?:[Ff]ile |FILE )?{_PHOTO_WORD}(?: by| von| de| par| di| credit)?[: ][^()\[\]]{{1,120}}[)\]]\.?\s?$",
        rf"(?:^|[.!?”\"»)\s](?=[^\W\d_]))(?:[Ff]ile |FILE )?{_PHOTO_WORD}(?: credit| by| von| par)?[ ]?: ?[^:\n]{{2,100}}$",
        r"(?:^|(?<=[.!?”\"»)] ))(?:[Ff]ile |FILE )?(?:Photo|PHOTO|Picture|Image) by [^:\n]{2,80}$",
        rf"[(\[](?:{_NAME}(?:[ ]?[,/|][ ]?{_NAME}){{0,2}}[ ]?[,/|][ ]?)?(?:The )?(?:{_HOUSES})(?:[ ]?/[ ]?(?:{_HOUSES}))?(?: via (?:{_HOUSES}))?[)\]]\.?\s?$",
        rf"(?:^|(?<=[.!?”\"»)]))[ ]?(?:©|\(c\)|\(C\))?[ ]?(?:{_NAME}[ ]?[/|,][ ]?){{0,2}}(?:The )?(?:{_HOUSES})(?:[ ]?[/|][ ]?(?:{_HOUSES}|{_NAME})){{0,2}}(?: via (?:{_HOUSES}))?\.?\s?$",
        rf"(?:©|\(c\)|\(C\))[ ]?(?:\d{{4}} )?(?:{_NAME}[ ]?[/,][ ]?)?(?:{_HOUSES})\.?\s?$",
    )
)
_HINT = late_pattern(
    rf"[/©]|\([cC]\)|\b(?:{_PHOTO_WORD}|{_HOUSES})\b"
)  # without one of these no pattern above can match
_FILE_PHOTO = late_pattern(
    r"\s{0,3}[(\[]?(?:FILE(?: PHOTO| -|\s?[-–—:])|File photo|ARCHIVO|ARCHIV(?:BILD|FOTO)|FOTO DE ARCHIVO|FOTO D'ARCHIVIO|PHOTO D'ARCHIVES?|Symbolbild|Archivbild|Archivfoto|ARŞİV)"
)
_NO_CREDIT = late_pattern(
    r"/(?:Ipsos|Zogby|University|Nielsen|Jefferies|Tankan|IPSOS|Core Data|INSEE|ISM|PMI)|\bpoll\b"
)
_OWNER_MARK = late_pattern(r"©|\([cC]\)|\b\d{4}\b")
_ANY_PHOTO_WORD = late_pattern(rf"\b{_PHOTO_WORD}\b(?: by)?")
_WORD_START = late_pattern(r"(?<![^\W_])(?=[^\W\d_])")
_LEADING = late_pattern(
    rf"(?:Reuters|AP|AFP|dpa|DPA|EPA)(?:/[\w ]{{2,20}})? [–—] |\([^()/]{{2,60}}/(?:The )?(?:{_HOUSES})\)\s|\((?:{_HOUSES}) (?:Photo|file)\b"
)
_LABEL_LEFT = late_pattern(rf"[(\[]?(?:File |FILE )?{_PHOTO_WORD}(?: by| credit| von)?\s?:?\s?$")


def split_photo_credit(line: str) -> tuple[str, str | None]:
    """A caption without its picture credit, and the credit as printed; `(line, None)` where there is none."""
    text = line.rstrip()
    start = max(0, len(text) - _TAIL)
    tail = text[start:]
    if not _HINT.search(tail):
        return line, None
    for pattern in _CREDITS:
        found = pattern.search(tail)
        if found and not _NO_CREDIT.search(found.group()):
            printed = found.group().strip().lstrip('.!?”"»').strip()
            caption = (text[: start + found.start()] + _kept_mark(found.group())).rstrip()
            label = _LABEL_LEFT.search(caption[-40:]) if found.start() else None
            caption = caption[: len(caption) - len(label.group())].rstrip() if label else caption
            return caption, printed.strip("()[] ") or None
    return line, None


def _kept_mark(matched: str) -> str:
    return matched[0] if matched[:1] in tuple('.!?”"»)') and matched[:1] else ""


def is_photo_line(line: str) -> bool:
    """Whether a line belongs under a picture: a credit alone, a caption that ends in one, or `FILE PHOTO: ...`."""
    text = line.strip()
    if not text or len(text) > _LONGEST_CAPTION:
        return False
    if _FILE_PHOTO.match(text) or _LEADING.match(text):
        return True
    caption, credit = split_photo_credit(text)
    if credit is None:
        return False
    if caption and "©" in credit and not any(letter.isdigit() for letter in credit):
        return True  # `... © dpa`: a year would make it the story's own copyright
    return not _is_plain_agency(credit)


def _is_plain_agency(credit: str) -> bool:
    """`Reuters`, `© 2019 AFP` or `(AFP)` after a sentence credits the story, not a picture."""
    name = _OWNER_MARK.sub("", credit).strip()
    return canonical_agency(name) is not None and "/" not in name


def photo_agency(credit: str) -> str | None:
    """The agency named in a picture credit, or None (`Getty Images` is none)."""
    words = _ANY_PHOTO_WORD.sub(" ", credit)
    for start in _WORD_START.finditer(words[:300]):
        found = match_agency(words, start.start())
        if found is not None:
            return found.name
    return None
