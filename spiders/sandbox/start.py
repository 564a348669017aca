"""Starting the parsing workers of a command, with the configured limits of time and memory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from spiders.sandbox.pool import ParsingPool, ParsingWorker

if TYPE_CHECKING:
    from settings import Settings


def make_parsers(settings: Settings) -> ParsingPool:
    """Make one parsing worker a processor."""
    crawl = settings.crawl
    return ParsingPool(cores(), cpu_s=crawl.parse_cpu_s, memory_bytes=crawl.parse_memory_bytes)


def check_parser(settings: Settings) -> None:
    """Start one parser and end it again; takes 1.2 s, nearly all of it the import of libraries.

    Raises:
        ParserStartError: the parser cannot start, so that no page could be parsed.
    """
    crawl = settings.crawl
    with ParsingWorker(cpu_s=crawl.parse_cpu_s, memory_bytes=crawl.parse_memory_bytes) as parser:
        parser.start()


def cores() -> int:
    """The number of processors this process may use."""
    return len(os.sched_getaffinity(0))
