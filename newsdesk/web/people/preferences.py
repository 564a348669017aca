"""What whoever sends a request set for the desk: from the store for a person with a name, else from the browser's cookie."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from copytaster.errors import CopytasterError
from copytaster.store import preferences as store_preferences
from newsdesk.operations.preferences import Preferences, recall_preferences
from newsdesk.web.people.people import name_account

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copytaster.store.engine import Store
    from newsdesk.web.people.people import Person

COOKIE = "desk-preferences"
_SENDER: ContextVar[Sender | None] = ContextVar("sender", default=None)


class Sender:
    """Who sends a request. Preferences are looked up when a page first needs them, in the thread that makes it.

    Args:
        person: whose request it is.
        cookie: the value of `COOKIE`; empty without one.
        store: where preferences of people with a name are kept.
    """

    def __init__(self, person: Person, cookie: str, store: Store) -> None:
        self._name = name_keeper(person)
        self._cookie = cookie
        self._store = store
        self._found: Preferences | None = None

    def find(self) -> Preferences:
        """What the person set; nothing while the store is away."""
        if self._found is None:
            self._found = recall_preferences(self._read() if self._name else read_cookie(self._cookie))
        return self._found

    def _read(self) -> dict[str, Any]:
        try:
            with self._store.read() as connection:
                return store_preferences.read_preferences(connection, self._name)
        except CopytasterError:
            return {}


def name_keeper(person: Person) -> str:
    """Under which name the store keeps a person's preferences; empty where the browser keeps them.

    On this machine there is one reader, whatever name he gives his marks.
    """
    return name_account() if person.way == "local" else person.name


@contextmanager
def sent_by(sender: Sender) -> Iterator[None]:
    """Name who sends the request that is answered inside, in this task and the threads that it starts."""
    token = _SENDER.set(sender)
    try:
        yield
    finally:
        _SENDER.reset(token)


def find_preferences() -> Preferences:
    """What whoever sends this request set; nothing outside of a request."""
    sender = _SENDER.get()
    return Preferences() if sender is None else sender.find()


def find_zone(of_service: ZoneInfo) -> ZoneInfo:
    """The time zone of this request: that of its sender, or the service's."""
    name = find_preferences().timezone
    return ZoneInfo(name) if name else of_service


def read_cookie(value: str) -> dict[str, Any]:
    """What a browser keeps; nothing where it cannot be read."""
    try:
        data = json.loads(urlsafe_b64decode(value.encode()))
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def write_cookie(preferences: Preferences) -> str:
    """The same as the value of a cookie."""
    data = json.dumps(preferences.to_data(), ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(data.encode()).decode()
