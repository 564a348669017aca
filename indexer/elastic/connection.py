"""The connection to the server through either of two client libraries: plain responses, and only our own errors."""

from __future__ import annotations

import importlib.metadata
import re
import threading
import warnings
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

import elasticsearch
import structlog

from copytaster.errors import ConfigurationError, CopytasterError, UnreachableError
from copytaster.masking.known import learn_address, learn_secret
from indexer.elastic.addresses import credentials_of, list_nodes, show_addresses, split_addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from settings import ElasticsearchSettings

log = structlog.get_logger(__name__)

TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
LONGEST_REASON = 300  # characters
_DISK_FULL = re.compile(r"read.only ?.{0,3} ?allow.delete|flood.stage")


class RefusalError(CopytasterError):
    """The server responded and refused the request itself.

    Attributes:
        status: of HTTP.
        kind: the server's name of the error, e.g. `index_not_found_exception`.
    """

    def __init__(self, message: str, *, status: int, kind: str, resource: str) -> None:
        super().__init__(message, resource=resource)
        self.status = status
        self.kind = kind


class ThrottledError(UnreachableError):
    """The server responded and asks for fewer requests."""


class _NotElasticsearchError(Exception):
    """The server is not the product that the client library is made for."""


class _Client(Protocol):
    def request(self, method: str, path: str, params: Mapping[str, Any], body: Any) -> Any: ...
    def bulk(self, lines: Sequence[bytes], params: Mapping[str, Any]) -> Any: ...
    def close(self) -> None: ...


