"""The ways on which alerts are told: mail by SMTP, and a webhook. Each says what rings now, and what has ended."""

from __future__ import annotations

from email.utils import make_msgid
from typing import TYPE_CHECKING, Protocol

from copytaster.errors import ConfigurationError
from newsdesk.operations.alerts.messages import describe_as_json, write_text, write_title
from newsdesk.operations.delivery import post_json, send_mail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copytaster.store.alerts import WaitingMessage
    from settings import AlertSettings

_HINT = "check [settings.alerts], then `copytaster alert test`"


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
        send_mail(self._settings, self._settings.mail_to, title, text, identity, hint=_HINT)


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
        post_json(address, body, headers, resource="alerts.webhook_url", hint=_HINT)
