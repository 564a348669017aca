"""A mailbox to which agencies and press offices send copy: IMAP over TLS.

Messages are read without marking them as read, and stay where they are. What is done with carries a keyword of ours, so
people may read and sort the mailbox, and a restart reads nothing twice.
"""

from __future__ import annotations

import imaplib
import re
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

import structlog

from copytaster.errors import UnparsableError
from copytaster.values import RawPage
from spiders.receiving.delivery import Delivery
from spiders.receiving.items import list_faults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spiders.receiving.items import KeptItem

DONE, REFUSED = "$CopytasterDone", "$CopytasterRefused"
AT_ONCE = 50  # messages of one look
LOOK_S = 1.0  # between two questions to the server
TIMEOUT_S = 30.0
PORT = 993
_ERRORS = (OSError, imaplib.IMAP4.error, ssl.SSLError)
_SIZE = re.compile(
    rb"UID (\d{1,10}).{0,200}?RFC822\.SIZE (\d{1,12})|RFC822\.SIZE (\d{1,12}).{0,200}?UID (\d{1,10})"
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MailboxAddress:
    """`imaps://user@host:port/Folder`, in parts."""

    host: str
    port: int
    user: str
    folder: str

    @classmethod
    def read(cls, url: str) -> MailboxAddress:
        """Read the address of a source, which the configuration has checked."""
        parts = urlsplit(url)
        return cls(
            parts.hostname or "",
            parts.port or PORT,
            unquote(parts.username or ""),
            unquote(parts.path[1:]) or "INBOX",
        )

    def of_message(self, validity: str, uid: str) -> str:
        """The address of a message (RFC 5092), without the user's name."""
        return f"imap://{self.host}/{quote(self.folder)};UIDVALIDITY={validity}/;UID={uid}"


class MailboxReceiver:
    """Reads one folder of one account.

    Args:
        url: `imaps://user@host/Folder`.
        password_file: holds the password in its first line.
        ca_file: certificates to trust instead of the system's; empty for the system's.
        max_bytes: of one message.
    """

    def __init__(self, url: str, *, password_file: str, ca_file: str = "", max_bytes: int) -> None:
        self.address = MailboxAddress.read(url)
        self._password_file, self._ca_file = password_file, ca_file
        self._max_bytes = max_bytes
        self._server: imaplib.IMAP4_SSL | None = None
        self._validity = ""
        self._looked_at = float("-inf")

    def look(self) -> Sequence[Delivery]:
        """The messages that carry no keyword of ours, the oldest first.

        Raises:
            UnparsableError: `mailbox-unreachable`, `mailbox-refused` (name, password or folder), `no-keywords`.
        """
        if time.monotonic() - self._looked_at < LOOK_S:
            return ()
        self._looked_at = time.monotonic()
        try:
            server = self._server or self._connect()
            server.noop()
            _, found = server.uid("SEARCH", f"UNKEYWORD {DONE} UNKEYWORD {REFUSED} UNDELETED")
            numbers = found[0].split()[:AT_ONCE] if found and found[0] else []
            return [self._fetch(server, number.decode("ascii")) for number in numbers]
        except _ERRORS as error:
            self.close()
            raise self._fault("mailbox-unreachable", f"the mail server does not answer: {error}") from error

    def settle(self, delivery: Delivery, kept: Sequence[KeptItem]) -> None:
        """Put our keyword on a message."""
        refused = bool(list_faults(kept))
        try:
            if self._server is not None:
                self._server.uid("STORE", delivery.name, "+FLAGS.SILENT", f"({REFUSED if refused else DONE})")
        except _ERRORS as error:  # it is read again, and known
            log.warning("message.not-marked", uid=delivery.name, host=self.address.host, why=str(error))
            self.close()

    def leave(self, delivery: Delivery) -> None:
        """Messages are whole: there is nothing to wait for."""

    def wait(self, seconds: float) -> None:
        """Sleep; the server is asked once a second."""
        time.sleep(seconds)

    def list_newest(self, count: int) -> list[Delivery]:
        """The newest messages, whatever keywords they carry; marks nothing. See `look` for errors."""
        try:
            server = self._server or self._connect()
            _, found = server.uid("SEARCH", "UNDELETED")
            numbers = found[0].split()[-count:] if found and found[0] else []
            return [self._fetch(server, number.decode("ascii")) for number in reversed(numbers)]
        except _ERRORS as error:
            self.close()
            raise self._fault("mailbox-unreachable", f"the mail server does not answer: {error}") from error

    def close(self) -> None:
        """Hang up."""
        server, self._server = self._server, None
        if server is not None:
            with suppress(*_ERRORS):
                server.logout()

    def _connect(self) -> imaplib.IMAP4_SSL:
        try:
            password = Path(self._password_file).read_text(encoding="utf-8").partition("\n")[0].strip("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise self._fault(
                "mailbox-refused", f"the password cannot be read from {self._password_file}"
            ) from error
        context = ssl.create_default_context(cafile=self._ca_file or None)
        server = imaplib.IMAP4_SSL(
            self.address.host, self.address.port, ssl_context=context, timeout=TIMEOUT_S
        )
        try:
            server.login(self.address.user, password)
        except imaplib.IMAP4.error as error:
            with suppress(*_ERRORS):
                server.logout()
            raise self._fault("mailbox-refused", "the server refuses the name or the password") from error
        self._server = server
        status, said = server.select(f'"{self.address.folder}"')
        if status != "OK":
            self.close()
            why = b" ".join(part for part in said if isinstance(part, bytes)).decode("utf-8", "replace")
            raise self._fault(
                "mailbox-refused",
                f"the server does not open the folder {self.address.folder!r}: {why[:200] or 'it says no more'}",
            )
        flags = b" ".join(
            part for part in server.untagged_responses.get("PERMANENTFLAGS", []) if isinstance(part, bytes)
        )
        if b"\\*" not in flags and DONE.encode() not in flags:
            self.close()
            raise self._fault(
                "no-keywords", "the server keeps no keywords, so what was read cannot be marked"
            )
        self._validity = (server.response("UIDVALIDITY")[1] or [b"0"])[-1].decode("ascii")
        return server

    def _fetch(self, server: imaplib.IMAP4_SSL, uid: str) -> Delivery:
        """One message; one that is too large is not fetched."""
        _, sized = server.uid("FETCH", uid, "(RFC822.SIZE)")
        size = _read_size(sized)
        url = self.address.of_message(self._validity, uid)
        if size > self._max_bytes:
            why = UnparsableError(f"more than {self._max_bytes} bytes", reason="too-large", resource=url)
            return Delivery(uid, refused=why)
        _, parts = server.uid("FETCH", uid, "(BODY.PEEK[])")
        body = next((part[1] for part in parts or [] if isinstance(part, tuple)), None)
        if not isinstance(body, bytes):
            return Delivery(uid, refused=UnparsableError("it is gone", reason="unreadable", resource=url))
        return Delivery(
            uid, RawPage(url, body, datetime.now(UTC), 200, (("Content-Type", "message/rfc822"),))
        )

    def _fault(self, reason: str, message: str) -> UnparsableError:
        return UnparsableError(message, reason=reason, resource=f"{self.address.host}:{self.address.port}")


def _read_size(sized: object) -> int:
    for line in sized if isinstance(sized, list) else []:
        found = _SIZE.search(line if isinstance(line, bytes) else b"")
        if found:
            return int(found[2] or found[3])
    return 0
