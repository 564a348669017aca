"""The process that parses pages, one after another from stdin to stdout, under limits of the operating system.

An interval timer limits the processor time of a page: its signal ends the process even inside C code. A limit on the
address space, above the size after the start, limits memory.
"""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import signal
import sys

from copytaster.errors import UnparsableError
from spiders.parsing.formats import parse
from spiders.parsing.language import find_language
from spiders.parsing.sandbox.messages import (
    READY,
    pack_message,
    pack_refusal,
    pack_start_failure,
    pack_story,
    receive,
    unpack_page,
)

_WARM_UP_TEXT = "The ministers met on Monday and agreed to meet again before the end of the year. " * 4


def serve_pages(cpu_s: float, memory_bytes: int) -> None:
    """Load the libraries, report that or what failed, then parse pages until stdin ends."""
    out = os.dup(1)
    os.dup2(2, 1)  # keeps what a library prints out of the messages
    logging.disable(logging.CRITICAL)
    try:
        _warm_up()
    except Exception as error:  # noqa: BLE001  the parent raises it as the reason why no page can be parsed
        _write(out, pack_start_failure(error))
        return
    _write(out, pack_message(READY))
    _limit_memory(memory_bytes)
    while True:
        try:
            message, body = receive(_read_exactly)
        except EOFError:
            return
        _write(out, _answer(message, body, cpu_s))


def _warm_up() -> None:
    """Load libraries and models before the first page."""
    import trafilatura  # noqa: F401

    find_language(_WARM_UP_TEXT)


def _limit_memory(memory_bytes: int) -> None:
    """Limit memory to the current size and `memory_bytes` more; skipped on systems without such a limit."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            mapped = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (mapped + memory_bytes, mapped + memory_bytes))


def _answer(message: dict[str, object], body: bytes, cpu_s: float) -> bytes:
    signal.setitimer(signal.ITIMER_PROF, cpu_s)
    try:
        page, context = unpack_page(message, body)
        return pack_story(parse(page, context))
    except UnparsableError as error:
        return pack_refusal(error)
    except MemoryError:
        return pack_message({"exhausted": True})
    except RecursionError:
        return pack_message({"failed": "nested too deep"})
    except Exception as error:  # noqa: BLE001  the parent refuses the page with this message
        return pack_message({"failed": f"{type(error).__name__}: {error}"[:300]})
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _read_exactly(count: int) -> bytes:
    data = sys.stdin.buffer.read(count)
    if len(data) < count:
        raise EOFError
    return data


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


if __name__ == "__main__":
    serve_pages(float(sys.argv[1]), int(sys.argv[2]))
