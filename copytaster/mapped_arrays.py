"""Arrays in one file: a copy of what is held in memory, for other processes. Only a cache: what is wrong is not read.

The file is mapped, not read: pages come in when they are first touched, and what is changed of them stays in memory.
It is never changed in place, only put in place of the one before.
"""

from __future__ import annotations

import json
import mmap
import os
from typing import TYPE_CHECKING, Any

import numpy as np
import xxhash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Arrays = Sequence[NDArray[Any]]

_MAGIC = b"copytaster arrays 2\n"  # raise the number when the layout of any table in it changes
_SLICE = 1 << 23  # bytes between two looks at whether to go on
_LENGTH = 8  # bytes of a number in the file
_STEP = 64  # every array begins at a multiple of so many bytes


def write_arrays(path: Path, facts: dict[str, Any], arrays: Arrays, *, go_on: Callable[[], bool]) -> bool:
    """Put arrays into a file in place of the one that is there, with what is to be known of them.

    Args:
        path: of the file.
        facts: plain data.
        arrays: of one dimension each.
        go_on: called every few milliseconds; when it returns False, the old file stays.

    Returns:
        Whether the file was written.

    Raises:
        OSError: there is no room, or no right to write.
    """
    facts_json = json.dumps({**facts, "arrays": [(array.dtype.str, len(array)) for array in arrays]}).encode()
    facts_json += b" " * (-(len(_MAGIC) + _LENGTH + len(facts_json)) % _STEP)
    begins = _MAGIC + len(facts_json).to_bytes(_LENGTH, "little") + facts_json
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with fresh.open("wb", buffering=0) as file:
            digest = xxhash.xxh3_64()
            for part in (memoryview(begins), *_list_parts(arrays)):
                for start in range(0, len(part), _SLICE):
                    if not go_on():
                        return False
                    piece = part[start : start + _SLICE]
                    digest.update(piece)
                    file.write(piece)
            file.write(digest.intdigest().to_bytes(_LENGTH, "little"))
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return True


def read_arrays(
    path: Path, *, fits: Callable[[dict[str, Any]], bool]
) -> tuple[dict[str, Any], list[NDArray[Any]]] | None:
    """(facts, arrays) as they were written; None where there is no file, it is damaged, or its facts do not fit."""
    try:
        with path.open("rb") as file:
            return _read_file(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY), fits)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError) as fault:
        from copytaster.light_structlog import structlog  # parsers start without it: it imports asyncio

        structlog.get_logger(__name__).warning("arrays.ignored", path=str(path), fault=str(fault))
        return None


def _read_file(
    file: mmap.mmap, fits: Callable[[dict[str, Any]], bool]
) -> tuple[dict[str, Any], list[NDArray[Any]]] | None:
    whole, start = memoryview(file), len(_MAGIC) + _LENGTH
    end = start + int.from_bytes(whole[len(_MAGIC) : start], "little")
    if whole[: len(_MAGIC)] != _MAGIC or end > len(whole):
        raise ValueError("not arrays of this form")
    facts = json.loads(bytes(whole[start:end]))
    arrays: list[NDArray[Any]] = []
    for dtype, count in facts.pop("arrays"):
        arrays.append(np.frombuffer(file, dtype, count, end))
        end += _round_up(arrays[-1].nbytes)
    if end + _LENGTH != len(whole):
        raise ValueError("it is cut short")
    if not fits(facts):
        return None
    if xxhash.xxh3_64_intdigest(whole[:end]) != int.from_bytes(whole[end:], "little"):
        raise ValueError("it is damaged")
    return facts, arrays


def _list_parts(arrays: Arrays) -> Iterator[memoryview]:
    for array in arrays:
        yield array.view(np.uint8).data
        yield memoryview(bytes(_round_up(array.nbytes) - array.nbytes))


def _round_up(size: int) -> int:
    return size + -size % _STEP
