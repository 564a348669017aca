"""Divides labelled pages, headlines and datelines into a half that may be read and a half that nobody reads.

Whole publishers go to one half: pages of one publisher share a layout. Datelines go by their city, headlines, which nearly all are
one agency's, by their text. The figure of the unseen half is the one that counts.
"""

from __future__ import annotations

import hashlib


def is_unseen(name: str) -> bool:
    """True if what has this name, as a publisher's, belongs to the unseen half."""
    return hashlib.sha256(name.strip().casefold().encode()).digest()[0] % 2 == 1