class Connection:
    """Requests to the server of these settings. It connects with the first request.

    Safe to share between threads. The client libraries never retry: the caller decides.
    """

    def __init__(self, settings: ElasticsearchSettings) -> None:
        self.settings = settings
        for url in split_addresses(settings):
            learn_address(url)
        for secret in (settings.api_key, settings.password):
            learn_secret(secret.get_secret_value() if secret else None)
        self.address = show_addresses(settings)
        self._client: _Client | None = None
        self._lock = threading.Lock()

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """The data of the response.

        Raises:
            UnreachableError: no response, or one that says to come later.
            ConfigurationError: address, product, version or credentials do not fit.
            RefusalError: any other refusal.
        """
        return self._guard(lambda client: client.request(method, path, params, body))

    def bulk(self, lines: Sequence[bytes], **params: Any) -> Any:
        """The response to a bulk request of these lines; raises as `call` does."""
        return self._guard(lambda client: client.bulk(lines, params))

    def find(self, path: str) -> Any | None:
        """The response to a GET; None for a 404."""
        try:
            return self.call("GET", path)
        except RefusalError as error:
            if error.status == 404:  # noqa: PLR2004
                return None
            raise

    @property
    def library(self) -> str:
        """The client library in use and its version."""
        name = "opensearch-py" if isinstance(self._client, _OpenSearch) else "elasticsearch"
        return f"{name} {importlib.metadata.version(name)}"

    def close(self) -> None:
        """Close every socket."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _guard(self, send: Callable[[_Client], Any]) -> Any:
        client = self._connect()
        try:
            response = send(client)
        except _NotElasticsearchError as error:
            raise self._stranger() from error
        if not isinstance(response, dict):  # a sign-in page, half a response
            raise self._stranger()
        return response

    def _stranger(self) -> UnreachableError:
        return UnreachableError(
            "something else than the search server answered",
            resource=self.address,
            hint="is a proxy in the way?",
        )

    def _connect(self) -> _Client:
        with self._lock:
            if self._client is None:
                self._client = self._choose()
            return self._client

    def _choose(self) -> _Client:
        """The library for this server: the one that the settings name, or the first that gets its health."""
        if self.settings.ca_file and not self.settings.ca_file.is_file():
            raise ConfigurationError(
                "there is no such file", resource=f"elasticsearch.ca_file: {self.settings.ca_file}"
            )
        if self.settings.product == "opensearch":
            return _OpenSearch(self.settings, self.address)
        client = _Elasticsearch(self.settings, self.address)
        try:
            client.request("GET", "/_cluster/health", {"filter_path": "status"}, None)
        except _NotElasticsearchError as error:
            client.close()
            if self.settings.product == "elasticsearch":
                raise ConfigurationError(
                    "this server is not Elasticsearch",
                    resource=self.address,
                    hint="correct elasticsearch.url, or set elasticsearch.product to opensearch",
                ) from error
            return self._try_opensearch()
        except RefusalError as error:
            if error.status not in {
                403,
                405,
            }:  # a user without the right to see health may still read and write
                client.close()
                raise
        except BaseException:
            client.close()
            raise
        return client

    def _try_opensearch(self) -> _Client:
        client = _OpenSearch(self.settings, self.address)
        try:
            response = client.request("GET", "/_cluster/health", {"filter_path": "status"}, None)
        except (RefusalError, _NotElasticsearchError):
            response = None
        except BaseException:
            client.close()
            raise
        if not isinstance(response, dict) or "status" not in response:
            client.close()
            raise ConfigurationError(
                "neither Elasticsearch nor OpenSearch answers there",
                resource=self.address,
                hint="correct elasticsearch.url",
            )
        return client


class _Elasticsearch:
    """Through elasticsearch-py 8.19 or 9."""

    def __init__(self, settings: ElasticsearchSettings, address: str) -> None:
        self._address = address
        options: dict[str, Any] = {"request_timeout": settings.timeout_s, **_other_nodes(settings)}
        if settings.cloud_id:
            options["cloud_id"] = settings.cloud_id
        else:
            options["hosts"] = list_nodes(settings)
        if settings.ca_file:
            options["ca_certs"] = str(settings.ca_file)
        options["headers"] = credentials_of(settings)
        try:
            self._client = elasticsearch.Elasticsearch(**options)
        except (ValueError, OSError) as error:
            raise ConfigurationError(str(error)[:LONGEST_REASON], resource="elasticsearch") from error

    def request(self, method: str, path: str, params: Mapping[str, Any], body: Any) -> Any:
        headers = {"accept": "application/json"}
        if body is not None:
            headers["content-type"] = "application/json"
        return self._guard(
            lambda: self._client.perform_request(method, path, params=params, headers=headers, body=body).body
        )

    def bulk(self, lines: Sequence[bytes], params: Mapping[str, Any]) -> Any:
        return self._guard(lambda: self._client.bulk(operations=lines, **params).body)  # type: ignore[arg-type]

    def close(self) -> None:
        self._client.close()

    def _guard(self, send: Callable[[], Any]) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", elasticsearch.ElasticsearchWarning)
                return send()
        except elasticsearch.UnsupportedProductError as error:
            raise _NotElasticsearchError from error
        except elasticsearch.ApiError as error:
            if error.status_code == 406:  # noqa: PLR2004 - OpenSearch's response to a body in this client's format
                raise _NotElasticsearchError from error
            raise _explain(error.status_code, error.body, self._address) from error
        except elasticsearch.SSLError as error:
            raise _untrusted(error, self._address) from error
        except (elasticsearch.TransportError, elasticsearch.SerializationError) as error:
            raise _no_answer(error, self._address) from error


class _OpenSearch:
    """Through opensearch-py, an extra."""

    def __init__(self, settings: ElasticsearchSettings, address: str) -> None:
        try:
            import opensearchpy
        except ImportError as error:
            raise ConfigurationError(
                "this server is not Elasticsearch, and the client for OpenSearch is not installed",
                resource=address,
                hint='if it is OpenSearch: pip install "copytaster[opensearch]"',
            ) from error
        self._library = opensearchpy
        self._address = address
        options: dict[str, Any] = {"timeout": settings.timeout_s, **_other_nodes(settings)}
        if settings.ca_file:
            options["ca_certs"] = str(settings.ca_file)
        options["headers"] = credentials_of(settings)
        self._client = opensearchpy.OpenSearch(list_nodes(settings), **options)

    def request(self, method: str, path: str, params: Mapping[str, Any], body: Any) -> Any:
        return self._guard(
            lambda: self._client.transport.perform_request(method, path, params=dict(params), body=body)
        )

    def bulk(self, lines: Sequence[bytes], params: Mapping[str, Any]) -> Any:
        body = b"\n".join([*lines, b""])
        return self._guard(lambda: self._client.bulk(body=body, params=dict(params)))

    def close(self) -> None:
        self._client.close()

    def _guard(self, send: Callable[[], Any]) -> Any:
        known = self._library.exceptions
        try:
            return send()
        except known.SerializationError as error:
            raise _NotElasticsearchError from error
        except known.SSLError as error:
            raise _untrusted(error, self._address) from error
        except known.ConnectionError as error:
            raise _no_answer(error, self._address) from error
        except known.TransportError as error:
            status = error.status_code if isinstance(error.status_code, int) else 500
            raise _explain(status, error.info, self._address) from error
        except known.OpenSearchException as error:
            raise _no_answer(error, self._address) from error


def _other_nodes(settings: ElasticsearchSettings) -> dict[str, Any]:
    """A request that a node of a cluster does not take goes to the next one; no other error is repeated.

    Each request may be sent twice: documents have versions of their own.
    """
    return {
        "max_retries": max(0, len(split_addresses(settings)) - 1),
        "retry_on_timeout": False,
        "retry_on_status": (),
    }


def quote_name(name: str) -> str:
    """An id or a name as one part of a path."""
    return quote(name, safe="")


def kind_and_reason(body: Any) -> tuple[str, str]:
    """The server's name of an error and its reason, whatever the form of the response."""
    error = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(error, dict):
        return "", str(error)[:LONGEST_REASON]
    root = (error.get("root_cause") or [error])[0]
    kind = str(error.get("type") or root.get("type") or "")
    reason = str(error.get("reason") or root.get("reason") or "")
    deepest = error
    while isinstance(deepest.get("caused_by"), dict):
        deepest = deepest["caused_by"]
    if deepest is not error and deepest.get("reason"):
        reason = f"{reason}: {deepest['reason']}"
    return kind, reason[:LONGEST_REASON]


