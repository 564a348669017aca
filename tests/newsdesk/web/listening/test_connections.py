"""Clients that send or read slowly, too much, or not at all: each is dropped, and the others are answered."""

import asyncio
import json
import select
import socket
import threading
from contextlib import asynccontextmanager, suppress

import pytest

from newsdesk.operations.health import Health
from newsdesk.page_server import PageServer
from newsdesk.web.app import create_app
from newsdesk.web.listening.protocol import MAX_HEADERS, MAX_PIPELINED
from settings import load_settings
from spiders.sources.config import parse_sources
from tests.newsdesk.web.conftest import SOURCES

PATIENCE_S = 60
SHORT = {"header_timeout_s": 0.05, "body_timeout_s": 0.05, "keep_alive_s": 0.05, "send_timeout_s": 0.05}
LIVEZ = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
LARGE = 4_000_000  # bytes: more than the system's buffers between two sockets


class Pages:
    """A page server on loopback, and clients that speak bytes."""

    def __init__(self, server):
        self.server = server
        self.room = server.connections
        self.address = None

    async def open(self):
        return await asyncio.open_connection(*self.address, limit=2**20)

    async def say(self, *pieces):
        """Send pieces, and read until the server closes."""
        reader, writer = await self.open()
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            return await reader.read()
        finally:
            await hang_up(writer)

    async def is_live(self):
        answer = await self.say(LIVEZ.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        return answer.startswith(b"HTTP/1.1 200")


async def hang_up(writer):
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


@asynccontextmanager
async def serve(desk, *, app=None, **web):
    settings = load_settings(data_dir=desk.settings.data_dir, web={"port": 0} | web)
    made = app or create_app(desk.store, desk.index, settings, parse_sources(SOURCES))
    pages = Pages(PageServer(made, settings.web, Health(desk.store)))
    ready = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(pages.server.run(ready.set_result))
    async with asyncio.timeout(PATIENCE_S):
        host, port = (await ready).removeprefix("http://").strip("/").split(":")
        pages.address = (host, int(port))
        try:
            yield pages
        finally:
            pages.server.stop()
            await task


def run(desk, scene, **web):
    async def play():
        async with serve(desk, **web) as pages:
            return await scene(pages)

    return asyncio.run(play())


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer else None


@pytest.mark.parametrize(
    ("pieces", "reason", "status"),
    [
        ([b"GET / HT"], "header-timeout", 408),
        ([b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b"], "header-timeout", 408),
        ([b"\r\n\r\n"], "header-timeout", 408),
        ([b""], "silent", None),
        (
            [b"POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"],
            "body-timeout",
            408,
        ),
    ],
)
def test_what_never_ends_is_closed(desk, pieces, reason, status):
    async def never_answer(scope, receive, send):
        while (await receive())["type"] == "http.request":
            pass

    async def scene(pages):
        answer = await pages.say(*pieces)
        return status_of(answer), dict(pages.room.closed)

    assert run(desk, scene, app=never_answer, **SHORT) == (status, {reason: 1})


def test_a_later_request_has_its_own_deadline(desk):
    async def scene(pages):
        return await pages.say(LIVEZ, b"GET / HT"), dict(pages.room.closed)

    answer, closed = run(desk, scene, header_timeout_s=0.05)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 408" in answer
    assert closed == {"header-timeout": 1}


def test_a_body_that_nobody_waits_for_is_closed_without_a_second_answer(desk):
    async def scene(pages):
        return await pages.say(LIVEZ.replace(b"\r\n\r\n", b"\r\nContent-Length: 9\r\n\r\n")), dict(
            pages.room.closed
        )

    answer, closed = run(desk, scene, body_timeout_s=0.05)
    assert answer.count(b"HTTP/1.1") == 1
    assert closed == {"body-timeout": 1}


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        ([b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"], 414),
        ([b"GET /" + b"a" * 40_000], 414),
        ([b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"a" * 40_000 + b"\r\n\r\n"], 431),
        ([b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"a" * 40_000], 431),
        ([b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * (MAX_HEADERS + 1) + b"\r\n"], 431),
        ([b"\r\n" * 20_000], 431),
        ([b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000001\r\n\r\n"], 413),
        ([b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n"], 400),
        ([b"NONSENSE\r\n\r\n"], 400),
        ([b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"], 400),
        ([b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"], 400),
    ],
)
def test_what_is_too_large_or_no_request_is_refused(desk, pieces, status):
    async def scene(pages):
        return await pages.say(*pieces), await pages.is_live()

    answer, is_live = run(desk, scene)
    assert status_of(answer) == status
    assert is_live


@pytest.mark.parametrize(
    "piece", [b"%x\r\n" % 65_536 + b"a" * 65_536 + b"\r\n", b"1;" + b"x" * 65_536 + b"\r\na\r\n"]
)
def test_chunks_without_an_end_are_refused(desk, piece):
    async def read_all(scope, receive, send):
        while (await receive())["type"] == "http.request":
            pass

    head = b"POST /api/v1/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"

    async def scene(pages):
        return await pages.say(head, *[piece] * 20), dict(pages.room.closed)

    answer, closed = run(desk, scene, app=read_all)
    assert status_of(answer) == 413
    assert json.loads(answer.rpartition(b"\r\n\r\n")[2])["status"] == 413
    assert b"application/problem+json" in answer
    assert closed == {"large-body": 1}


def test_trailers_count_as_headers(desk):
    trailers = b"X-A: b\r\n" * (MAX_HEADERS + 1)
    request = b"POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + trailers

    async def scene(pages):
        await pages.say(request)
        return dict(pages.room.closed)

    assert run(desk, scene) == {"large-header": 1}


def test_an_upgrade_is_answered_as_if_not_asked_for(desk):
    asked = b"\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"

    async def scene(pages):
        return await pages.say(LIVEZ.replace(b"\r\n\r\n", asked))

    assert status_of(run(desk, scene, keep_alive_s=0.05)) == 200


def test_a_few_requests_at_once_are_answered_in_turn_and_many_are_not(desk):
    async def scene(pages):
        few = await pages.say(LIVEZ * 3)
        many = await pages.say(LIVEZ * (3 * MAX_PIPELINED))
        return few.count(b"HTTP/1.1 200"), many.count(b"HTTP/1.1 200"), dict(pages.room.closed)

    few, many, closed = run(desk, scene, keep_alive_s=0.05)
    assert few == 3
    assert 1 <= many <= MAX_PIPELINED + 1
    assert closed == {"no-room": 1}


@pytest.mark.parametrize("pieces", [1, 64])
def test_a_client_that_does_not_read_is_dropped(desk, pieces):
    async def send_much(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for left in reversed(range(pieces)):
            body = b"x" * (LARGE // pieces)
            await send({"type": "http.response.body", "body": body, "more_body": left > 0})

    async def scene(pages):
        client = socket.create_connection(pages.address)
        with client:
            client.sendall(LIVEZ)
            dropped = select.poll()
            dropped.register(client, 0)  # hang-ups and errors alone
            assert await asyncio.to_thread(dropped.poll, PATIENCE_S * 1_000)
        return dict(pages.room.closed), await read_all(pages)

    async def read_all(pages):
        answer = await pages.say(LIVEZ.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        return len(answer)

    closed, read = run(desk, scene, app=send_much, send_timeout_s=0.05)
    assert closed == {"slow-reader": 1}
    assert read >= LARGE


@pytest.mark.parametrize("limit", [{"max_connections": 20}, {"max_connections_per_address": 20}])
@pytest.mark.parametrize(
    "half", [b"", b"GET / HTTP/1.1\r\nX-A: b", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"]
)
def test_the_oldest_that_waits_makes_room(desk, limit, half):
    async def never_answer(scope, receive, send):
        if scope["path"] == "/livez":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"ok"})
        while (await receive())["type"] == "http.request":
            pass

    async def scene(pages):
        clients = []
        for _ in range(100):
            reader, writer = await pages.open()
            writer.write(half)
            await writer.drain()
            clients.append((reader, writer))
            assert await pages.is_live()
        first = await clients[0][0].read()
        figures = len(pages.room), pages.room.most, first, pages.room.closed["evicted"]
        for _, writer in clients:
            await hang_up(writer)
        return figures

    still, most, first, evicted = run(desk, scene, app=never_answer, **limit)
    assert still <= most <= 20
    assert first == b""
    assert evicted >= 80


def test_whoever_waits_for_an_answer_is_not_closed_for_others(desk):
    gate, arrived = asyncio.Event(), asyncio.Semaphore(0)

    async def answer_late(scope, receive, send):
        arrived.release()
        await gate.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"late"})

    async def scene(pages):
        waiting = [asyncio.create_task(pages.say(LIVEZ)) for _ in range(5)]
        for _ in waiting:
            await arrived.acquire()
        turned_away = await pages.say(LIVEZ)
        gate.set()
        return status_of(turned_away), [status_of(await task) for task in waiting]

    assert run(desk, scene, app=answer_late, max_connections=5, keep_alive_s=0.05) == (503, [200] * 5)


def test_requests_beyond_the_limit_are_refused_at_once_but_never_the_probe(desk):
    held, entered = threading.Event(), threading.Semaphore(0)
    settings = load_settings(data_dir=desk.settings.data_dir, web={"port": 0, "max_requests": 3})
    app = create_app(desk.store, desk.index, settings, parse_sources(SOURCES))

    @app.get("/hold")
    def hold():
        entered.release()
        held.wait(PATIENCE_S)

    async def scene(pages):
        request = LIVEZ.replace(b"/livez", b"/hold").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        waiting = [asyncio.create_task(pages.say(request)) for _ in range(3)]
        for _ in waiting:
            await asyncio.to_thread(entered.acquire)
        over = await pages.say(request.replace(b"/hold", b"/api/v1/dispatches"))
        is_live = await pages.is_live()
        held.set()
        return over, is_live, [status_of(await task) for task in waiting]

    over, is_live, answered = run(desk, scene, app=app)
    assert status_of(over) == 503
    assert json.loads(over.rpartition(b"\r\n\r\n")[2])["detail"].startswith("3 requests wait already")
    assert is_live
    assert answered == [200] * 3


def test_a_stop_does_not_wait_for_half_sent_requests(desk):
    async def scene(pages):
        _, writer = await pages.open()
        writer.write(b"GET / HT")
        await writer.drain()
        assert await pages.is_live()  # so the half-sent one was read as well
        clients.append(writer)

    clients = []

    async def play():
        async with serve(desk) as pages:
            await scene(pages)
        await hang_up(clients[0])
        return len(pages.room)

    assert asyncio.run(play()) == 0
