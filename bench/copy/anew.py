"""Versions that an agency writes anew within hours, and short copies with an altered fact.

Each has look-alikes that must stay apart: another subject on the same form, another story about the same firm.
"""

from __future__ import annotations

import random
import re

from bench.copy.credits import AGENCIES
from bench.copy.piece import DAY, HOUR, NOON, LabelledSet, Piece, in_order
from bench.copy.template_file import read_blocks

_SLOT = re.compile(r"\[\[(.*?)\|(.*?)\|(.*?)\]\]")


def write_anew(*, seed: int = 1, file: str = "written_anew.txt") -> LabelledSet:
    """Reports that an agency writes anew within hours, under another headline; outlets print each version."""
    pieces: list[Piece] = []
    for name, block in read_blocks(file).items():
        chance = random.Random(f"{seed} {name}")
        agency, t = chance.choice(AGENCIES), NOON + chance.uniform(0, DAY)
        for number, page in enumerate(re.split(r"^(?=[@=] )", block, flags=re.MULTILINE)[1:]):
            head, _, body = page.strip().partition("\n")
            text = "\n\n".join(body.split("\n"))
            group, title = (f"{name} {number}", head[8:]) if head[0] == "=" else (name, head[2:])
            at = t + (chance.uniform(0, 4) if head[0] == "=" else number * chance.uniform(0.4, 1.7)) * HOUR
            pieces.append(Piece(group, text, agency, at, "version", title))
            if chance.random() < 0.5:  # noqa: PLR2004
                outlet = f"Outlet {chance.randint(1, 400)}"
                pieces.append(Piece(group, text, outlet, at + 0.3 * HOUR, "printed", title))
    return in_order("written anew", pieces)


def write_altered(*, seed: int = 1, file: str = "altered.txt") -> LabelledSet:
    """Short reports, at outlets with one or two facts altered; apart stays the same form about another subject."""
    pieces: list[Piece] = []
    for name, block in read_blocks(file).items():
        chance = random.Random(f"{seed} {name}")
        agency, t = chance.choice(AGENCIES), NOON + chance.uniform(0, DAY)
        slots = list(_SLOT.finditer(block))
        facts = [number for number, slot in enumerate(slots) if slot[1] != slot[2]]
        one, two = chance.choice(facts), chance.sample(facts, 2)
        printings = (
            (name, agency, 0.0, [0] * len(slots), "told"),
            (name, "", 0.3, [int(number == one) for number in range(len(slots))], "one altered"),
            (name, "", 1.1, [int(number in two) for number in range(len(slots))], "two altered"),
            (f"{name} twin", chance.choice((agency, "")), 0.8, [2] * len(slots), "twin"),
        )
        for group, publisher, hours, readings, kind in printings:
            text = block
            for slot, reading in zip(slots, readings, strict=True):
                text = text.replace(slot[0], slot[1 + reading], 1)
            title, _, body = text.partition("\n")
            outlet = publisher or f"Outlet {chance.randint(1, 400)}"
            pieces.append(Piece(group, body, outlet, t + hours * HOUR, kind, title))
    return in_order("altered", pieces)
