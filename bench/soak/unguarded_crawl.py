"""A crawl that reads feeds and pages in threads of its own process, without caps: what the control of a trial runs."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from io import BytesIO
from typing import TYPE_CHECKING, TypeVar

import spiders.feeds.markup
import spiders.resources
from spiders.feeds.caps import CappedMarkup
from spiders.process.child import serve_orders
from spiders.sandbox.answers import answer_job
from spiders.sandbox.messages import receive

if TYPE_CHECKING:
    from spiders.sandbox.jobs import Job

T = TypeVar("T")


class Threads:
    """Stands in for the lanes."""

    async def do(self, job: Job[T], _source: str, **_options: object) -> T:
        answer = await asyncio.to_thread(answer_job, {**job.request, "job": job.kind}, job.body)
        return job.unpack(receive(BytesIO(answer).read)[0])

    def is_slow(self, _source: str) -> bool:
        return False

    def begin_run(self, _source: str) -> None:
        return

    def count_waiting(self) -> dict[str, int]:
        return {}

    def close(self) -> None:
        return


def _leave_as_it_is(text: str, _max_entries: int) -> CappedMarkup:
    return CappedMarkup(text, "", Counter())


if __name__ == "__main__":
    setattr(spiders.resources, "make_lanes", lambda _settings, _slow: Threads())  # noqa: B010
    setattr(spiders.feeds.markup, "cap_markup", _leave_as_it_is)  # noqa: B010
    sys.exit(serve_orders())
