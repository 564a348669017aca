import re
import threading
from itertools import count

from newsdesk.web.metrics.kept import KeptAnswer
from newsdesk.web.metrics.page import MetricsPage

NEVER_QUICK, ALWAYS_QUICK = -1.0, 3600.0


class Maker:
    """Makes numbered answers while `go` is set."""

    def __init__(self):
        self.numbers, self.go, self.ended = count(1), threading.Event(), threading.Semaphore(0)
        self.go.set()

    def make(self):
        assert self.go.wait(30)
        self.ended.release()
        return b"answer %d\n" % next(self.numbers)


def read_first_line(kept):
    return kept.read().splitlines()[0]


def test_a_quick_answer_is_made_anew_for_each_scrape():
    kept = KeptAnswer(Maker().make, quick_s=ALWAYS_QUICK)
    assert [read_first_line(kept) for _ in range(3)] == [b"answer 1", b"answer 2", b"answer 3"]


def test_a_dear_answer_is_given_again_while_the_next_one_is_made():
    maker = Maker()
    kept = KeptAnswer(maker.make, quick_s=NEVER_QUICK)
    assert read_first_line(kept) == b"answer 1"
    maker.go.clear()
    assert {read_first_line(kept) for _ in range(50)} == {
        b"answer 1"
    }  # nobody waits for the one in the making
    maker.go.set()
    for _ in range(2):
        assert maker.ended.acquire(timeout=30)
    while read_first_line(kept) == b"answer 1":
        pass
    assert int(read_first_line(kept).split()[1]) >= 2


def test_the_age_of_the_figures_is_said():
    kept = KeptAnswer(lambda: b"", quick_s=NEVER_QUICK)
    ages = [
        float(re.search(rb"^copytaster_metrics_age_seconds (\S+)", kept.read(), re.MULTILINE)[1])
        for _ in range(2)
    ]
    assert all(0 <= age < 60 for age in ages)


def test_kept_figures_do_not_hide_a_store_that_is_gone(store, tmp_path):
    if store.engine.dialect.name != "sqlite":
        return
    page = MetricsPage(store)
    assert b"copytaster_stories_total 0.0" in page.render()
    store.sibling_path("").rename(tmp_path / "elsewhere")
    gone = page.render()
    assert b"copytaster_store_up 0.0" in gone
    assert b"copytaster_stories" not in gone
