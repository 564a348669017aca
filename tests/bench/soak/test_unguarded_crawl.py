"""The control of hostile-feeds reads without caps and without a worker."""

import asyncio

from bench.soak.unguarded_crawl import Threads
from spiders.sandbox.jobs import feed_job


def test_a_thread_gives_what_a_worker_gives():
    body = b"<rss><channel><item><title>Ferry</title></item></channel></rss>"
    job = feed_job(body, url="http://pier.example/feed", content_type=None, max_entries=5)
    feed = asyncio.run(Threads().do(job, "pier"))
    assert [entry.title for entry in feed.entries] == ["Ferry"]
