"""Worker processes that read bytes from outside: a job that takes too much time or memory ends only its worker's fork."""

from __future__ import annotations

import contextlib
import os
import queue
import resource
import select
import signal
import subprocess
import sys
import time
from threading import Lock
from typing import TYPE_CHECKING, Any, Self, TypeVar

from copytaster.compiled_code import find_kept_folder
from copytaster.errors import ParserStartError, UnparsableError
from copytaster.light_structlog import structlog
from spiders.sandbox.jobs import page_job
from spiders.sandbox.messages import (
    REINSTALL,
    pack_message,
    raise_if_refused,
    raise_unless_ready,
    receive,
)

if TYPE_CHECKING:
    from types import TracebackType

    from copytaster.values import ParsedStory, RawPage
    from spiders.parsing.context import ParseContext
    from spiders.sandbox.jobs import Job

T = TypeVar("T")

log = structlog.get_logger(__name__)

_WALL_FACTOR = 6.0  # wall time a page may take, as a multiple of its processor time: the machine may be busy
_WALL_EXTRA_S = 20.0
_START_S = 60.0  # 1.2 s on an idle machine, nearly all of it imports
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # a fork keeps one thread only
_TIME_SIGNALS = (signal.SIGPROF, signal.SIGXCPU)


class ParsingWorker:
    """One child process that does jobs; threads may share it and take turns.

    Args:
        cpu_s: processor seconds one job may take.
        memory_bytes: memory one job may take in addition to that of an idle child.
        niceness: of the child, from 0 (usual priority) to 19.
    """

    def __init__(self, *, cpu_s: float = 5.0, memory_bytes: int = 512_000_000, niceness: int = 0) -> None:
        self._cpu_s = cpu_s
        self._niceness = niceness
        self._memory_bytes = memory_bytes
        self._lock = Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start a child unless one runs; returns when the child can take a page.

        Raises:
            ParserStartError: the child ended before that, mostly because a library does not import.
        """
        with self._lock:
            self._ensure_child()

    def parse(self, page: RawPage, context: ParseContext) -> ParsedStory:
        """Parse a page like `spiders.parsing.parse`; see `do`."""
        return self.do(page_job(page, context))

    def do(self, job: Job[T], *, cpu_s: float | None = None) -> T:
        """Do a job in the child and under its limits; blocks.

        Args:
            job: the bytes, and what to make of them.
            cpu_s: processor seconds it may take, if fewer than any job of this worker.

        Raises:
            UnparsableError: also `took-too-long`, `too-much-memory`, `crashed`.
            ParserStartError: no child can be started.
        """
        allowed = cpu_s or self._cpu_s
        request = pack_message({**job.request, "job": job.kind, "cpu_s": allowed}, job.body)
        with self._lock:
            child = self._ensure_child()
            try:
                message = _exchange(child, request, seconds=allowed * _WALL_FACTOR + _WALL_EXTRA_S)
            except (OSError, EOFError, ValueError, TypeError) as error:
                raise self._bury(job.about) from error
        if "died" in message:
            raise _refuse_dead(message["died"], job.about)
        if "exhausted" in message:
            raise _refuse("too-much-memory", job.about)
        if "failed" in message:
            log.warning("parser.failed", url=job.about, error=message["failed"])
            raise UnparsableError(
                f"the parser failed: {message['failed']}", reason="crashed", resource=job.about
            )
        raise_if_refused(message)
        return job.unpack(message)

    def close(self) -> None:
        """End the child; the next page starts a new one."""
        with self._lock:
            self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ensure_child(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._stop()
            self._child = self._start_child()
        return self._child

    def _start_child(self) -> subprocess.Popen[bytes]:
        options = (str(self._memory_bytes), str(self._niceness), str(find_kept_folder() or ""))
        try:
            child = subprocess.Popen(  # noqa: S603  our own interpreter and module
                [sys.executable, "-m", "spiders.sandbox.child", *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                env=os.environ | _ONE_THREAD,
                start_new_session=True,  # Ctrl-C reaches the parent only, which closes the child
            )
        except OSError as error:
            raise _start_error(str(error)) from error
        try:
            raise_unless_ready(_receive(child, seconds=_START_S))
        except (OSError, EOFError, ValueError, TypeError) as error:
            _await_end(child)
            raise _start_error(f"it ended with {child.returncode} before it was ready") from error
        except ParserStartError:
            _end(child)
            raise
        return child

    def _bury(self, url: str) -> UnparsableError:
        """Remove a dead or silent child; returns the refusal of its job."""
        child, self._child = self._child, None
        if child is None:
            return _refuse("crashed", url)
        _await_end(child)
        return _refuse_dead(child.returncode, url)

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            _end(child)


def _exchange(child: subprocess.Popen[bytes], request: bytes, *, seconds: float) -> dict[str, Any]:
    """Send a request; returns the child's answer."""
    if child.stdin is None:
        raise EOFError
    view = memoryview(request)
    while view:
        view = view[child.stdin.write(view) or 0 :]
    return _receive(child, seconds=seconds)


