"""A mail server on loopback that takes what it is sent, as much of SMTP as clients use; it can refuse, and encrypt."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy


class _Session(socketserver.StreamRequestHandler):
    def setup(self):
        self.encrypted = False
        super().setup()

    def finish(self):
        super().finish()
        self.connection.close()

    def handle(self):
        if self.server.security == "tls" and not self._encrypt():
            return
        self._say("220 mail.example ESMTP")
        while line := self.rfile.readline():
            word = line.split()[0].upper().decode() if line.split() else ""
            if word == "QUIT":
                self._say("221 bye")
                return
            if word == "STARTTLS" and self.server.security == "starttls":
                self._say("220 go on")
                if not self._encrypt():
                    return
            elif word == "AUTH":
                self._log_in(line)
            elif word == "DATA":
                self._take()
            elif word == "RCPT" and self.server.refuses:
                self._say("550 no such user")
            elif word == "EHLO":
                offers = (
                    ["STARTTLS"]
                    if self.server.security == "starttls" and not self.encrypted
                    else ["AUTH PLAIN"]
                )
                self._say("250-mail.example", *(f"250-{offer}" for offer in offers), "250 8BITMIME")
            else:
                self._say("250 ok")

    def _encrypt(self):
        """Go on under TLS; False for a client that does not trust the certificate."""
        try:
            self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        except OSError:
            return False
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)
        self.encrypted = True
        return True

    def _log_in(self, line):
        _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
        self.server.logins.append((user, password, self.encrypted))
        self._say("235 welcome")

    def _take(self):
        self._say("354 go on")
        lines = iter(self.rfile.readline, b".\r\n")
        lines = [line.removeprefix(b".") if line.startswith(b"..") else line for line in lines]
        self.server.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self.server.are_encrypted.append(self.encrypted)
        self._say("250 taken")

    def _say(self, *lines):
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class MailServer(socketserver.ThreadingTCPServer):
    """`mails` are those taken so far; with `refuses` it knows no recipient.

    With a certificate and its key it encrypts: from the beginning (`tls`), or when a client requests it (`starttls`).
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, security="none", certificate=None):
        super().__init__(("127.0.0.1", 0), _Session)
        self.security = security
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if certificate:
            self.context.load_cert_chain(*certificate)
        self.mails, self.are_encrypted, self.logins = [], [], []
        self.refuses = False

    @property
    def port(self):
        return self.server_address[1]


@contextmanager
def running_mail_server(security="none", certificate=None):
    with MailServer(security, certificate) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
