"""Sending a dispatch to the content management system: JSON to its hook, signed, tried a few times."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import urllib3

from copytaster.backoff import Backoff
from copytaster.errors import ConfigurationError, UnreachableError
from copytaster.masking.known import learn_address, learn_secret
from newsdesk.operations.delivery import SIGNATURE, sign

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from settings import CmsSettings

_PAUSES = Backoff(first_s=0.2, longest_s=2.0)
_OK = range(200, 300)
_MAY_HEAL = frozenset({408, 425, 429}) | frozenset(range(500, 600))


class Cms:
    """The hook of a content management system.

    Args:
        settings: its address, the secret that signs, and how often to try.
        sleep: waits between two tries.
    """

    def __init__(self, settings: CmsSettings, sleep: Callable[[float], None] = time.sleep) -> None:
        self._settings = settings
        self._sleep = sleep
        if settings.url is not None:
            learn_address(settings.url.get_secret_value())
        learn_secret(settings.secret.get_secret_value() if settings.secret else None)

    @property
    def is_set(self) -> bool:
        """True if there is a hook to send to."""
        return self._settings.url is not None

    def send(self, item: Mapping[str, object], *, key: str) -> None:
        """Post an item. Every try has the same `Idempotency-Key`, so that the other side can tell a repetition.

        Raises:
            ConfigurationError: no hook is set.
            UnreachableError: it did not take the item, after the last try.
        """
        if self._settings.url is None:
            raise ConfigurationError(
                "nothing to send to", resource="cms.url", hint="set it in [settings.cms]"
            )
        data = json.dumps(item, ensure_ascii=False).encode()
        problem = ""
        for failures in range(self._settings.tries):
            if failures:
                self._sleep(_PAUSES.pause_s(failures - 1))
            problem, may_heal = self._post(self._settings.url.get_secret_value(), data, key)
            if not problem:
                return
            if not may_heal:
                break
        raise UnreachableError(
            f"nothing was sent: {problem}", resource="cms.url", hint="try again, or check [settings.cms]"
        )

    def _post(self, address: str, data: bytes, key: str) -> tuple[str, bool]:
        """(what went wrong, whether another try may help); an empty text where it was taken."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        if self._settings.secret is not None:
            headers[SIGNATURE] = sign(data, self._settings.secret.get_secret_value(), int(time.time()))
        try:
            response = urllib3.request(
                "POST", address, body=data, headers=headers, timeout=self._settings.timeout_s,
                retries=False, redirect=False,
            )  # fmt: skip
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            return f"the hook did not answer ({type(error).__name__})", True
        if response.status in _OK:
            return "", False
        return f"the hook answered {response.status}", response.status in _MAY_HEAL
