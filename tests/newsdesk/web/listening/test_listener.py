"""The socket on which the web application listens."""

import asyncio
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress

import pytest

from newsdesk.web.listening.connections import ConnectionLimits, Connections
from newsdesk.web.listening.listener import ACCEPTS_A_ROUND, listen


def test_connections_send_without_delay():
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_round_of_the_loop_takes_a_share_of_those_who_wait():
    async def scene():
        with listen("127.0.0.1", 0) as listener, ExitStack() as opened:
            listener.setblocking(False)
            for _ in range(ACCEPTS_A_ROUND + 3):
                opened.enter_context(socket.create_connection(listener.getsockname()))
            rounds = []
            for _ in range(2):
                rounds.append(len(list(accept_all(listener, opened))))
                await asyncio.sleep(0)
            return rounds

    assert asyncio.run(scene()) == [ACCEPTS_A_ROUND, 3]


def accept_all(listener, opened):
    with suppress(BlockingIOError):
        while True:
            yield opened.enter_context(listener.accept()[0])


def test_without_a_file_left_the_next_is_closed_and_the_loop_goes_on():
    program = """
import os, resource, socket
from newsdesk.web.listening.listener import listen
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
listener = listen("127.0.0.1", 0)
listener.setblocking(False)
clients = [socket.create_connection(listener.getsockname()) for _ in range(3)]
accepted = [listener.accept()[0]]  # opens the spare file
filler = []
try:
    while True:
        filler.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    pass
try:
    listener.accept()
except BlockingIOError:
    print("goes on", clients[1].recv(1) == b"")
for one in filler:
    os.close(one)
accepted.append(listener.accept()[0])
clients[2].sendall(b"x")
print("takes the next", accepted[1].recv(1) == b"x")
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.splitlines() == ["goes on True", "takes the next True"]


def test_the_limit_of_open_files_is_raised_and_some_are_kept():
    program = """
import resource
from newsdesk.web.listening.listener import KEPT_FILES, allow_open_files
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 4096))
allowed = allow_open_files()
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0], allowed + KEPT_FILES)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["4096", "4096"]


@pytest.mark.parametrize("is_full", [True, False])
def test_while_the_room_is_full_the_oldest_of_many_who_wait_are_closed(is_full, monkeypatch):
    monkeypatch.setattr("newsdesk.web.listening.listener.MOST_WAITING", 4)
    with listen("127.0.0.1", 0) as listener, ExitStack() as opened:
        listener.room = Connections(ConnectionLimits(connections=0 if is_full else 1))
        clients = [opened.enter_context(socket.create_connection(listener.getsockname())) for _ in range(10)]
        accepted = opened.enter_context(listener.accept()[0])
        first = 6 if is_full else 0
        assert accepted.getpeername() == clients[first].getsockname()
        assert all(client.recv(1) == b"" for client in clients[:first])
        assert listener.room.closed == ({"not-accepted": 6} if is_full else {})
