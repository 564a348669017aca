"""What rings and what rang, who knows of it, and which messages wait. One open alert for each kind and subject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from copytaster.masking.text import mask_secrets
from copytaster.store.audit import note_write
from copytaster.store.tables import alert_messages, alerts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

ENDS_AFTER = timedelta(minutes=15)  # without its condition: what comes and goes within is one alert
TEXT_LENGTH = 500
SUBJECT_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that someone should look at; open until `ended_at`."""

    id: int
    kind: str
    subject: str
    text: str
    raised_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_why: str | None

    @property
    def state(self) -> str:
        """`open`, `acknowledged` or `ended`."""
        if self.ended_at is not None:
            return "ended"
        return "open" if self.acknowledged_at is None else "acknowledged"


@dataclass(frozen=True, slots=True)
class WaitingMessage:
    """A message about an alert that was not sent on its channel yet; `is_end` says that the alert is over."""

    id: int
    channel: str
    is_end: bool
    attempts: int
    alert: Alert


def update_alerts(
    connection: Connection, found: Mapping[tuple[str, str], str], *, now: datetime
) -> tuple[list[int], list[int]]:
    """Raise an alert for each new condition, and end those whose condition is gone; the ids of both.

    Args:
        connection: in a transaction that writes.
        found: (kind, subject) -> text of everything that rings now.
        now: the moment.
    """
    rows = connection.execute(select(alerts).where(alerts.c.ended_at.is_(None))).all()
    known = {(row.kind, row.subject): row for row in rows}
    raised = []
    for (kind, subject), text in found.items():
        key, spelled = (kind, subject[:SUBJECT_LENGTH]), mask_secrets(text)[:TEXT_LENGTH]
        row = known.pop(key, None)
        if row is None:
            values = {"kind": kind, "subject": key[1], "text": spelled, "raised_at": now, "seen_at": now}
            raised.append(connection.scalars(alerts.insert().values(values).returning(alerts.c.id)).one())
        else:
            chosen = alerts.update().where(alerts.c.id == row.id)
            connection.execute(chosen.values(text=spelled, seen_at=now))
    over = [row.id for row in known.values() if row.seen_at <= now - ENDS_AFTER]
    for alert_id in over:
        connection.execute(alerts.update().where(alerts.c.id == alert_id).values(ended_at=now))
    return raised, over


def queue_messages(
    connection: Connection, channels: Sequence[str], *, remind: timedelta | None, now: datetime
) -> int:
    """Queue what the channels must be told; how many messages.

    Each channel is told once of an alert, again after `remind` while nobody has acknowledged it, and once of its end.
    """
    waiting = alert_messages.c.sent_at.is_(None)
    known = select(alert_messages.c.alert_id, alert_messages.c.channel)
    asked = {(row.alert_id, row.channel) for row in connection.execute(known.where(waiting))}
    sent = _read_sent(connection)
    rows = []
    for alert in list_alerts(connection):
        for channel in channels:
            last = sent.get((alert.id, channel))
            is_due = last is None or (remind is not None and last <= now - remind)
            if is_due and alert.acknowledged_at is None and (alert.id, channel) not in asked:
                rows.append(_message(alert.id, channel, now, is_end=False))
    rows += _queue_ends(connection, channels, now)
    if rows:
        connection.execute(alert_messages.insert(), rows)
    return len(rows)


def _queue_ends(connection: Connection, channels: Sequence[str], now: datetime) -> list[dict[str, object]]:
    """Messages that an alert is over, for those that were told of it; others are no longer told at all."""
    over = select(alerts.c.id).where(alerts.c.ended_at.is_not(None))
    unsaid = (alert_messages.c.sent_at.is_(None)) & ~alert_messages.c.is_end
    connection.execute(alert_messages.delete().where(unsaid, alert_messages.c.alert_id.in_(over)))
    told = select(alert_messages.c.alert_id, alert_messages.c.channel).group_by(
        alert_messages.c.alert_id, alert_messages.c.channel
    )
    ended = func.max(alert_messages.c.is_end) if connection.dialect.name == "sqlite" else None
    has_end = ended if ended is not None else func.bool_or(alert_messages.c.is_end)
    query = told.where(alert_messages.c.alert_id.in_(over)).having(~func.coalesce(has_end, False))
    return [
        _message(row.alert_id, row.channel, now, is_end=True)
        for row in connection.execute(query)
        if row.channel in channels
    ]