def is_block(kind: str) -> bool:
    """True if an error says that the index or the cluster blocks writes for now."""
    return kind in {"cluster_block_exception", "index_closed_exception", "index_create_block_exception"}


def say_block(said: str) -> str:
    """An error of the server; for the block of a nearly full disk, with the way to mend it."""
    if not _DISK_FULL.search(said):
        return said
    return (
        f"the server's disk is nearly full: make room on its disk, and it lifts the block by itself ({said})"
    )


def _explain(status: int, body: Any, address: str) -> CopytasterError:
    kind, reason = kind_and_reason(body)
    said = say_block(f"{kind or f'HTTP {status}'}: {reason}" if reason else kind or f"HTTP {status}")
    if status == 429:  # noqa: PLR2004
        return ThrottledError(f"is too busy: {said}", resource=address)
    if status in TRANSIENT or is_block(kind):
        return UnreachableError(f"does not serve for now: {said}", resource=address)
    if kind == "media_type_header_exception":
        version = importlib.metadata.version("elasticsearch")
        return ConfigurationError(
            f"elasticsearch-py {version} does not speak to a server of this version",
            resource=address,
            hint='for a server of version 8: pip install "elasticsearch>=8.19,<9"',
        )
    if status == 401:  # noqa: PLR2004
        return ConfigurationError(
            "user, password or API key were not accepted",
            resource=address,
            hint="set elasticsearch.api_key, or elasticsearch.username and elasticsearch.password",
        )
    if status == 403:  # noqa: PLR2004
        return ConfigurationError(
            f"these credentials may not do this: {reason or kind}",
            resource=address,
            hint="docs/elasticsearch.md lists the privileges that are needed",
        )
    return RefusalError(said, status=status, kind=kind, resource=address)


def _no_answer(error: Exception, address: str) -> UnreachableError:
    return UnreachableError(
        f"no answer: {_find_cause(error)[:LONGEST_REASON]}",
        resource=address,
        hint="is elasticsearch.url right, and does the server run? What waits is kept",
    )


def _find_cause(error: BaseException) -> str:
    """The message of the operating system, such as `Connection refused`; without one, the library's."""
    deepest = error
    while cause := deepest.__cause__ or deepest.__context__:
        deepest = cause
    return (isinstance(deepest, OSError) and (deepest.strerror or str(deepest))) or str(error)


def _untrusted(error: Exception, address: str) -> ConfigurationError:
    return ConfigurationError(
        f"its certificate is not trusted: {_find_cause(error)[:LONGEST_REASON]}",
        resource=address,
        hint="name the authority's certificate in elasticsearch.ca_file",
    )
