"""What the receiving mail server found out about the sender: SPF, DKIM, DMARC and ARC, from Authentication-Results (RFC 8601).

Anybody can write such a header into a message. Only the topmost one counts, and only if it names a server that
configuration trusts: a server removes those that claim to be its own, and puts its own on top.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from email import policy
from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING

from copytaster.wire.formats.recognise import recognise

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from copytaster.values import RawPage

HEADER = "X-Copytaster-Sender"
WARNINGS = (FAILED, UNVERIFIED) = ("sender-failed", "sender-unverified")
METHODS = ("spf", "dkim", "dmarc", "arc")
MAX_HEAD = 262_144  # bytes of a message in which its headers end
_COMMENT = re.compile(r"\([^()]{0,500}\)")
_RESULT = re.compile(r"(spf|dkim|dmarc|arc)(?:/\d)?\s*=\s*([a-z]{2,12})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MailVerdict:
    """The results of each method, e.g. `pass`, `fail`, `none`, and the server that found them; None where nobody trusted did."""

    by: str | None
    results: tuple[tuple[str, str], ...] = ()

    @property
    def warning(self) -> str | None:
        """`sender-failed`, `sender-unverified`, or None for a sender who is who he says.

        DMARC decides, since it alone compares with the visible sender; a chain of ARC stands in for it after forwarding.
        """
        found = dict(self.results)
        if "pass" in (found.get("dmarc"), found.get("arc")):
            return None
        return FAILED if found.get("dmarc") == "fail" else UNVERIFIED

    def __str__(self) -> str:
        """One line, e.g. `spf=pass; dkim=pass; dmarc=pass; by mx.example.org`."""
        if self.by is None:
            return "unknown: no server that is trusted has checked it"
        return "; ".join((*(f"{name}={result}" for name, result in self.results), f"by {self.by}"))


def read_verdict(message: bytes, trusted: Collection[str]) -> MailVerdict:
    """The verdict of a trusted server on a message.

    Args:
        message: with its headers.
        trusted: names of the servers, as they write them at the beginning of the header.
    """
    head = BytesHeaderParser(policy=policy.compat32).parsebytes(message[:MAX_HEAD])
    names = {name.lower() for name in trusted}
    results: dict[str, str] = {}
    by: str | None = None
    for value in head.get_all("Authentication-Results") or []:
        server, _, said = _COMMENT.sub(" ", " ".join(str(value).split())).partition(";")
        server = server.split()[0].lower() if server.split() else ""
        if server not in names or (by is not None and server != by):
            break  # what stands below may be the sender's own
        by = server
        for method, result in _RESULT.findall(said):
            kept = results.setdefault(method.lower(), result.lower())
            if result.lower() == "pass" and method.lower() == "dkim" and kept != "pass":
                results["dkim"] = "pass"  # one good signature of several is enough
    return MailVerdict(by, tuple((name, results.get(name, "none")) for name in METHODS) if by else ())


def kept_verdict(headers: Iterable[tuple[str, str]]) -> str | None:
    """The verdict in the headers of a kept page, in a line; None for what was no mail."""
    return next((value for name, value in headers if name == HEADER), None)


def note_verdict(page: RawPage, trusted: Collection[str]) -> tuple[RawPage, tuple[str, ...]]:
    """A page with the verdict kept among its headers, and the warnings for its stories; as it is if it is no mail."""
    if recognise(page.body).envelope != "mail":
        return page, ()
    verdict = read_verdict(page.body, trusted)
    kept = replace(page, headers=(*page.headers, (HEADER, str(verdict))))
    return kept, (verdict.warning,) if verdict.warning else ()
