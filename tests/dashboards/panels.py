"""The panels in the dashboards' files, each as the search body that Kibana or Grafana makes of it."""

import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
KIBANA = ROOT / "dashboards" / "kibana" / "copytaster.ndjson"
GRAFANA = ROOT / "dashboards" / "grafana"
DAY = {"fixed_interval": "1d"}  # both programs choose the interval by the time range
METRICS = {"average": "avg", "unique_count": "cardinality"}  # Lens's name -> the server's
TIME_RANGE = {"range": {"@timestamp": {"gte": "2026-11-19T00:00:00Z", "lt": "2026-11-21T00:00:00Z"}}}


SEARCHED = {
    "copytaster-dispatches": "dispatches",
    "copytaster-outlets": "stories",
}  # board of Grafana -> its index


def read_objects():
    """Kibana's saved objects."""
    return [json.loads(line) for line in KIBANA.read_text(encoding="utf-8").splitlines()]


def read_board(name):
    """A dashboard of Grafana."""
    return json.loads((GRAFANA / f"{name}.json").read_text(encoding="utf-8"))


def list_kibana_searches():
    """Saved object -> its search body."""
    found = {}
    for saved in read_objects():
        if saved["type"] == "lens":
            found[saved["id"]] = _ask_lens(saved["attributes"]["state"])
        if saved["type"] == "visualization":
            found[saved["id"]] = _ask_vega(read_vega(saved)["data"]["url"])
    return found


def list_story_panels():
    """The panels of both programs that search the index of single stories."""
    saved = {
        one["id"]
        for one in read_objects()
        if any(reference["id"] == "copytaster-stories" for reference in one["references"])
    }
    shown = {
        f"{panel['title']} {target['refId']}"
        for board, kind in SEARCHED.items()
        if kind == "stories"
        for panel in read_board(board)["panels"]
        for target in panel["targets"]
    }
    return saved | shown


def read_vega(saved):
    """The specification inside a visualization."""
    return json.loads(json.loads(saved["attributes"]["visState"])["params"]["spec"])


def list_grafana_searches():
    """Panel and letter of the query -> its search body."""
    return {
        f"{panel['title']} {target['refId']}": _ask_grafana(target)
        for board in SEARCHED
        for panel in read_board(board)["panels"]
        for target in panel["targets"]
        if "bucketAggs" in target
    }


def _ask_lens(state):
    (layer,) = state["datasourceStates"]["formBased"]["layers"].values()
    columns = {name: layer["columns"][name] for name in layer["columnOrder"]}
    metrics = {
        name: _measure(METRICS.get(column["operationType"], column["operationType"]), column["sourceField"])
        for name, column in columns.items()
        if not column["isBucketed"] and column["operationType"] != "count"
    }
    aggs = metrics
    for name, column in reversed(columns.items()):
        if column["isBucketed"]:
            aggs = {name: _divide(column, aggs, metrics)}
    assert state["query"]["language"] == "lucene"
    return _make_body(state["query"]["query"], aggs)


def _divide(column, inner, metrics):
    if column["operationType"] == "date_histogram":
        return {"date_histogram": {"field": column["sourceField"], **DAY}, "aggs": inner}
    params = column["params"]
    return _terms(
        column["sourceField"],
        params["size"],
        params["orderDirection"],
        metrics.get(params["orderBy"]["columnId"]),
        inner,
    )


def _ask_vega(url):
    body = url["body"]
    return {**body, "query": {"bool": {"filter": [TIME_RANGE]}}} if url.get("%context%") else body


def _ask_grafana(target):
    metrics = {
        metric["id"]: _measure(metric["type"], metric["field"])
        for metric in target["metrics"]
        if metric["type"] != "count"
    }
    aggs = metrics
    for bucket in reversed(target["bucketAggs"]):
        if bucket["type"] == "date_histogram":
            made = {"date_histogram": {"field": bucket["field"], **DAY}, "aggs": aggs}
        else:
            wanted = bucket["settings"]
            by = metrics.get(wanted["orderBy"])
            made = _terms(bucket["field"], int(wanted["size"]), wanted["order"], by, aggs)
        aggs = {bucket["id"]: made}
    return _make_body(target["query"], aggs)


def _measure(kind, field):
    return {kind: {"field": field}}


def _terms(field, size, direction, by, inner):
    order = {"order" if by else "_count": direction}
    return {
        "terms": {"field": field, "size": size, "order": order},
        "aggs": {**inner, **({"order": by} if by else {})},
    }


def _make_body(query, aggs):
    wanted = {"query_string": {"query": query, "analyze_wildcard": True}}
    return {"size": 0, "query": {"bool": {"filter": [TIME_RANGE, wanted]}}, "aggs": aggs}
