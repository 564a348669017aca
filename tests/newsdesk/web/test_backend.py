"""Only so many searches run at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

PATIENCE_S = 60


class Held:
    """An index whose searches wait for `gate`; `most` is the largest number that ran at once."""

    def __init__(self, index):
        self.index, self.gate, self.begun = index, threading.Event(), threading.Semaphore(0)
        self.running = self.most = 0
        self.lock = threading.Lock()

    def search(self, query):
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
        self.begun.release()
        assert self.gate.wait(PATIENCE_S)
        try:
            return self.index.search(query)
        finally:
            with self.lock:
                self.running -= 1

    def __getattr__(self, name):
        return getattr(self.index, name)


def hold(desk, monkeypatch, *, at_once, patience_s):
    monkeypatch.setattr("newsdesk.web.backend.MAX_SEARCHES", at_once)
    monkeypatch.setattr("newsdesk.web.backend.SLOT_TIMEOUT_S", patience_s)
    desk.keep()
    desk.settle()
    held = Held(desk.index)
    desk.serve(held)
    return held


def search(desk):
    return desk.browser.get("/api/v1/dispatches", params={"q": "quay"})


def test_only_so_many_searches_run_at_once_and_all_are_answered(desk, monkeypatch):
    held = hold(desk, monkeypatch, at_once=2, patience_s=PATIENCE_S)
    with ThreadPoolExecutor(8) as readers:
        answers = [readers.submit(search, desk) for _ in range(8)]
        assert all(held.begun.acquire(timeout=PATIENCE_S) for _ in range(2))
        held.gate.set()
        assert [answer.result(PATIENCE_S).json()["total"]["value"] for answer in answers] == [1] * 8
    assert held.most == 2


def test_a_search_without_a_slot_is_refused_while_the_process_answers(desk, monkeypatch):
    held = hold(desk, monkeypatch, at_once=1, patience_s=0.05)
    with ThreadPoolExecutor(1) as reader:
        first = reader.submit(search, desk)
        assert held.begun.acquire(timeout=PATIENCE_S)
        refused = search(desk)
        assert refused.status_code == 503
        assert "too many searches are waiting" in refused.json()["detail"]
        assert desk.browser.get("/", params={"q": "quay"}).status_code == 503
        assert desk.browser.get("/livez").status_code == 200
        held.gate.set()
        assert first.result(PATIENCE_S).status_code == 200
    assert search(desk).json()["total"]["value"] == 1
