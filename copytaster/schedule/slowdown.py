"""How much less often a source is requested whose server keeps refusing it. Pure decisions on values.

Each failed run in a row doubles the distance to the next one, from the source's own interval up to a cap by the kind of
fault. Asking never ends: at the cap, every run is a probe. Faults that pass by themselves, such as time-outs, change nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from copytaster.schedule.timetable import Slowdown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from copytaster.schedule.timetable import Rule

GONE = timedelta(hours=24)
REFUSED = timedelta(hours=12)
CAPS: Mapping[str, timedelta] = {
    "http-404": GONE,
    "http-410": GONE,
    "not-a-feed": GONE,
    "too-many-redirects": GONE,
    "bad-redirect": GONE,
    "unsafe-address": GONE,
    "http-401": REFUSED,
    "http-402": REFUSED,
    "http-403": REFUSED,
    "http-451": REFUSED,
    "challenge": REFUSED,
    "robots": REFUSED,
    "wall": REFUSED,
}
FROM_FAILURE = 2  # one alone may be an accident


def find_slowdown(
    rule: Rule, *, reason: str, failures: int, last_attempt_at: datetime | None
) -> Slowdown | None:
    """The slowdown of a source whose last runs failed; None for one that is requested as often as its rule says.

    Args:
        rule: when the source falls due.
        reason: the most frequent one of the last telling run, e.g. `http-404`.
        failures: failed runs in a row.
        last_attempt_at: when the last of them ended.
    """
    cap = CAPS.get(reason)
    if cap is None or failures < FROM_FAILURE or last_attempt_at is None:
        return None
    interval = rule.next_after(last_attempt_at) - last_attempt_at
    doubled = interval * 2 ** min(failures - 1, 20)
    pause = max(interval, min(doubled, cap))
    if pause <= interval:
        return None
    # Half an interval early: the due time at the end of the pause is one that runs.
    return Slowdown(
        last_attempt_at + pause - interval / 2, f"requested less often: {reason}, {failures} times in a row"
    )
