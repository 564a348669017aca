"""Worker processes that parse: a page that takes too much time or memory ends only its worker."""

from __future__ import annotations

import contextlib
import queue
import resource
import select
import signal
import subprocess
import sys
import time
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

import structlog

from copytaster.errors import ParserStartError, UnparsableError
from spiders.parsing.sandbox.messages import REINSTALL, pack_page, raise_unless_ready, receive, unpack_story

if TYPE_CHECKING:
    from types import TracebackType

    from copytaster.values import ParsedStory, RawPage
    from spiders.parsing.context import ParseContext

log = structlog.get_logger(__name__)

_WALL_FACTOR = 6.0  # wall time a page may take, as a multiple of its processor time: the machine may be busy
_WALL_EXTRA_S = 20.0
_START_S = 60.0  # 1.2 s on an idle machine, nearly all of it imports
_PAGES_PER_CHILD = 5_000  # a new child frees memory that libraries keep
_TIME_SIGNALS = (signal.SIGPROF, signal.SIGXCPU)


class ParsingWorker:
    """One child process that parses; threads may share it and take turns.

    Args:
        cpu_s: processor seconds one page may take.
        memory_bytes: memory one page may take in addition to that of an idle child.
    """

    def __init__(self, *, cpu_s: float = 5.0, memory_bytes: int = 512_000_000) -> None:
        self._cpu_s = cpu_s
        self._memory_bytes = memory_bytes
        self._lock = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._pages = 0

    def start(self) -> None:
        """Start a child unless one runs; returns when the child can take a page.

        Raises:
            ParserStartError: the child ended before that, mostly because a library does not import.
        """
        with self._lock:
            self._ensure_child()

    def parse(self, page: RawPage, context: ParseContext) -> ParsedStory:
        """Parse a page like `spiders.parsing.parse`, in the child and under its limits; blocks.

        Raises:
            UnparsableError: also `took-too-long`, `too-much-memory`, `crashed`.
            ParserStartError: no child can be started.
        """
        with self._lock:
            child = self._ensure_child()
            try:
                message = self._send(child, pack_page(page, context))
            except (OSError, EOFError, ValueError, TypeError) as error:
                raise self._bury(page.url) from error
            self._pages += 1
            if "exhausted" in message or self._pages >= _PAGES_PER_CHILD:
                self._stop()
        if "exhausted" in message:
            raise _refuse("too-much-memory", page.url)
        if "failed" in message:
            log.warning("page.parser_failed", url=page.url, error=message["failed"])
            raise UnparsableError(
                f"the parser failed: {message['failed']}", reason="crashed", resource=page.url
            )
        return unpack_story(message)

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
            self._pages = 0
            self._child = self._start_child()
        return self._child

    def _start_child(self) -> subprocess.Popen[bytes]:
        limits = (str(self._cpu_s), str(self._memory_bytes))
        try:
            child = subprocess.Popen(  # noqa: S603  our own interpreter and module
                [sys.executable, "-m", "spiders.parsing.sandbox.child", *limits],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
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

    def _send(self, child: subprocess.Popen[bytes], request: bytes) -> dict[str, Any]:
        if child.stdin is None:
            raise EOFError
        view = memoryview(request)
        while view:
            view = view[child.stdin.write(view) or 0 :]
        return _receive(child, seconds=self._cpu_s * _WALL_FACTOR + _WALL_EXTRA_S)

    def _bury(self, url: str) -> UnparsableError:
        """Remove a dead or silent child; returns the refusal of its page."""
        child = self._child
        if child is None:
            return _refuse("crashed", url)
        self._child = None
        _await_end(child)
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        code = child.returncode
        reason = "took-too-long" if code is not None and -code in _TIME_SIGNALS else "crashed"
        log.warning("page.child_died", url=url, code=code, reason=reason, peak_kib=before)
        return _refuse(reason, url)

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            _end(child)


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
                child.send_signal(signal.SIGXCPU)
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
        child.kill()
    child.wait()


class ParsingPool:
    """Several workers; a free one parses each page.

    Args:
        size: children, and pages parsed at the same time.
    """

    def __init__(self, size: int, *, cpu_s: float = 5.0, memory_bytes: int = 512_000_000) -> None:
        self._workers = [ParsingWorker(cpu_s=cpu_s, memory_bytes=memory_bytes) for _ in range(size)]
        self._free: queue.LifoQueue[ParsingWorker] = queue.LifoQueue()
        for worker in self._workers:
            self._free.put(worker)

    def parse(self, page: RawPage, context: ParseContext) -> ParsedStory:
        """As `ParsingWorker.parse`; waits for a free worker."""
        worker = self._free.get()
        try:
            return worker.parse(page, context)
        finally:
            self._free.put(worker)

    def close(self) -> None:
        """End every child."""
        for worker in self._workers:
            worker.close()


def _start_error(why: str) -> ParserStartError:
    return ParserStartError(f"the parsing process cannot start: {why}", resource="parser", hint=REINSTALL)


def _refuse(reason: str, url: str) -> UnparsableError:
    messages = {
        "took-too-long": "parsing took longer than its limit",
        "too-much-memory": "parsing took more memory than its limit",
        "crashed": "the parser died",
    }
    return UnparsableError(messages[reason], reason=reason, resource=url)
