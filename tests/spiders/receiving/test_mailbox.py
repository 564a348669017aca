"""A mailbox on a real IMAP server with TLS, a real store, real parsing workers."""

import tempfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from bench.roads.imap_server import DOVECOT, OPENSSL, PASSWORD, ImapServer
from copytaster.errors import RefusedError
from copytaster.store.tables import raw_pages, refusals, runs, stories, versions
from spiders.receiving.mailbox import MailboxAddress
from spiders.sources.config import Mailbox
from tests.copytaster.wire.formats import samples

pytestmark = pytest.mark.skipif(
    not (DOVECOT and OPENSSL),
    reason="NO IMAP SERVER: mailboxes are not tested; install dovecot-imapd and openssl",
)
PASSED = (
    "mx.pier.example (checked); spf=pass smtp.mailfrom=ap.example; dkim=pass header.d=ap.example; dmarc=pass"
)


@pytest.fixture(scope="session")
def server():
    with tempfile.TemporaryDirectory(
        prefix="imap-"
    ) as folder:  # a test's own is closed to the server's other user
        made = ImapServer(Path(folder))
        yield made
        made.close()


@pytest.fixture
def box(server, tmp_path, receive):
    """A reception of an empty mailbox."""
    with server.client() as client:
        client.select("INBOX")
        client.uid("STORE", "1:*", "+FLAGS", "\\Deleted")
        client.expunge()
    password = tmp_path / "password"
    password.write_text(f"{PASSWORD}\n")

    def make(**more):
        opened = Mailbox(str(password), str(server.cert), ("mx.pier.example",))
        reception = receive("mailbox", server.url, mailbox=opened, **more)
        made.append(reception)
        return reception

    made = []
    yield make
    for one in made:
        one.receiver.close()


def take_now(reception):
    reception.receiver._looked_at = float("-inf")
    return reception.take()


def letter(verdict=None, *, number=1, attach=None):
    message = EmailMessage()
    message["From"] = "AP Desk <desk@ap.example>"
    message["To"] = "desk@pier.example"
    message["Subject"] = samples.HEADLINE
    message["Message-ID"] = f"<basin-{number}@ap.example>"
    message["Date"] = "Mon, 02 Mar 2026 09:30:00 +0100"
    message.set_content(samples.BODY if attach is None else "Copy attached.")
    if attach is not None:
        message.add_attachment(attach, maintype="application", subtype="octet-stream", filename="copy.bin")
    head = f"Authentication-Results: {verdict}\r\n".encode() if verdict else b""
    return head + message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def test_a_message_becomes_a_story_once_and_stays_unread_where_it_is(server, box, rows):
    server.deliver(letter(PASSED))
    reception = box()
    assert take_now(reception) == 1
    assert take_now(reception) == 0
    assert [tuple(row) for row in rows(stories.c.channel, stories.c.wire_id)] == [
        ("mailbox", "basin-1@ap.example")
    ]
    (flags,) = server.flags()
    assert "$CopytasterDone" in flags
    assert "\\Seen" not in flags
    again = box()  # a restart
    assert take_now(again) == 0
    report = reception.close_row()
    assert (report.outcome, report.stored) == ("ran", 1)


@pytest.mark.parametrize(
    ("verdict", "said", "warning"),
    [
        (PASSED, "spf=pass; dkim=pass; dmarc=pass; arc=none; by mx.pier.example", None),
        (PASSED.replace("dmarc=pass", "dmarc=fail (p=none)"), "dmarc=fail", "sender-failed"),
        ("mx.pier.example; spf=softfail; dkim=none", "spf=softfail", "sender-unverified"),
        ("mx.pier.example; spf=fail; dmarc=fail; arc=pass", "arc=pass", None),
        ("mx.elsewhere.example; spf=pass; dkim=pass; dmarc=pass", "unknown", "sender-unverified"),
        (
            f"mx.elsewhere.example; dmarc=fail\r\nAuthentication-Results: {PASSED}",
            "unknown",
            "sender-unverified",
        ),
        (None, "unknown", "sender-unverified"),
    ],
    ids=["passed", "failed", "unsigned", "forwarded", "another server", "forged below", "none"],
)
def test_only_the_word_of_a_trusted_server_on_top_counts(server, box, rows, verdict, said, warning):
    server.deliver(letter(verdict))
    take_now(box())
    ((headers,),) = rows(raw_pages.c.headers)
    assert said in dict(headers)["X-Copytaster-Sender"]
    ((warnings,),) = rows(versions.c.warnings)
    assert [one for one in warnings if one.startswith("sender")] == ([warning] if warning else [])


def test_an_attachment_is_read_as_the_format_that_it_is(server, box, rows):
    free = samples.g2(until="2026-03-02T09:31:00+01:00")
    server.deliver(letter(PASSED, attach=free.encode()))
    take_now(box())
    assert samples.GUID in {row.wire_id for row in rows(stories.c.wire_id)}


def test_what_cannot_be_used_is_marked_and_waits_in_quarantine(server, box, rows):
    server.deliver(b"From: x@y.example\r\nSubject: Nothing\r\n\r\n")
    reception = box()
    assert take_now(reception) == 1
    assert len(rows(refusals.c.id)) == 1
    assert "$CopytasterRefused" in server.flags()[0]
    assert take_now(reception) == 0


def test_a_message_too_large_is_not_fetched(server, box, rows):
    server.deliver(letter(PASSED) + b"x" * 50_000)
    reception = box()
    reception.receiver._max_bytes = 10_000
    take_now(reception)
    assert [row.reason for row in rows(refusals.c.reason)] == ["too-large"]


def test_a_wrong_password_and_an_unknown_certificate_are_said(server, box, rows, tmp_path):
    (tmp_path / "password").write_text("wrong")
    reception = box()
    with pytest.raises(RefusedError) as refused:
        reception.receiver.look()
    assert refused.value.reason == "mailbox-refused"
    reception.receiver._ca_file, reception.receiver._looked_at = "", float("-inf")
    with pytest.raises(RefusedError) as refused:
        reception.receiver.look()
    assert refused.value.reason == "mailbox-unreachable"
    assert take_now(reception) == 0
    assert [(row.outcome, row.errors) for row in rows(runs.c.outcome, runs.c.errors)] == [
        ("failed", {"mailbox-unreachable": 1})
    ]


def test_a_connection_that_breaks_is_opened_again(server, box, rows):
    server.deliver(letter(PASSED))
    reception = box()
    take_now(reception)
    reception.receiver._server.shutdown()  # as a server that restarts, or a line that breaks
    server.deliver(letter(PASSED, number=2))
    assert take_now(reception) == 0
    assert take_now(reception) == 1
    assert len(rows(stories.c.id)) == 2


def test_the_address_of_a_message_names_no_user():
    address = MailboxAddress.read("imaps://desk%40pier.example@mail.example/Press/In")
    assert (address.user, address.folder, address.port) == ("desk@pier.example", "Press/In", 993)
    assert address.of_message("7", "12") == "imap://mail.example/Press/In;UIDVALIDITY=7/;UID=12"
