"""The watch over subscriptions: judges what changed, and sends what is to be told. What it knows is in the store."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from copytaster.backoff import Backoff
from copytaster.errors import QueryError, UnreachableError, UsageError
from copytaster.store.subscription_facts import (
    forget_facts,
    mark_sent,
    postpone_facts,
    take_message,
)
from copytaster.store.subscriptions import (
    list_subscriptions,
    note_failure,
    note_success,
    pause_subscription,
)
from newsdesk.operations.delivery import post_json, send_mail
from newsdesk.operations.subscriptions.judge import judge_some, read_findable
from newsdesk.operations.subscriptions.messages import (
    describe_as_json,
    read_facts,
    write_text,
    write_title,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from copytaster.store.engine import Store
    from copytaster.store.subscriptions import Subscription
    from indexer.port import SearchIndex
    from newsdesk.operations.subscriptions.judge import Findable
    from newsdesk.operations.subscriptions.messages import Told
    from settings import Settings

FACTS_AT_ONCE = 100  # of a message
MOST_FAILURES = 30  # in a row: about twelve hours
KEEP = timedelta(days=400)  # of facts that were sent
BACKOFF = Backoff(first_s=15.0, longest_s=1800.0)
_HINT = "copytaster subscription list"

log = structlog.get_logger(__name__)


class SubscriptionWatch:
    """Judges and sends. Safe in several processes: whoever comes second keeps nothing.

    Args:
        store: of subscriptions and dispatches.
        index: in which matches are found.
        settings: the mail server, the address of the pages, the time zone.
        clock: seconds that only grow, for the delay of the index.
    """

    def __init__(
        self,
        store: Store,
        index: SearchIndex,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._index = index
        self._settings = settings
        self._zone = ZoneInfo(settings.web.timezone)
        self._clock = clock
        self._settling: tuple[float, Findable] | None = None  # (when searches find it, what)
        self._forget_at = datetime.now(UTC)

    def run_slice(self, should_end: Callable[[], bool]) -> int:
        """Judge what the index holds, send what is due; how many messages were taken.

        Raises:
            UnreachableError: the index does not answer.
            StoreError: the store cannot be read or written.
        """
        now = datetime.now(UTC)
        if now >= self._forget_at:
            self._forget_at = now + timedelta(days=1)
            with self._store.write() as connection:
                forget_facts(connection, before=now - KEEP)
        self.judge(should_end)
        return self.send(should_end)

    def judge(self, should_end: Callable[[], bool]) -> None:
        """Judge every change that searches find.

        Raises:
            UnreachableError, StoreError: index or store does not answer; the next call goes on.
        """
        with self._store.read() as connection:
            active = list_subscriptions(connection, active=True)
        if not active:
            return
        if self._settling is None:
            self._settling = (
                self._clock() + self._index.find_delay_s,
                read_findable(self._store, active),
            )
        ready_at, findable = self._settling
        if self._clock() < ready_at:
            return
        self._settling = None
        for subscription in active:
            self._judge_one(subscription, findable, should_end)

    def _judge_one(
        self, subscription: Subscription, findable: Findable, should_end: Callable[[], bool]
    ) -> None:
        one = subscription
        try:
            while (one.position < findable.upto or set(one.owed) - findable.pending) and not should_end():
                one = judge_some(self._store, self._index.search, one, findable, self._zone)
        except (QueryError, UsageError) as error:
            log.warning("subscription.paused", subscription=one.id, error=str(error))
            with self._store.write() as connection:
                pause_subscription(connection, one.id, why=str(error), at=datetime.now(UTC))

    def send(self, should_end: Callable[[], bool]) -> int:
        """Send what is due; how many messages were taken. What is not taken is tried again, at ever longer intervals.

        Raises:
            StoreError: the store cannot be read or written.
        """
        with self._store.read() as connection:
            active = list_subscriptions(connection, active=True)
        taken = 0
        for one in active:
            now = datetime.now(UTC)
            if one.not_before is None or one.not_before <= now:
                while not should_end() and self._send_one(one):
                    taken += 1
        return taken

    def _send_one(self, subscription: Subscription) -> bool:
        """Send the next message; False if there is none, or it was not taken."""
        now = datetime.now(UTC)
        with self._store.write() as connection:
            number, facts = take_message(connection, subscription.id, now=now, limit=FACTS_AT_ONCE)
            if not facts:
                return False
            found = read_facts(connection, facts, subscription, now=now)
            for fact_id, until in found.held:
                postpone_facts(connection, [fact_id], until=until)
        try:
            if found.told:
                self._deliver(subscription, number, found.told)
        except UnreachableError as error:
            self._note_failure(subscription, error)
            return False
        with self._store.write() as connection:
            mark_sent(connection, subscription.id, number, now=datetime.now(UTC))
            note_success(connection, subscription.id)
        if subscription.channel != "feed":
            log.info("subscription.sent", subscription=subscription.id, facts=len(found.told))
        return True

    def _deliver(self, subscription: Subscription, number: int, told: Sequence[Told]) -> None:
        alerts = self._settings.alerts
        text = write_text(subscription, told, alerts.url)
        if subscription.channel == "mail":
            if not alerts.smtp_host or not alerts.mail_from:
                raise UnreachableError(
                    "no mail server is set", resource="alerts.smtp_host", hint="set it and alerts.mail_from"
                )
            domain = alerts.mail_from.rpartition("@")[2] or "copytaster.invalid"
            identity = f"<subscription-{subscription.id}-{number}@{domain}>"
            to = [part.strip() for part in subscription.target.split(",")]
            send_mail(alerts, to, write_title(subscription, told), text, identity, hint=_HINT)
        elif subscription.channel == "webhook":
            body: dict[str, object] = {
                "text": text,
                "subscription": {"id": subscription.id, "name": subscription.name},
                "items": [describe_as_json(one, alerts.url) for one in told],
            }
            post_json(
                subscription.target,
                body,
                {"Idempotency-Key": f"copytaster-subscription-{subscription.id}-{number}"},
                secret=subscription.secret,
                resource=f"subscription {subscription.id}",
                hint=_HINT,
            )

    def _note_failure(self, subscription: Subscription, error: UnreachableError) -> None:
        now = datetime.now(UTC)
        with self._store.write() as connection:
            current = next((one for one in list_subscriptions(connection) if one.id == subscription.id), None)
            if current is None:
                return
            pause = timedelta(seconds=BACKOFF.limit_s(current.failures))
            note_failure(connection, subscription.id, error=str(error), not_before=now + pause)
            if current.failures + 1 >= MOST_FAILURES:
                why = f"{MOST_FAILURES} messages in a row were not taken: {error}"
                pause_subscription(connection, subscription.id, why=why, at=now)
        log.warning("subscription.not_sent", subscription=subscription.id, error=str(error))
