"""The socket on which the web application is served."""

import socket

from newsdesk.web.listener import listen


def test_what_is_sent_through_a_connection_waits_for_nothing():
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
