"""Word tables as text files, and their reader. What a table means is up to the module that reads it."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent  # importlib.resources would add 20 ms to the start of a command
Table = dict[str, dict[str, tuple[str, ...]]]


def read_table(name: str, folder: Path = FOLDER) -> Table:
    """The entries of `name`.txt in a folder, in file order, each with its fields and their values.

    An entry is a line that starts at the margin; its fields are the indented lines below it, `field: value | value`.
    A field may take several lines. Lines that start with `#` are comments.

    Raises:
        ValueError: an indented line has no field name, or no entry above it.
    """
    table: Table = {}
    fields: dict[str, tuple[str, ...]] | None = None
    text = (folder / f"{name}.txt").read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        if not line.startswith(" "):
            fields = table.setdefault(line.strip(), {})
            continue
        field, colon, values = line.strip().partition(": ")
        if fields is None or not colon:
            raise ValueError(f"{name}.txt, line {number}: {line.strip()!r} is no field of an entry")
        fields[field] = (*fields.get(field, ()), *(value.strip() for value in values.split("|")))
    return table
