"""The socket on which the web application is served."""

from __future__ import annotations

import socket


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any that is free.

    Connections made through it send at once. An answer leaves in two pieces, and the second would otherwise wait until
    the other side has confirmed the first: 40 ms on every connection that is used again. asyncio sees to that only for
    sockets that name their protocol, which these do not.

    Raises:
        OSError: it cannot listen there.
    """
    listener = socket.create_server((host, port))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    return listener
