"""`python -m bench.supply.licences`: every installed distribution has a licence that is allowed here."""

from __future__ import annotations

import sys
from importlib.metadata import distributions
from typing import TYPE_CHECKING

from license_expression import ExpressionError, get_spdx_licensing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from email.message import Message
    from importlib.metadata import PackageMetadata

# SPDX names. The LGPL binds users of psycopg, an extra, who change psycopg itself.
ALLOWED = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "CNRI-Python",
        "ISC",
        "LGPL-2.1-or-later",
        "LGPL-3.0-only",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "PSF-2.0",
        "Python-2.0",
        "Unlicense",
        "ZPL-2.1",
        "Zlib",
    }
)
# what older metadata says -> SPDX
OLDER = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd license": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "psfl": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
    "the unlicense (unlicense)": "Unlicense",
    "zope public license": "ZPL-2.1",
}
# distributions whose metadata names no licence -> what their files say
FILES = {"axe-playwright-python": "MIT AND MPL-2.0"}  # its own code, and the axe-core in it
LONGEST = 80  # characters of a licence's name; some metadata holds the whole text
_SPDX = get_spdx_licensing()


def main() -> int:
    """Print each distribution whose licence is unknown or not allowed; 1 where there is one."""
    installed = [(found.metadata["Name"], found.metadata) for found in distributions()]
    faults = list(find_faults(installed))
    for fault in faults:
        print(fault)
    print(f"{len(installed)} distributions installed, {len(faults)} with a licence that is not allowed")
    return int(bool(faults))


def find_faults(installed: Iterable[tuple[str, Message | PackageMetadata]]) -> Iterator[str]:
    """One sentence for each distribution that may not be used."""
    for name, metadata in sorted(installed, key=lambda pair: str(pair[0])):
        expression = read_licence(metadata) or FILES.get(name)
        if expression is None:
            yield f"{name}: its metadata names no licence"
        elif not is_allowed(expression):
            yield f"{name}: the licence {expression!r} is not in the list of bench/supply/licences.py"


def read_licence(metadata: Message | PackageMetadata) -> str | None:
    """A distribution's licence as an SPDX expression: its own expression, its classifiers, or its licence field."""
    for expression in metadata.get_all("License-Expression", ()):
        return str(expression)
    classifiers = [str(value) for value in metadata.get_all("Classifier", ())]
    names = [value.rpartition(" :: ")[2] for value in classifiers if value.startswith("License :: ")]
    field = "\n".join(metadata.get_all("License", ())).strip()
    if not names and field and len(field) <= LONGEST and "\n" not in field:
        names = [field]
    names = [name for name in names if name != "OSI Approved"]
    return " AND ".join(f"({OLDER.get(name.casefold(), name)})" for name in names) or None


def is_allowed(expression: str) -> bool:
    """True if the expression can be fulfilled with allowed licences alone: one side of an OR, both of an AND."""
    try:
        parsed = _SPDX.parse(expression, validate=False)
    except ExpressionError:
        return False
    return parsed is not None and _holds(parsed)


def _holds(part: object) -> bool:
    operator, parts = getattr(part, "operator", "").strip(), getattr(part, "args", ())
    if operator == "OR":
        return any(map(_holds, parts))
    if operator == "AND":
        return all(map(_holds, parts))
    return str(part) in ALLOWED


if __name__ == "__main__":
    sys.exit(main())