def _receive(child: subprocess.Popen[bytes], *, seconds: float) -> dict[str, Any]:
    """The next message of a child.

    Raises:
        EOFError: the child ended, or sent nothing for so long.
    """
    if child.stdout is None:
        raise EOFError
    deadline = time.monotonic() + seconds
    descriptor = child.stdout

    def read(count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                _signal_all(child, signal.SIGXCPU)
                raise EOFError
            part = descriptor.read(count - len(data))
            if not part:
                raise EOFError
            data += part
        return bytes(data)

    return receive(read)[0]


def _await_end(child: subprocess.Popen[bytes]) -> None:
    """Give a dying child 2 s to leave its own exit code, then kill it."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(timeout=2)
    _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    if child.poll() is None:
        _signal_all(child, signal.SIGKILL)
    child.wait()


def _signal_all(child: subprocess.Popen[bytes], number: int) -> None:
    """Send a signal to the child and its fork: they are a process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)


class ParsingPool:
    """Several workers; a free one does each job.

    Args:
        size: children, and jobs done at the same time.
    """

    def __init__(
        self, size: int, *, cpu_s: float = 5.0, memory_bytes: int = 512_000_000, niceness: int = 0
    ) -> None:
        self._workers = [
            ParsingWorker(cpu_s=cpu_s, memory_bytes=memory_bytes, niceness=niceness) for _ in range(size)
        ]
        self._free: queue.LifoQueue[ParsingWorker] = queue.LifoQueue()
        for worker in self._workers:
            self._free.put(worker)

    def parse(self, page: RawPage, context: ParseContext) -> ParsedStory:
        """As `ParsingWorker.parse`; waits for a free worker."""
        return self.do(page_job(page, context))

    def do(self, job: Job[T], *, cpu_s: float | None = None) -> T:
        """As `ParsingWorker.do`; waits for a free worker."""
        worker = self._free.get()
        try:
            return worker.do(job, cpu_s=cpu_s)
        finally:
            self._free.put(worker)

    def close(self) -> None:
        """End every child."""
        for worker in self._workers:
            worker.close()


def _start_error(why: str) -> ParserStartError:
    return ParserStartError(f"the parsing process cannot start: {why}", resource="parser", hint=REINSTALL)


def _refuse_dead(code: int | None, url: str) -> UnparsableError:
    """The refusal of a job whose process ended with this code, negative for a signal."""
    reason = "took-too-long" if code is not None and -code in _TIME_SIGNALS else "crashed"
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    log.warning("parser.died", url=url, code=code, reason=reason, peak_kib=peak)
    return _refuse(reason, url)


def _refuse(reason: str, url: str) -> UnparsableError:
    messages = {
        "took-too-long": "parsing took longer than its limit",
        "too-much-memory": "parsing took more memory than its limit",
        "crashed": "the parser died",
    }
    return UnparsableError(messages[reason], reason=reason, resource=url)
