"""A real IMAP server with TLS on loopback: Dovecot, in a folder of its own."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

DOVECOT = shutil.which("dovecot") or shutil.which("/usr/sbin/dovecot")
OPENSSL = shutil.which("openssl")
USER, PASSWORD = "desk@pier.example", "quiet water 7"
_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {login}
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 0
first_valid_gid = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={login} gid={login_group} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class ImapServer:
    """Runs until closed. `cert` is the certificate to trust."""

    def __init__(self, folder: Path) -> None:
        user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
        login = user if os.getuid() else "nobody"  # the server refuses to meet clients as root
        login_group = grp.getgrgid(pwd.getpwnam(login).pw_gid).gr_name if not os.getuid() else group
        folder.chmod(0o755)
        self.folder, self.cert = folder, folder / "cert.pem"
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (folder / "mail").mkdir()
        if not os.getuid():
            shutil.chown(folder / "mail", login, login_group)
        (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        subprocess.run(
            [str(OPENSSL), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-keyout", str(folder / "key.pem"), "-out", str(self.cert)],
            check=True, capture_output=True,
        )  # fmt: skip
        config = folder / "dovecot.conf"
        config.write_text(
            _CONFIG.format(
                folder=folder, port=self.port, user=user, group=group, login=login, login_group=login_group
            )
        )
        self.process = subprocess.Popen([str(DOVECOT), "-F", "-c", str(config)], stderr=subprocess.PIPE)
        try:
            self._wait()
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> str:
        """The address of its mailbox, as a source has it."""
        return f"imaps://{USER.replace('@', '%40')}@localhost:{self.port}/INBOX"

    def deliver(self, message: bytes) -> None:
        """Put a message into the mailbox."""
        with self.client() as client:
            status, said = client.append("INBOX", "", None, message)
        if status != "OK":
            raise RuntimeError(f"the mailbox takes no message: {said}")

    def flags(self) -> list[str]:
        """The flags of every message."""
        with self.client() as client:
            client.select("INBOX", readonly=True)
            _, found = client.fetch("1:*", "(FLAGS)")
        return [line.decode() for line in found if isinstance(line, bytes)]

    def client(self) -> imaplib.IMAP4_SSL:
        """A client that has logged in."""
        made = imaplib.IMAP4_SSL(
            "localhost", self.port, ssl_context=ssl.create_default_context(cafile=self.cert), timeout=30
        )
        try:
            made.login(USER, PASSWORD)
        except imaplib.IMAP4.error:
            made.shutdown()
            raise
        return made

    def close(self) -> None:
        """End the server."""
        self.process.terminate()
        self.process.wait(20)
        if self.process.stderr is not None:
            self.process.stderr.close()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            assert self.process.poll() is None, (self.folder / "log").read_text()
            try:
                with self.client():
                    return
            except OSError:
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                select_nothing()


def select_nothing() -> None:
    """Give the server a moment to open its port."""
    import select

    select.select([], [], [], 0.05)
