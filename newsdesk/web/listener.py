"""The socket on which the web application listens."""

from __future__ import annotations

import socket


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free port.

    Its connections send without delay (TCP_NODELAY). A response leaves in two pieces, and with Nagle's algorithm the
    second waits for the acknowledgement of the first: 40 ms per response on a kept connection. asyncio sets the option
    only on sockets that name their protocol, and these do not.

    Raises:
        OSError: host and port cannot be bound.
    """
    listener = socket.create_server((host, port))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    return listener
