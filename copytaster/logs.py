"""Logs: events with keys on stderr, one line each, as text or JSON. No value can break a line or show a secret."""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from rich.console import Console

from copytaster.errors import ConfigurationError, nearest
from copytaster.light_structlog import structlog
from copytaster.log_repeats import RepeatCounter
from copytaster.masking.text import mask_secrets
from copytaster.masking.values import mask_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from structlog.typing import EventDict, Processor, WrappedLogger

Format = Literal["text", "json"]
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LONGEST_VALUE = 1_000
LONGEST_MASKED = 20_000  # cut only far behind what is shown: half a secret is no longer recognised
FRAMES_SHOWN = 4
# Below these levels libraries report about themselves.
QUIET = {
    "scrapy": "WARNING", "twisted": "WARNING", "apscheduler": "WARNING", "alembic": "WARNING", "asyncio": "WARNING",
    "trafilatura": "CRITICAL", "htmldate": "CRITICAL", "urllib3": "WARNING", "httpx": "WARNING",
    "httpcore": "WARNING", "uvicorn": "WARNING", "uvicorn.access": "WARNING", "filelock": "WARNING",
    "elastic_transport": "CRITICAL", "opensearch": "CRITICAL",  # each request; our own errors report failures
}  # fmt: skip
COLOURS = {"debug": 2, "info": 32, "warning": 33, "error": 31, "critical": 31}

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PLAIN = re.compile(r"[^\s=\"'\\]{1,1000}")


def set_up(level: str = "INFO", form: str = "text") -> None:
    """Send every event of this process to stderr, including those of libraries.

    Args:
        level: DEBUG, INFO, WARNING, ERROR or CRITICAL.
        form: text for people, json for machines.

    Raises:
        ConfigurationError: either is unknown.
    """
    if level.upper() not in LEVELS:
        raise ConfigurationError(
            f"unknown level {level!r}", resource="log_level", hint=nearest(level.upper(), LEVELS)
        )
    if form not in {"text", "json"}:
        raise ConfigurationError(
            f"unknown form {form!r}", resource="log_format", hint=nearest(form, ("text", "json"))
        )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = _StderrHandler(form)
    root = logging.getLogger()
    for old in root.handlers:
        if isinstance(old, _StderrHandler):
            old.close()  # it writes what it counted
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(capture=True)
    for name, least in QUIET.items():
        quiet = logging.getLogger(name)
        quiet.handlers.clear()
        quiet.propagate = True
        quiet.setLevel(least)


class _StderrHandler(logging.Handler):
    """Write to the stderr of the moment: tests and progress bars replace it. Identical lines are counted."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self._finish = _make_finish(form)
        self._repeats = RepeatCounter(self._write_event)
        self.setFormatter(_make_formatter(self._repeats, self._finish))

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
        except structlog.DropEvent:
            pass
        except Exception:  # noqa: BLE001  # a log that cannot be written must not stop the work
            self.handleError(record)

    def close(self) -> None:
        self._repeats.flush()
        super().close()

    def _write_event(self, event: EventDict) -> None:
        """Write the event that tells how often a line came; without the handler's lock, which its caller may hold."""
        line: Any = event
        for processor in self._finish:
            line = processor(None, "", line)
        with suppress(OSError, ValueError):  # stderr is closed
            sys.stderr.write(f"{line}\n")


def _make_finish(form: str) -> list[Processor]:
    """The last processors: they clean an event's values and write it as a line."""
    console = Console(stderr=True)
    colours = console.is_terminal and not console.no_color
    json_renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    return [_clean_values, json_renderer if form == "json" else _TextRenderer(colours=colours)]


def _make_formatter(repeats: Processor, finish: list[Processor]) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%dT%H:%M:%SZ", utc=True),
            _describe_error,
            repeats,
            *finish,
        ],
    )


def _describe_error(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    raised = event.pop("exc_info", None)
    error = sys.exc_info()[1] if raised is True else raised[1] if isinstance(raised, tuple) else raised
    if isinstance(error, BaseException):
        event["error"] = f"{type(error).__name__}: {error}"
        event["at"] = _place(traceback.extract_tb(error.__traceback__))
    return event


def _place(frames: Iterable[traceback.FrameSummary]) -> str:
    last = list(frames)[-FRAMES_SHOWN:]
    return " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(last))


def _clean_values(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    masked = mask_value(event)
    return {clean_text(str(key)): _clean(value) for key, value in masked.items()}


def _clean(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return clean_text(value if isinstance(value, str) else str(value))


def clean_text(text: str) -> str:
    """One line of bounded length, control characters and direction marks escaped, secrets masked."""
    masked = mask_secrets(text[:LONGEST_MASKED])
    escaped = _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), masked)
    if len(escaped) > LONGEST_VALUE or len(text) > LONGEST_MASKED:
        return escaped[:LONGEST_VALUE] + "…"
    return escaped


class _TextRenderer:
    def __init__(self, *, colours: bool) -> None:
        self._colours = colours

    def __call__(self, _logger: WrappedLogger, _name: str, event: EventDict) -> str:
        moment, level = event.pop("timestamp"), event.pop("level")
        name = event.pop("event", "")
        pairs = " ".join(f"{key}={_quote(value)}" for key, value in event.items())
        shown = f"{level:<8}"
        if self._colours:
            shown = f"\x1b[{COLOURS.get(level, 0)}m{shown}\x1b[0m"
        return f"{moment} {shown} {name} {pairs}".rstrip()


def _quote(value: object) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
