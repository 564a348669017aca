"""A night on call: faults one after the other, and only docs/operator.md at hand. What rings, what it says, what leads out, how soon all is well."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from bench.soak.night_faults import FAULTS, Fault, is_mounting_allowed
from bench.soak.on_call import QUIET_MIN, Duty
from bench.soak.trial import Outcome, Trial
from newsdesk.operations.alerts import conditions, watch

if TYPE_CHECKING:
    from collections.abc import Sequence

OPERATOR = Path(__file__).parents[3] / "docs" / "operator.md"
WELL_WITHIN = 20  # minutes after the mending: a quarter of an hour without the fault ends an alert
ALARMS = {  # kind -> how it is taken off
    "source": (conditions, "_list_sources", lambda *_: ()),
    "part": (conditions, "PART_AFTER", timedelta.max),
    "disk": (watch, "find_low_space", lambda _folder: None),
    "store": (watch, "STORE_AFTER", timedelta.max),
}


@dataclass
class Night:
    """What became of one fault; minutes on the service's clock, None for never."""

    fault: Fault
    rang: int | None = None
    said: str = ""
    whole: int | None = None
    over: int | None = None
    wrong: str = ""

    @property
    def row(self) -> tuple[str, ...]:
        """Fault, what rang and when, what it said, what was done, when searches were whole and the alert over."""
        alarm = f"{self.fault.alarm} after {_name(self.rang)}" if self.fault.alarm else "nothing"
        well = f"whole after {_name(self.whole)}, over after {_name(self.over)}"
        return (self.fault.name, alarm, self.said, self.fault.done, self.wrong or well)


def run(size: int, seed: int) -> Outcome:
    """`size` nights with one fault each, in turn."""
    return _judge([FAULTS[number % len(FAULTS)] for number in range(size)], seed)


def control(size: int, seed: int) -> Outcome:
    """The same without one of the alarms, for the faults that ring by it."""
    alarm = list(ALARMS)[seed % len(ALARMS)]
    return run_without(alarm, size, seed)


def run_without(alarm: str, size: int, seed: int) -> Outcome:
    """Nights whose faults should ring by one alarm, which is taken off."""
    chosen = [fault for fault in FAULTS if fault.alarm == alarm]
    with mock.patch.object(*ALARMS[alarm]):
        return _judge((chosen * size)[:size], seed)


TRIAL = Trial(
    name="night-on-call",
    promise="Each fault of a night rings, its message leads to a sentence of docs/operator.md, and what that says mends it",
    run=run,
    control=control,
    short=len(FAULTS),
    long=5 * len(FAULTS),
)


def _judge(faults: Sequence[Fault], seed: int) -> Outcome:
    may_mount = is_mounting_allowed()
    played = [fault for fault in faults if may_mount or not fault.needs_root]
    if not played:
        return Outcome(0, 0, "", skipped="only root can mount a small disk")
    nights = [play(fault, f"{seed} {number}") for number, fault in enumerate(played)]
    held = sum(not night.wrong for night in nights)
    left_out = f"; {len(faults) - len(played)} not played: only root can mount a small disk"
    detail = f"{held} of {len(nights)} nights ended well{left_out if len(played) < len(faults) else ''}\n"
    return Outcome(len(nights), held, detail + _draw([night.row for night in nights]))


def play(fault: Fault, seed: str) -> Night:
    """One night with one fault."""
    night = Night(fault)
    with tempfile.TemporaryDirectory() as folder, Duty(Path(folder), seed) as duty:
        fault.prepare(duty)
        duty.begin()
        duty.pass_minutes(QUIET_MIN)
        if duty.calls:
            night.wrong = f"rang without a fault: {duty.calls[0].text}"
            return night
        fault.put_in(duty)
        night.wrong = _wait_for_call(duty, night) or _check_sentence(fault) or _mend(duty, night)
    return night


def _wait_for_call(duty: Duty, night: Night) -> str:
    """Wait until it rings; what is wrong with that."""
    fault = night.fault
    if fault.alarm == "start":
        code, night.said = duty.refuse_start()
        night.rang = 0
        if code != fault.code:
            return f"exit code {code}"
    else:
        night.rang = duty.pass_minutes(max(fault.within, 1), lambda: _find_call(duty, fault) is not None)
        call = _find_call(duty, fault)
        night.said = "" if call is None else call
        if not fault.alarm:
            return "" if not duty.calls else f"rang: {duty.calls[0].text}"
        if call is None:
            return f"nothing rang within {fault.within} min"
    missing = [words for words in fault.says if words not in night.said]
    return f"the message lacks {missing}: {night.said}" if missing else ""


def _find_call(duty: Duty, fault: Fault) -> str | None:
    for call in duty.calls:
        kinds = [kind for event, kind in call.alerts if event == "raised"] or ["store"]
        if fault.alarm in kinds:
            return call.text
    return None


def _check_sentence(fault: Fault) -> str:
    page = " ".join(OPERATOR.read_text(encoding="utf-8").split())
    return "" if fault.sentence in page else f"docs/operator.md lacks {fault.sentence!r}"


def _mend(duty: Duty, night: Night) -> str:
    """Do what the sentence says, and wait until all is well; what is not."""
    night.fault.mend(duty)
    begun, said = duty.now, len(duty.calls)

    def is_over() -> bool:
        if night.whole is None and duty.is_whole():
            night.whole = (duty.now - begun) // timedelta(minutes=1)
        return night.whole is not None and not duty.list_open()

    night.over = duty.pass_minutes(WELL_WITHIN, is_over)
    if night.over is None:
        return f"not well within {WELL_WITHIN} min: {duty.list_open()}, whole: {night.whole}"
    if night.fault.alarm in ALARMS and night.fault.done != "restored the backup" and len(duty.calls) == said:
        return "nobody heard that it is over"
    return "; ".join(duty.room.find_faults())


def _name(minutes: int | None) -> str:
    return "never" if minutes is None else f"{minutes} min"


def _draw(rows: Sequence[tuple[str, ...]]) -> str:
    """A table of one line a night."""
    listed = [("fault", "what rang", "it said", "what was done", "well again"), *rows]
    short = [tuple(" ".join(cell.split())[:110] for cell in row) for row in listed]
    widths = [max(len(row[place]) for row in short) for place in range(len(short[0]))]
    return "\n".join(
        "    " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in short
    )
