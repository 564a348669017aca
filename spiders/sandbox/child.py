"""The process that does jobs, one after another from stdin to stdout, under limits of the operating system.

It loads the libraries once and forks; the fork does the jobs. A job that takes too much ends the fork, and the next fork
is ready within milliseconds, while loading takes a second. An interval timer limits the processor time of a job: its
signal ends the fork even inside C code. A limit on the address space, above the size after the start, limits memory.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
import resource
import signal
import sys
from pathlib import Path

from copytaster.errors import UnparsableError
from spiders.parsing.language import find_language, load_language_model
from spiders.sandbox.answers import answer_job
from spiders.sandbox.messages import (
    READY,
    pack_message,
    pack_refusal,
    pack_start_failure,
    receive,
)

JOBS_PER_FORK = 5_000  # a new fork frees memory that libraries keep
_RENEW = 75  # exit code of a fork that asks for another one
_PR_SET_PDEATHSIG = 1
_WARM_UP_TEXT = "The ministers met on Monday and agreed to meet again before the end of the year. " * 4


def serve_jobs(memory_bytes: int, folder: Path | None) -> None:
    """Load the libraries, report that or what failed, then let forks do jobs until stdin ends.

    An unpacked copy of the language model is kept in the folder, if one is given.
    """
    out = os.dup(1)
    os.dup2(2, 1)  # keeps what a library prints out of the messages
    logging.disable(logging.CRITICAL)
    gc.disable()  # while libraries load there is no garbage to find
    try:
        _warm_up(folder)
    except Exception as error:  # noqa: BLE001  the parent raises it as the reason why no page can be parsed
        _write(out, pack_start_failure(error))
        return
    gc.freeze()
    gc.enable()
    _write(out, pack_message(READY))
    while True:
        fork = os.fork()
        if fork == 0:
            _end_with_parent()
            _limit_memory(memory_bytes)
            os._exit(_do_jobs(out))
        code = os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1])
        if code == 0:
            return
        if code != _RENEW:
            _write(out, pack_message({"died": code}))


def _warm_up(folder: Path | None) -> None:
    """Load libraries and models before the first page."""
    import trafilatura  # noqa: F401

    load_language_model(folder)
    find_language(_WARM_UP_TEXT)


def _end_with_parent() -> None:
    """Ask the system to kill this fork with its parent; skipped on systems that cannot."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _limit_memory(memory_bytes: int) -> None:
    """Limit memory to the current size and `memory_bytes` more; skipped on systems without such a limit."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            mapped = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (mapped + memory_bytes, mapped + memory_bytes))


def _do_jobs(out: int) -> int:
    """Do jobs until stdin ends, memory runs out or many are done; returns the exit code of the fork."""
    for _ in range(JOBS_PER_FORK):
        try:
            message, body = receive(_read_exactly)
        except EOFError:
            return 0
        answer, exhausted = _answer(message, body)
        _write(out, answer)
        if exhausted:
            break
    return _RENEW


def _answer(message: dict[str, object], body: bytes) -> tuple[bytes, bool]:
    """The answer to one job, and whether its memory ran out."""
    signal.setitimer(signal.ITIMER_PROF, float(str(message["cpu_s"])))
    try:
        return answer_job(message, body), False
    except UnparsableError as error:
        return pack_refusal(error), False
    except MemoryError:
        return pack_message({"exhausted": True}), True
    except RecursionError:
        return pack_message({"failed": "nested too deep"}), False
    except Exception as error:  # noqa: BLE001  the parent refuses the page with this message
        return pack_message({"failed": f"{type(error).__name__}: {error}"[:300]}), False
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
    os.nice(int(sys.argv[2]))
    serve_jobs(int(sys.argv[1]), Path(sys.argv[3]) if sys.argv[3] else None)
