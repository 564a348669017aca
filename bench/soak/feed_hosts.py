"""Thousands of feeds, each on a loopback address of its own, served by one process: `python -m bench.soak.feed_hosts`.

Prints its port, serves until its standard input ends, then prints how many requests of each kind it answered, and the
processor seconds that this took.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from typing import Literal

Kind = Literal["same", "whole", "new"]

ENTRIES = 20
ETAG = '"as-before"'
_LINES = (
    "The harbour board met on {day} and agreed to widen basin {number} before the autumn gales came.",
    "Its chairman said that the work on basin {number} would take until {day} at the latest.",
    "Fishermen had demanded it since the storm of {day}, in which boat {number} broke from its moorings.",
)
ROBOTS = b"User-agent: *\nDisallow: /members/\n"
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def kind_of(number: int) -> Kind:
    """Of twenty feeds one has a new story, five are sent whole because their servers know no validators, the rest is unchanged."""
    place = number % 20
    return "new" if place == 0 else "whole" if place <= 5 else "same"  # noqa: PLR2004


def address_of(number: int) -> str:
    """The host of a feed."""
    return f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}"


def write_feed(number: int, base: str, *, new: bool) -> bytes:
    """A feed of `ENTRIES` stories; its first one is missing unless it is new by now."""
    items = "".join(
        f"<item><title>Basin {number}: report {place} of {_DAYS[place % 7]}</title><link>{base}/{number}/{place}</link>"
        f"<guid>{base}/{number}/{place}</guid><description>{_LINES[place % 3].format(day=_DAYS[place % 7], number=number)}"
        "</description></item>"
        for place in range(0 if new else 1, ENTRIES)
    )
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Port {number}</title>{items}</channel></rss>".encode()


def write_page(number: int) -> bytes:
    """A story page as long as usual ones, a third of it navigation."""
    text = "".join(
        f"<p>{line.format(day=_DAYS[(number + place) % 7], number=number * 100 + place)}</p>"
        for place in range(6)
        for line in _LINES
    )
    links = "".join(f"<li><a href='/section/{place}'>Section {place}</a></li>" for place in range(80))
    return (
        f"<!doctype html><html lang='en'><head><title>Basin {number}: report 0 of Monday</title></head><body><nav><ul>{links}"
        f"</ul></nav><main><article><h1>Basin {number}: report 0 of Monday</h1>{text}</article></main></body></html>"
    ).encode()


class _Hosts:
    def __init__(self) -> None:
        self.answered: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer requests of one connection until it closes."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                path, headers = head.split(" ", 2)[1], head.lower()
                host = next(
                    line.split(":", 1)[1].strip() for line in headers.split("\r\n") if line[:5] == "host:"
                )
                status, body, kind, more = self._answer(path, f"http://{host}", known=ETAG in headers)
                self.answered[kind] += 1
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nContent-Type: text/html\r\n{more}\r\n".encode()
                )
                writer.write(body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, path: str, base: str, *, known: bool) -> tuple[int, bytes, str, str]:
        """Status, body, kind, and a further header."""
        if path == "/robots.txt":
            return 200, ROBOTS, "robots.txt", ""
        name, _, rest = path.strip("/").partition("/")
        number = int(name)
        if rest != "feed":
            return 200, write_page(number), "page", ""
        kind = kind_of(number)
        if kind == "same" and known:
            return 304, b"", "feed, unchanged", f"ETag: {ETAG}\r\n"
        tag = f"ETag: {ETAG}\r\n" if kind == "same" else ""
        return 200, write_feed(number, base, new=kind == "new"), "feed", tag


async def _serve() -> None:
    hosts = _Hosts()
    server = await asyncio.start_server(hosts.serve, "0.0.0.0", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(json.dumps({"answered": hosts.answered, "cpu_s": time.process_time()}), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve())
