"""Divides labelled pages, headlines and datelines into a half that may be read and a half that nobody reads.

Whole publishers go to one half: pages of one publisher share a layout, and headlines a house style. The figure of the
unseen half is the one that counts.
"""

from __future__ import annotations

import hashlib


def is_unseen(publisher: str) -> bool:
    """True if what this publisher printed belongs to the unseen half."""
    return hashlib.sha256(publisher.strip().casefold().encode()).digest()[0] % 2 == 1
