"""A process that has loaded all modules and forks for each crawl: the same code, a second faster a crawl.

Reads one order a line and writes events like the real child; an empty line ends the events of a crawl.
"""

import asyncio
import json
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from io import BytesIO

import spiders.resources
from copytaster.errors import UnparsableError
from copytaster.store.entries import EntrySeen, note_entry
from copytaster.values import RawPage
from spiders import middlewares
from spiders.feed_spider import FeedSpider
from spiders.parsing import ParseContext, parse
from spiders.process.child import crawl_order
from spiders.sandbox.answers import answer_job
from spiders.sandbox.messages import receive


class InProcess:
    """Parses in the same process: no page of these tests has to be killed."""

    async def do(self, job, source, *, urgency=0, is_wanted=None):
        answer = await asyncio.to_thread(answer_job, {**job.request, "job": job.kind}, job.body)
        return job.unpack(receive(BytesIO(answer).read)[0])

    def is_slow(self, source):
        return False

    def begin_run(self, source):
        pass

    def count_waiting(self):
        return {}

    def close(self):
        pass


LOADED = (
    "asyncio.runners scrapy.core.engine scrapy.core.scraper scrapy.core.scheduler scrapy.core.downloader.handlers.http11 "
    "scrapy.downloadermiddlewares.httpcompression scrapy.downloadermiddlewares.redirect scrapy.downloadermiddlewares.retry "
    "scrapy.downloadermiddlewares.cookies scrapy.downloadermiddlewares.httpproxy scrapy.downloadermiddlewares.httpauth "
    "scrapy.downloadermiddlewares.stats scrapy.downloadermiddlewares.httpcache scrapy.downloadermiddlewares.offsite "
    "scrapy.extensions.throttle scrapy.extensions.feedexport scrapy.extensions.telnet scrapy.extensions.logstats "
    "scrapy.extensions.remote_control scrapy.extensions.memusage scrapy.extensions.corestats scrapy.squeues scrapy.pqueues "
    "scrapy.spidermiddlewares.metacopy scrapy.spidermiddlewares.referer scrapy.spidermiddlewares.depth "
    "spiders.pipelines spiders.net.robots spiders.middlewares spiders.net.resolver twisted.web.client"
)
for name in LOADED.split():
    import_module(name)
with suppress(UnparsableError):  # the models of languages are loaded with the first text
    sample = (
        b"<html><body><article><h1>Tide</h1>" + b"<p>The tide was high at the old pier this morning.</p>" * 9
    )
    parse(RawPage("http://pier.example/tide", sample, datetime.now(UTC)), ParseContext())
setattr(spiders.resources, "make_lanes", lambda _settings, _slow: InProcess())  # noqa: B010


def be_hasty():
    """Mark entries as stored when the feed has been read, which the real spider must never do."""
    take = FeedSpider.take_entries

    async def take_hastily(self, entries):
        listed = list(entries)
        requests = [request async for request in take(self, listed)]
        waiting = [entry for entry in listed if entry.key in self.tally.pending]

        def note(connection):
            for entry in waiting:
                seen = EntrySeen(entry.key, str(entry.url), entry.digest)
                note_entry(connection, self.source.name, seen, "stored", now=datetime.now(UTC), fetched=True)

        await self.resources.write(note)
        for request in requests:
            yield request

    setattr(FeedSpider, "take_entries", take_hastily)  # noqa: B010


def be_guardless():
    """Switch the address guard off; only the resolver checks."""
    setattr(middlewares, "require_public_url", lambda _url, _networks: None)  # noqa: B010


FAULTS = {"hasty": be_hasty, "guardless": be_guardless}


def run(order, answers):
    status = 1
    with suppress(BaseException):
        for fault in order.pop("faults", ()):
            FAULTS[fault]()
        crawl_order(order, answers)
        answers.flush()
        status = 0
    os._exit(status)


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(json.loads(line), answers)
        answers.write(json.dumps({"event": "forked", "pid": child}) + "\n")
        os.waitpid(child, 0)
        answers.write("\n")
