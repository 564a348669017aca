"""How the cost of a call grows with its text; the best of several tries, since others use the machine too."""

import gc
import time

PART = 4
LIMIT = 2.5 * PART  # what grows with the square of its text takes PART * PART times as long
TOO_SHORT_S = 0.01  # less is the clock's noise, and with the square it would be seconds
TRIES = 4


def is_even(call, text):
    """Whether `call(text)` takes no longer than in proportion to a quarter of the text."""
    whole_s = part_s = float("inf")
    for _ in range(TRIES):
        whole_s = min(whole_s, _time_s(call, text))
        part_s = min(part_s, _time_s(call, text[: len(text) // PART]))
        if whole_s < max(TOO_SHORT_S, LIMIT * part_s):
            return True
    return False


def _time_s(call, text):
    collects = gc.isenabled()
    gc.disable()  # it would go through all that other tests have left, and is no cost of the text
    try:
        started = time.thread_time()
        call(text)
        return time.thread_time() - started
    finally:
        if collects:
            gc.enable()
