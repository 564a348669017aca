"""The ways on which alerts are told: mail by SMTP, and a webhook. Each says what rings now, and what has ended."""

from __future__ import annotations

import json
import smtplib
import socket
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING, Protocol

import urllib3

from copytaster.errors import ConfigurationError, UnreachableError
from newsdesk.operations.alerts.messages import describe_as_json, write_text, write_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copytaster.store.alerts import WaitingMessage
    from settings import AlertSettings

TIMEOUT_S = 20.0


class Channel(Protocol):
    """A way to tell people."""

    @property
    def name(self) -> str:
        """`mail` or `webhook`."""

    def send(self, messages: Sequence[WaitingMessage]) -> None:
        """Tell of alerts, all in one message.

        Raises:
            UnreachableError: it was not taken.
        """

    def say(self, text: str) -> None:
        """Tell one sentence.

        Raises:
            UnreachableError: it was not taken.
        """


def open_channels(settings: AlertSettings) -> tuple[Channel, ...]:
    """The channels that are configured.

    Raises:
        ConfigurationError: mail is to be sent, and no server or sender is set.
    """
    found: list[Channel] = []
    if settings.mail_to:
        if not settings.smtp_host or not settings.mail_from:
            raise ConfigurationError(
                "mail_to is set, and smtp_host or mail_from is not",
                resource="alerts",
                hint="set both in [settings.alerts]",
            )
        found.append(Mail(settings))
    if settings.webhook_url is not None:
        found.append(Webhook(settings))
    return tuple(found)


class Mail:
    """Plain text to every address of `mail_to`."""

    name = "mail"

    def __init__(self, settings: AlertSettings) -> None:
        self._settings = settings

    def send(self, messages: Sequence[WaitingMessage]) -> None:
        """Send one mail, whose id follows from the messages: a mail that is sent twice after a crash is seen as one."""
        ids = "-".join(str(message.id) for message in messages[:20])
        identity = f"<alerts-{ids}@{self._domain}>"
        self._deliver(write_title(messages), write_text(messages, self._settings.url), identity)

    def say(self, text: str) -> None:
        """Send a mail of one sentence."""
        self._deliver(
            "Copytaster: " + text.split(":", maxsplit=1)[0], text + "\n", make_msgid("alert", self._domain)
        )

    @property
    def _domain(self) -> str:
        return (self._settings.mail_from or "").rpartition("@")[2] or "copytaster.invalid"

    def _deliver(self, title: str, text: str, identity: str) -> None:
        mail = EmailMessage()
        mail["Subject"] = title
        mail["From"] = self._settings.mail_from
        mail["To"] = ", ".join(self._settings.mail_to)
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail["Message-ID"] = identity
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text)
        resource = f"{self._settings.smtp_host}:{self._settings.smtp_port}"
        try:
            with self._connect() as server:
                refused = server.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            raise UnreachableError(
                f"the mail server did not take the mail: {_explain(error)}",
                resource=resource,
                hint="check [settings.alerts], then `copytaster alert test`",
            ) from error
        if refused:
            raise UnreachableError(f"the mail server refused {', '.join(refused)}", resource=resource)

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        host, port = settings.smtp_host or "", settings.smtp_port
        context = ssl.create_default_context()
        if settings.smtp_security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
            if settings.smtp_security == "starttls":
                server.starttls(context=context)
        if settings.smtp_user is not None:
            password = settings.smtp_password.get_secret_value() if settings.smtp_password else ""
            server.login(settings.smtp_user, password)
        return server


class Webhook:
    """JSON to one address; `text` is the whole message, as chat programs take it."""

    name = "webhook"

    def __init__(self, settings: AlertSettings) -> None:
        self._settings = settings

    def send(self, messages: Sequence[WaitingMessage]) -> None:
        """Post one request, with a key by which the other side can tell one that comes twice after a crash."""
        key = "-".join(str(message.id) for message in messages)
        body: dict[str, object] = {
            "text": write_text(messages, self._settings.url),
            "alerts": [describe_as_json(message) for message in messages],
        }
        self._post(body, {"Idempotency-Key": f"copytaster-{key}"[:255]})

    def say(self, text: str) -> None:
        """Post one sentence."""
        self._post({"text": text, "alerts": []}, {})

    def _post(self, body: dict[str, object], headers: dict[str, str]) -> None:
        url = self._settings.webhook_url
        address = "" if url is None else url.get_secret_value()
        try:
            response = urllib3.request(
                "POST",
                address,
                body=json.dumps(body, ensure_ascii=False).encode(),
                headers={"Content-Type": "application/json", **headers},
                timeout=TIMEOUT_S,
                retries=False,
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise _refused(f"the webhook did not answer: {type(error).__name__}") from error
        if not 200 <= response.status < 300:  # noqa: PLR2004
            raise _refused(f"the webhook answered {response.status}")


def _refused(message: str) -> UnreachableError:
    return UnreachableError(
        message,
        resource="alerts.webhook_url",
        hint="check [settings.alerts], then `copytaster alert test`",
    )


def _explain(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = (
            error.smtp_error.decode("utf-8", "replace")
            if isinstance(error.smtp_error, bytes)
            else error.smtp_error
        )
        return f"{error.smtp_code} {text}"
    if isinstance(error, socket.gaierror):
        return "its name is unknown"
    return str(error) or type(error).__name__
