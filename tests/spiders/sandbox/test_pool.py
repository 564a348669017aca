import threading
import time
from datetime import UTC, datetime

import pytest

from copytaster.errors import UnparsableError
from copytaster.values import RawPage
from spiders.parsing import ParseContext, Selectors, parse
from spiders.sandbox.pool import ParsingPool, ParsingWorker

NOW = datetime(2024, 6, 1, tzinfo=UTC)
SENTENCE = (
    "The committee met on Monday and agreed to meet again before the end of the year, its chairwoman said. "
)
GOOD = (
    "<html lang=en><head><title>UPDATE 1-Committee agrees to meet again</title><meta name=date content=2024-05-30></head><body>"
    "<h1>UPDATE 1-Committee agrees to meet again</h1><figure><figcaption>The committee room. REUTERS/Ada Moreno</figcaption></figure>"
    f"<p>By Ben Toll</p><p>OSLO, May 30 (Reuters) - {SENTENCE}</p><p>A second {SENTENCE}</p><p>A third {SENTENCE}</p></body></html>"
).encode()


def page(body, url="https://paper.example/news/1"):
    return RawPage(url, body, NOW, headers=(("content-type", "text/html"),))


@pytest.fixture(scope="module")
def worker():
    with ParsingWorker(cpu_s=2.0, memory_bytes=256_000_000) as started:
        yield started


def test_same_story_as_in_this_process(worker):
    context = ParseContext(
        publisher="Paper", published_at=NOW, feed_byline=("Ada",), selectors=Selectors(remove=".ad")
    )
    assert worker.parse(page(GOOD), context) == parse(page(GOOD), context)


def test_refusal_crosses_over(worker):
    with pytest.raises(UnparsableError) as caught:
        worker.parse(page(b"<html><body></body></html>"), ParseContext())
    assert caught.value.reason == "no-headline"
    assert caught.value.resource


def attributes(count):
    return (
        b"<html><body><h1>Committee agrees to meet again</h1><div "
        + b" ".join(b"a%d=1" % n for n in range(count))
        + b">"
        + GOOD
    )


HOSTILE = {
    "20,000 attributes": attributes(20_000),
    "40,000 attributes": attributes(40_000),
    "depth 10,000": b"<html><body>" + b"<div>" * 10_000 + GOOD,
    "depth 200,000": b"<html><body>" + b"<div>" * 200_000 + GOOD,
    "misnested": b"<html><body>" + b"<b><i><a>" * 3_000 + b"<p>x" * 3_000 + GOOD,
    "tables": b"<html><body>" + b"<table><tr><td>" * 8_000 + GOOD,
    "5 MB of paragraphs": GOOD + b"<p>" + SENTENCE.encode() * 50_000,
    "many elements": b"<html><body>" + b"<p>a</p>" * 1_100_000,
    "many headings": GOOD + b"<h1>Committee agrees to meet again</h1>" * 60_000,
    "deep JSON": b'<html><script type="application/ld+json">' + b"[" * 200_000 + b"</script>" + GOOD,
    "line breaks": b"<html><body><h1>Committee agrees to meet again</h1>" + b"ab<br>" * 300_000,
    "entities": b"<html><body>" + b"&amp;lt;" * 300_000 + GOOD,
}


BOUNDED = {"took-too-long", "too-much-memory", "no-body", "no-headline", "crashed", "body-cut"}


def outcome(worker, body):
    try:
        story = worker.parse(page(body), ParseContext())
    except UnparsableError as error:
        return error.reason
    return "body-cut" if "body-cut" in story.warnings else story.body


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_page_is_bounded(worker, name):
    start = time.monotonic()
    found = outcome(worker, HOSTILE[name])
    assert found in BOUNDED or "committee met on Monday" in found
    assert time.monotonic() - start < 40
    assert worker.parse(page(GOOD), ParseContext()).headline == "Committee agrees to meet again"


def test_crossing_over_costs_little(worker):
    context, pages = ParseContext(), 40
    worker.parse(page(GOOD), context)

    def seconds(read):
        times = []
        for _ in range(pages):
            start = time.perf_counter()
            read(page(GOOD), context)
            times.append(time.perf_counter() - start)
        return min(times)  # other work on the machine is not ours

    assert seconds(worker.parse) - seconds(parse) < 0.002


def test_time_limit_kills():
    with ParsingWorker(cpu_s=0.05) as hasty:
        with pytest.raises(UnparsableError) as caught:
            hasty.parse(page(HOSTILE["depth 200,000"]), ParseContext())
        assert caught.value.reason == "took-too-long"


def test_memory_limit_holds():
    with ParsingWorker(cpu_s=60, memory_bytes=60_000_000) as small:
        with pytest.raises(UnparsableError) as caught:
            small.parse(page(HOSTILE["many elements"]), ParseContext())
        assert caught.value.reason == "too-much-memory"
        assert small.parse(page(GOOD), ParseContext()).headline


def test_threads_share_a_pool():
    pool = ParsingPool(2)
    found = {}

    def work(number):
        url = f"https://paper.example/news/{number}"
        found[number] = pool.parse(page(GOOD, url), ParseContext()).url

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool.close()
    assert found == {number: f"https://paper.example/news/{number}" for number in range(12)}


def test_closed_worker_starts_again():
    again = ParsingWorker()
    again.close()
    assert again.parse(page(GOOD), ParseContext()).headline
    again.close()
