"""Which agency wrote a story: gathers the evidence from every part of a story, weighs it and keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.values import Caption, Credit, Dateline, Evidence, EvidenceKind
from copytaster.wire.agency_table import PRESS_WIRES
from copytaster.wire.credit_lines import (
    STYLE_WEIGHT,
    WEIGHTS,
    byline_evidence,
    credit_line_evidence,
    dateline_evidence,
    metadata_evidence,
    opening_evidence,
    photo_evidence,
    publisher_evidence,
    signoff_evidence,
)
from copytaster.wire.dateline.dateline import parse_dateline
from copytaster.wire.headline import headline_agency
from copytaster.wire.notes import split_change_note
from copytaster.wire.photo import is_photo_line, split_photo_credit
from copytaster.wire.signoff import split_signoff

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_PHOTO_CEILING = 0.4
_LONGEST_CAPTION = 500
_CERTAINTY_CEILING = 0.99
_WEAK_KINDS: frozenset[EvidenceKind] = frozenset({"photo-credit", "publisher"})
_KIND_ORDER: tuple[EvidenceKind, ...] = (
    "dateline",
    "credit-line",
    "byline",
    "signoff",
    "copyright",
    "metadata",
    "dispatch",
    "publisher",
    "photo-credit",
)


def find_credit(
    *,
    body: str,
    headline: str = "",
    byline: Sequence[str] = (),
    dateline: Dateline | None = None,
    signoff: str | None = None,
    credit_lines: Sequence[str] = (),
    captions: Sequence[Caption] = (),
    publisher: str = "",
    metadata: Sequence[str] = (),
    language: str | None = None,
) -> Credit:
    """The agency that wrote a story, with all evidence for it and against it.

    What was not yet taken off the body (dateline, byline, sign-off, copyright, captions) is found in it. An agency
    that reports in the story, or that the story is about, is no evidence.

    Confidence = 1 - the product of (1 - weight) over the strongest evidence of each kind that names the winner, at
    most .99; times (1 - c/2), c the same figure of the strongest rival, pictures left out. Picture credits alone
    never exceed .4. The winner has the strongest single piece of evidence, then the higher product.

    Bylines are names and lines as printed, agencies left in; metadata are values that name an author or source in
    the page's own data; no rule needs the language so far.
    """
    del language
    evidence = [
        *dateline_evidence(dateline),
        *(found for line in byline for found in byline_evidence(line)),
        *signoff_evidence(signoff),
        *(found for line in credit_lines for found in credit_line_evidence(line)),
        *(found for value in metadata for found in metadata_evidence(value)),
        *_body_evidence(body, with_dateline=dateline is None),
        *(found for caption in captions for found in _caption_evidence(caption)),
        *_publisher_evidence(publisher, headline),
    ]
    return weigh(evidence)


def _publisher_evidence(publisher: str, headline: str) -> list[Evidence]:
    site = headline_agency(headline)
    found = publisher_evidence(publisher)
    return (
        found
        if found or site is None
        else [Evidence("publisher", headline[-60:], WEIGHTS["publisher"], site)]
    )


def _caption_evidence(caption: Caption) -> list[Evidence]:
    credit = caption.credit or split_photo_credit(caption.text)[1]
    return photo_evidence(credit)


def _body_evidence(body: str, *, with_dateline: bool) -> list[Evidence]:
    signoff, credit_lines, rest = split_signoff(body)
    evidence = signoff_evidence(signoff)
    for line in credit_lines:
        evidence += credit_line_evidence(line)
    lines = [line.strip() for line in rest.split("\n", 40)[:40] if line.strip()]
    evidence += opening_evidence(lines)
    for line in lines[:4]:
        _, text = split_change_note(line)
        dateline = parse_dateline(text)[0] if with_dateline else None
        if dateline is not None:
            evidence += dateline_evidence(dateline)
            break
    for line in lines:
        if len(line) < _LONGEST_CAPTION and is_photo_line(line):
            evidence += photo_evidence(split_photo_credit(line)[1])
    return evidence


def weigh(evidence: Iterable[Evidence]) -> Credit:
    """The credit that a set of evidence amounts to; every piece is kept, strongest first, each once.

    Where a press-release wire leads, no agency is credited.
    """
    pieces = tuple(sorted(set(evidence), key=_rank))
    agencies = {piece.agency for piece in pieces}
    if not agencies:
        return Credit(None, 0.0)
    standing = {agency: _standing(piece for piece in pieces if piece.agency == agency) for agency in agencies}
    winner = min(agencies, key=lambda agency: (-standing[agency][0], -standing[agency][1], agency))
    belief = standing[winner][1]
    rival = max((_standing(_against(pieces, agency))[1] for agency in agencies - {winner}), default=0.0)
    if winner in PRESS_WIRES:  # no agency wrote what a company says of itself
        return Credit(None, 0.0, pieces)
    confidence = min(belief * (1 - rival / 2), _CERTAINTY_CEILING)
    if all(piece.kind == "photo-credit" for piece in pieces if piece.agency == winner):
        confidence = min(confidence, _PHOTO_CEILING)
    return Credit(winner, round(confidence, 2), pieces)


def _rank(piece: Evidence) -> tuple[float, int, str, str]:
    return (-piece.weight, _KIND_ORDER.index(piece.kind), piece.agency, piece.text)


def _against(pieces: Iterable[Evidence], agency: str) -> Iterable[Evidence]:
    """What speaks for a rival: pictures do not, nor does a manner of signing that others have taken over."""
    return (
        piece
        for piece in pieces
        if piece.agency == agency
        and piece.kind != "photo-credit"
        and not (piece.kind == "signoff" and piece.weight == STYLE_WEIGHT)
    )


def _standing(pieces: Iterable[Evidence]) -> tuple[float, float]:
    """Strongest weight, and the belief that all kinds together give."""
    best: dict[EvidenceKind, float] = {}
    for piece in pieces:
        best[piece.kind] = max(best.get(piece.kind, 0.0), piece.weight)
    doubt = 1.0
    for weight in best.values():
        doubt *= 1 - weight
    return max(best.values(), default=0.0), 1 - doubt


def name_agency(evidence: Iterable[Evidence]) -> str | None:
    """The agency of a dispatch whose members show this evidence, as `combine_credits` gives it."""
    pieces = [piece for piece in evidence if piece.kind != "dispatch"]
    return weigh(_pick_strong(pieces) or pieces).agency


def _pick_strong(pieces: Sequence[Evidence]) -> list[Evidence]:
    return [piece for piece in pieces if piece.kind not in _WEAK_KINDS]


def combine_credits(credits: Sequence[Credit]) -> Credit:  # noqa: A002
    """The agency of a dispatch from what its members show; the order of members changes nothing.

    Dateline, credit line, sign-off, byline, copyright or metadata in any copy beat picture credits and publishers
    in all of them. Where only some copies name the agency, evidence of kind `dispatch` says in how many.
    """
    pieces = [piece for credit in credits for piece in credit.evidence if piece.kind != "dispatch"]
    strong = _pick_strong(pieces)
    named = weigh(strong or pieces)
    if named.agency is None:
        return named
    witnesses = sum(
        any(piece.agency == named.agency and piece.kind not in _WEAK_KINDS for piece in credit.evidence)
        for credit in credits
    )
    if 0 < witnesses < len(credits):
        strongest = max(piece.weight for piece in strong if piece.agency == named.agency)
        share = Evidence(
            "dispatch",
            f"named in {witnesses} of {len(credits)} copies",
            round(min(WEIGHTS["dispatch"], strongest), 2),
            named.agency,
        )
        pieces.append(share)
    evidence = tuple(sorted(set(pieces), key=_rank))
    return Credit(named.agency, named.confidence, evidence)
