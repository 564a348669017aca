"""Handing a message over: mail by SMTP, JSON to an address. Alerts and subscriptions share it."""

from __future__ import annotations

import hashlib
import hmac
import json
import smtplib
import socket
import ssl
import time
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

import urllib3

from copytaster.errors import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from settings import AlertSettings

TIMEOUT_S = 20.0
SIGNATURE = "Copytaster-Signature"


def send_mail(
    settings: AlertSettings, to: Sequence[str], title: str, text: str, identity: str, *, hint: str
) -> None:
    """Send plain text by the mail server of the settings.

    Args:
        settings: the server and the sender.
        to: addresses.
        title: the subject.
        text: the body.
        identity: the Message-ID: a mail that is sent twice after a crash is seen as one.
        hint: what helps where the server does not take it.

    Raises:
        UnreachableError: the server did not take it, or refused an address, or nothing can be sent to one.
    """
    try:
        mail = _write_mail(settings, to, title, text, identity)
    except (ValueError, MessageError) as error:
        raise UnreachableError(
            f"no mail can be written: {error}", resource=", ".join(to), hint=hint
        ) from error
    resource = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        with _connect(settings) as server:
            refused = server.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        raise UnreachableError(
            f"the mail server did not take the mail: {_explain(error)}", resource=resource, hint=hint
        ) from error
    if refused:
        raise UnreachableError(f"the mail server refused {', '.join(refused)}", resource=resource)


def post_json(
    address: str,
    body: Mapping[str, object],
    headers: Mapping[str, str],
    *,
    secret: str = "",
    resource: str,
    hint: str = "",
) -> None:
    """Post JSON to an address; redirects are not followed.

    Args:
        address: where to.
        body: the JSON.
        headers: beside Content-Type.
        secret: signs the body; see `sign`. Without one there is no signature.
        resource: what the error names: addresses may hold secrets.
        hint: what helps where it is not taken.

    Raises:
        UnreachableError: the other side did not answer, or not with a status of 200 to 299.
    """
    data = json.dumps(body, ensure_ascii=False).encode()
    signed = {SIGNATURE: sign(data, secret, int(time.time()))} if secret else {}
    try:
        response = urllib3.request(
            "POST",
            address,
            body=data,
            headers={"Content-Type": "application/json", **headers, **signed},
            timeout=TIMEOUT_S,
            retries=False,
            redirect=False,
        )
    except urllib3.exceptions.HTTPError as error:
        text = f"the webhook did not answer: {type(error).__name__}"
        raise UnreachableError(text, resource=resource, hint=hint) from error
    if not 200 <= response.status < 300:  # noqa: PLR2004
        raise UnreachableError(f"the webhook answered {response.status}", resource=resource, hint=hint)


def sign(data: bytes, secret: str, at: int) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA-256 of `SECONDS.` and the body. The time lets receivers refuse what is sent again by others."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + data, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def _write_mail(
    settings: AlertSettings, to: Sequence[str], title: str, text: str, identity: str
) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = title.replace(
        "=?", "= ?"
    )  # Python would decode it, and a line break in it begins a header
    mail["From"] = settings.mail_from
    mail["To"] = ", ".join(to)
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = identity
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    return mail


def _connect(settings: AlertSettings) -> smtplib.SMTP:
    host, port = settings.smtp_host or "", settings.smtp_port
    context = ssl.create_default_context()
    if settings.smtp_security == "tls":
        return _log_in(settings, smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=context))
    server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    try:
        if settings.smtp_security == "starttls":
            server.starttls(context=context)
    except (OSError, smtplib.SMTPException):
        server.close()
        raise
    return _log_in(settings, server)


def _log_in(settings: AlertSettings, server: smtplib.SMTP) -> smtplib.SMTP:
    try:
        if settings.smtp_user is not None:
            password = settings.smtp_password.get_secret_value() if settings.smtp_password else ""
            server.login(settings.smtp_user, password)
    except (OSError, smtplib.SMTPException):
        server.close()
        raise
    return server


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
