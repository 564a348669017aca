"""A pasted address in the search box: the dispatch of the story that was printed there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copytaster.errors import CopytasterError
from copytaster.store.decisions import find_versions
from copytaster.store.dispatches import resolve_id
from copytaster.store.memberships import read_dispatch_refs
from newsdesk.web.decisions.form import read_name

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ADDRESS = re.compile(r"https?://\S{3,4000}", re.IGNORECASE)


def is_address(text: str) -> bool:
    """True if the text is one address and nothing else."""
    return _ADDRESS.fullmatch(text.strip()) is not None


def find_dispatch(connection: Connection, text: str) -> str | None:
    """The dispatch of the newest version printed at an address, or the one whose page it is; None where there is none."""
    address = text.strip()
    if not is_address(address):
        return None
    try:
        if (name := read_name(address)) != address:
            return resolve_id(connection, name)
        found = find_versions(connection, address)
        places = read_dispatch_refs(connection, found)
    except CopytasterError:
        return None
    return next((places[version].dispatch_id for version in reversed(found) if version in places), None)