def _message(alert_id: int, channel: str, now: datetime, *, is_end: bool) -> dict[str, object]:
    return {"alert_id": alert_id, "channel": channel, "is_end": is_end, "queued_at": now, "attempts": 0}


def _read_sent(connection: Connection) -> dict[tuple[int, str], datetime]:
    """When each open alert was last sent on each channel."""
    columns = alert_messages.c
    query = (
        select(columns.alert_id, columns.channel, func.max(columns.sent_at).label("sent_at"))
        .join(alerts)
        .where(alerts.c.ended_at.is_(None), columns.sent_at.is_not(None))
        .group_by(columns.alert_id, columns.channel)
    )
    return {(row.alert_id, row.channel): row.sent_at for row in connection.execute(query)}


def list_waiting_messages(connection: Connection, *, now: datetime, limit: int) -> list[WaitingMessage]:
    """The messages that may be sent now, oldest first."""
    columns = alert_messages.c
    due = columns.sent_at.is_(None) & (columns.not_before.is_(None) | (columns.not_before <= now))
    query = select(columns.id.label("message_id"), columns.channel, columns.is_end, columns.attempts, alerts)
    rows = connection.execute(query.join(alerts).where(due).order_by(columns.id).limit(limit)).mappings()
    return [
        WaitingMessage(
            row["message_id"],
            row["channel"],
            row["is_end"],
            row["attempts"],
            Alert(**{name: row[name] for name in Alert.__slots__}),
        )
        for row in rows
    ]


def mark_sent(connection: Connection, messages: Iterable[WaitingMessage], *, now: datetime) -> None:
    """Note that these messages were sent."""
    ids = [message.id for message in messages]
    connection.execute(
        alert_messages.update().where(alert_messages.c.id.in_(ids)).values(sent_at=now, error=None)
    )


def mark_failed(
    connection: Connection, messages: Iterable[WaitingMessage], *, error: str, not_before: datetime
) -> None:
    """Note that these messages could not be sent, and when they are tried again."""
    ids = [message.id for message in messages]
    connection.execute(
        alert_messages.update()
        .where(alert_messages.c.id.in_(ids))
        .values(attempts=alert_messages.c.attempts + 1, error=mask_secrets(error)[:TEXT_LENGTH])
        .values(not_before=not_before)
    )


def acknowledge(connection: Connection, alert_id: int, *, who: str, why: str | None, at: datetime) -> bool:
    """Note that someone knows of an open alert; False if none has this number."""
    chosen = alerts.update().where(alerts.c.id == alert_id, alerts.c.ended_at.is_(None))
    row = {"acknowledged_at": at, "acknowledged_by": who, "acknowledged_why": why}
    is_open = connection.execute(chosen.values(row)).rowcount > 0
    if is_open:
        note_write(connection, "alert.acknowledge", alert_id, who=who, detail=why or "")
    return is_open


def list_alerts(connection: Connection, *, ended: bool = False, limit: int = 10_000) -> list[Alert]:
    """The open alerts, oldest first; with `ended`, all of them, newest first."""
    query = select(alerts).limit(limit)
    query = (
        query.order_by(alerts.c.id.desc())
        if ended
        else query.where(alerts.c.ended_at.is_(None)).order_by(alerts.c.id)
    )
    return [Alert(**row) for row in connection.execute(query).mappings()]


def count_failed_messages(connection: Connection) -> int:
    """How many messages wait that could not be sent at least once."""
    query = select(func.count()).where(alert_messages.c.sent_at.is_(None), alert_messages.c.attempts > 0)
    return connection.scalar(query.select_from(alert_messages)) or 0


def forget_alerts(connection: Connection, *, before: datetime) -> int:
    """Delete alerts that ended before a moment; how many."""
    old = select(alerts.c.id).where(alerts.c.ended_at < before)
    connection.execute(alert_messages.delete().where(alert_messages.c.alert_id.in_(old)))
    return connection.execute(alerts.delete().where(alerts.c.ended_at < before)).rowcount
