"""Mail under TLS, handed to a server that encrypts: nothing goes out before the certificate is trusted."""

import pytest

from copytaster.errors import UnreachableError
from newsdesk.operations.delivery import send_mail
from settings import AlertSettings
from tests.mail_server import running_mail_server
from tests.servers import make_certificate

SECURITIES = ("tls", "starttls")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """(authority, (certificate, key)) of a server at 127.0.0.1."""
    folder = tmp_path_factory.mktemp("certificate")
    make_certificate(folder, folder / "ca.pem")
    return folder / "ca.pem", (folder / "server.pem", folder / "server-key.pem")


@pytest.fixture
def trusted(certificate, monkeypatch):
    """The certificate, of an authority that this machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    return certificate[1]


def send(server, security, *, title="Quay", to=("ops@desk.example",), **more):
    settings = AlertSettings(
        smtp_host="127.0.0.1",
        smtp_port=server.port,
        smtp_security=security,
        mail_from="desk@desk.example",
        mail_to=("ops@desk.example",),
        **more,
    )
    send_mail(settings, to, title, "The quay sank.", "<1@desk.example>", hint="look there")


@pytest.mark.parametrize("security", SECURITIES)
def test_mail_and_password_go_out_encrypted(trusted, security):
    with running_mail_server(security, trusted) as server:
        send(server, security, smtp_user="desk", smtp_password="pier-9")
        assert server.logins == [("desk", "pier-9", True)]
        assert server.are_encrypted == [True]
        (mail,) = server.mails
        assert (mail["Subject"], mail.get_content().strip()) == ("Quay", "The quay sank.")


@pytest.mark.parametrize("security", SECURITIES)
def test_a_server_whose_certificate_nobody_signed_gets_nothing(certificate, security):
    with running_mail_server(security, certificate[1]) as server:
        with pytest.raises(UnreachableError, match="certificate verify failed"):
            send(server, security, smtp_user="desk", smtp_password="pier-9")
        assert (server.mails, server.logins) == ([], [])


def test_a_server_that_cannot_encrypt_gets_nothing():
    with running_mail_server() as server:
        with pytest.raises(UnreachableError, match="STARTTLS"):
            send(server, "starttls", smtp_user="desk", smtp_password="pier-9")
        assert (server.mails, server.logins) == ([], [])


def test_without_encryption_mail_goes_out_as_it_is():
    with running_mail_server() as server:
        send(server, "none")
        assert server.are_encrypted == [False]


@pytest.mark.parametrize(
    "title",
    [
        "=?utf-8?q?=0ABcc:_mallory=40evil.example?=",
        "=?utf-8?q?a=0D=0AContent-Type:_text/html=0D=0A=0D=0A?=",
        "=?utf-8?b?CkJjYzogbWFsbG9yeUBldmlsLmV4YW1wbGU=?=",
        "=?iso-8859-1?Q?=0aBcc:_x?= =?utf-8?q?=0ABcc:_y?=",
        "Fähre =?utf-8?q?=0ABcc:_x?= läuft aus " + "und aus " * 20,
        "==?utf-8?q?=0ABcc:_x?=",
    ],
)
def test_an_encoded_word_of_a_headline_is_no_header(title):
    with running_mail_server() as server:
        send(server, "none", title=title)
        (mail,) = server.mails
    assert "\n" not in mail["Subject"]
    assert mail["Subject"].replace("= ?", "=?").split() == title.split()
    wanted = {"Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "MIME-Version"}
    assert wanted <= set(mail.keys()) <= wanted | {"Content-Type", "Content-Transfer-Encoding"}
    assert mail.get_content().strip() == "The quay sank."


def test_an_address_that_no_mail_can_have_is_named_and_stops_nothing_else():
    with running_mail_server() as server:
        with pytest.raises(UnreachableError, match="no mail can be written"):
            send(server, "none", to=("=?utf-8?q?a=0ABcc=3A_x?=@desk.example",))
        send(server, "none")
        assert len(server.mails) == 1
