"""The socket on which the web application listens."""

import socket

from newsdesk.web.listener import listen


def test_connections_send_without_delay():
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
