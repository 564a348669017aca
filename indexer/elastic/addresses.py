"""The addresses of the search server in the settings, with ports and credentials as the client libraries take them."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from copytaster.errors import ConfigurationError

if TYPE_CHECKING:
    from settings import ElasticsearchSettings

_BETWEEN = re.compile(r"[,\s]+(?=https?://)")  # a password may hold either
HTTP_PORT, HTTPS_PORT = 9200, 443


def split_addresses(settings: ElasticsearchSettings) -> list[str]:
    """The addresses of `elasticsearch.url`, which a comma or a blank separates."""
    return [url for url in _BETWEEN.split((settings.url or "").strip(" ,")) if url]


def show_addresses(settings: ElasticsearchSettings) -> str:
    """The same for messages, without user and password."""
    shown = ", ".join(map(_without_user, split_addresses(settings)))
    return shown or "the cloud id's cluster"


def list_nodes(settings: ElasticsearchSettings) -> list[str]:
    """Each address with its port, without user and password.

    Raises:
        ConfigurationError: one is no address of a server.
    """
    return [_with_port(_without_user(url)) for url in split_addresses(settings)]


def credentials_of(settings: ElasticsearchSettings) -> dict[str, str]:
    """The header with the credentials. Made here, as the two libraries encode a password beyond ASCII differently."""
    if settings.api_key:
        return {"authorization": f"ApiKey {settings.api_key.get_secret_value()}"}
    named = [parts for url in split_addresses(settings) if (parts := urlsplit(url)).username]
    if settings.username:
        user, password = settings.username, settings.password.get_secret_value() if settings.password else ""
    elif named:
        user, password = unquote(named[0].username or ""), unquote(named[0].password or "")
    else:
        return {}
    return {"authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])) if parts.username else url


def _with_port(url: str) -> str:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise ConfigurationError(str(error), resource="elasticsearch.url") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError(
            f"{url!r} is no address of a server", resource="elasticsearch.url", hint="http://HOST:9200"
        )
    if port is not None:
        return url
    default = HTTPS_PORT if parts.scheme == "https" else HTTP_PORT
    return urlunsplit(parts._replace(netloc=f"{parts.netloc}:{default}"))
