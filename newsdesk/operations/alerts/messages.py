"""What messages say of alerts: a title, a text, and the same as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copytaster.logs import clean_text
from copytaster.masking.values import mask_value
from copytaster.values import to_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from copytaster.store.alerts import Alert, WaitingMessage

NAMED = 3  # subjects in a title


def write_title(messages: Sequence[WaitingMessage]) -> str:
    """`Copytaster: 2 alerts (harbour, index), 1 ended (upland)`."""
    raised = [message.alert for message in messages if not message.is_end]
    ended = [message.alert for message in messages if message.is_end]
    parts = []
    if raised:
        parts.append(f"{len(raised)} {'alert' if len(raised) == 1 else 'alerts'} ({_list(raised)})")
    if ended:
        parts.append(f"{len(ended)} ended ({_list(ended)})")
    return "Copytaster: " + ", ".join(parts)


def write_text(messages: Sequence[WaitingMessage], url: str | None) -> str:
    """Every alert with its number, its text and its time, and what to do."""
    raised = [message.alert for message in messages if not message.is_end]
    ended = [message.alert for message in messages if message.is_end]
    lines = [
        f"{_name(alert)}\n  {clean_text(alert.text)}\n  since {_tell(alert.raised_at)}\n" for alert in raised
    ]
    if raised:
        ids = " ".join(str(alert.id) for alert in raised)
        lines.append(f"If you take care of it: copytaster alert ack {ids}\n")
    lines += [
        f"Ended: {_name(alert)}, {_tell(alert.raised_at)} to {_tell(alert.seen_at)}\n" for alert in ended
    ]
    if url:
        lines.append(f"{url.rstrip('/')}/sources?failing=1\n")
    return "\n".join(lines)


def describe_as_json(message: WaitingMessage) -> dict[str, Any]:
    """An alert for programs; `event` is `raised` or `ended`."""
    values: dict[str, Any] = mask_value(to_json(message.alert))
    return {"event": "ended" if message.is_end else "raised", **values}


def _list(alerts: Sequence[Alert]) -> str:
    named = ", ".join(clean_text(alert.subject) for alert in alerts[:NAMED])
    return named + (f" and {len(alerts) - NAMED} more" if len(alerts) > NAMED else "")


def _name(alert: Alert) -> str:
    return f"{alert.id}. {alert.kind} {clean_text(alert.subject)}"


def _tell(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
