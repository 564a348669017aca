"""A mail server on loopback that takes what it is sent, as much of SMTP as clients use; it can refuse."""

from __future__ import annotations

import socketserver
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        self._say("220 mail.example ESMTP")
        for line in iter(self.rfile.readline, b""):
            word = line.split()[0].upper().decode() if line.split() else ""
            if word == "QUIT":
                self._say("221 bye")
                return
            if word == "DATA":
                self._take()
            elif word == "RCPT" and self.server.refuses:
                self._say("550 no such user")
            elif word == "EHLO":
                self._say("250-mail.example", "250 8BITMIME")
            else:
                self._say("250 ok")

    def _take(self):
        self._say("354 go on")
        lines = iter(self.rfile.readline, b".\r\n")
        lines = [line.removeprefix(b".") if line.startswith(b"..") else line for line in lines]
        self.server.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self._say("250 taken")

    def _say(self, *lines):
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class MailServer(socketserver.ThreadingTCPServer):
    """`mails` are those taken so far; with `refuses` it knows no recipient."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails = []
        self.refuses = False

    @property
    def port(self):
        return self.server_address[1]


@contextmanager
def running_mail_server():
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
