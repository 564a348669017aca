"""What an open list is told: nothing lost, nothing that is no news, and where to go on from."""

import json

import httpx2 as httpx
import pytest

TEXTS = (
    "A market for racing camels opened in the desert town of Kolm on Friday after two years of work.",
    "The tug that towed a barge with grain last winter was sold for scrap on Tuesday at noon.",
    "Voters in Varda return to the polls in May after the court threw out the count in two districts.",
)


def add(desk, number, **fields):
    desk.keep(
        **{
            "url": f"https://harbour.example/{number}",
            "headline": f"Brief {number}",
            "body": TEXTS[number % len(TEXTS)].replace("town", f"town number {number}"),
        }
        | fields
    )
    desk.settle()


def ask(served, **parameters):
    answer = httpx.get(f"{served.address}live", params=parameters, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def read_events(served, count, after=0, last=None, **parameters):
    """The first `count` events that are no beat."""
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": str(last)} if last is not None else {})
    events, kind, number = [], "", 0
    with httpx.stream(
        "GET", f"{served.address}live", params=parameters | {"after": after}, headers=headers, timeout=60
    ) as answer:
        assert answer.status_code == 200
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "id":
                number = int(value)
            elif name == "data" and kind == "changes" and json.loads(value)["changes"]:
                events.append((number, json.loads(value)))
                if len(events) == count:
                    return events
    raise AssertionError("the line ended")


def test_a_list_asks_what_came_since(desk, serve):
    served = serve()
    add(desk, 0)
    start = ask(served, after=0)
    assert [(change["headline"], change["matches"]) for change in start["changes"]] == [("Brief 0", True)]
    assert ask(served, after=start["complete_to"])["changes"] == []
    add(desk, 1)
    (change,) = ask(served, after=start["complete_to"])["changes"]
    assert (change["headline"], change["rev"], change["why"]) == ("Brief 1", 1, "")


def test_what_does_not_match_is_named_without_its_content(desk, serve):
    served = serve()
    add(desk, 0)
    (change,) = ask(served, after=0, q="polls")["changes"]
    assert set(change) == {"id", "rev", "matches"}
    assert change["matches"] is False
    assert ask(served, after=0, q="camels")["changes"][0]["matches"]


def test_a_line_goes_on_where_it_was_cut(desk, serve):
    served = serve()
    add(desk, 0)
    ((number, first),) = read_events(served, 1)
    assert first["changes"][0]["headline"] == "Brief 0"
    add(desk, 1)
    add(desk, 2)
    told = read_events(served, 1, last=number)[0][1]["changes"]
    assert [change["headline"] for change in told] == ["Brief 1", "Brief 2"]


def test_copy_that_waits_for_the_index_is_told_once_it_can_be_found(desk, serve):
    served = serve()
    add(desk, 0)
    after = ask(served, after=0)["complete_to"]
    desk.keep(url="https://harbour.example/9", headline="Waits", body=TEXTS[1])
    desk.group()
    assert ask(served, after=after)["changes"] == []
    desk.settle()
    assert [change["headline"] for change in ask(served, after=after)["changes"]] == ["Waits"]


def test_more_lines_than_may_be_are_refused(desk, serve):
    served = serve(max_live_pages=0)
    answer = httpx.get(f"{served.address}live?after=0", headers={"Accept": "text/event-stream"})
    assert answer.status_code == 503
    assert ask(served, after=0)["changes"] == []


@pytest.mark.parametrize(
    "parameters", [{}, {"after": -1}, {"after": 0, "watch": 5}, {"after": 0, "since": "x"}]
)
def test_what_cannot_be_read_is_refused(desk, serve, parameters):
    answer = httpx.get(f"{serve().address}live", params=parameters)
    assert answer.status_code in {400, 422}
