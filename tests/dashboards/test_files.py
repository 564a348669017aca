"""The dashboards' files are consistent: ids, references, fields of the mapping, figures of the service."""

import json
import re
import shlex
import subprocess
from collections import Counter

import pytest

from copytaster.schedule.load import CrawlLoad
from indexer.elastic.aliases import list_fields
from indexer.elastic.mapping import make_mapping
from indexer.elastic.names import Names
from newsdesk.web.metrics.kept import describe_age
from newsdesk.web.metrics.load import describe_load
from newsdesk.web.metrics.page import MetricsPage, _say_store_up, render_metrics
from settings import ElasticsearchSettings
from tests.dashboards.panels import (
    GRAFANA,
    ROOT,
    SEARCHED,
    list_grafana_searches,
    list_kibana_searches,
    list_story_panels,
    read_board,
    read_objects,
    read_vega,
)

BOARDS = sorted(path.stem for path in GRAFANA.glob("*.json"))
OBJECTS = {(saved["type"], saved["id"]): saved for saved in read_objects()}
SEARCHES = {**list_kibana_searches(), **list_grafana_searches()}
READ = Names(ElasticsearchSettings().prefix).read
STORIES = Names(ElasticsearchSettings().prefix).stories.read
FIELDS = list_fields(make_mapping("core")["properties"])
STORY_FIELDS = list_fields(make_mapping("core", "stories")["properties"])
STORY_PANELS = list_story_panels()
NUMBERS = {"integer", "float"}
FITTING = {  # aggregation -> types of fields
    "terms": {"keyword", "boolean"},
    "date_histogram": {"date"},
    "sum": NUMBERS,
    "avg": NUMBERS | {"date"},
    "max": NUMBERS | {"date"},
    "min": NUMBERS | {"date"},
    "cardinality": {"keyword"},
}
_QUERIED = re.compile(r"([\w.@]+):")


def list_aggregations(body):
    """(aggregation, field) of every level."""
    for found in body.get("aggs", {}).values():
        for kind, value in found.items():
            if kind in {"aggs", "filter", "filters"}:
                continue
            yield kind, value["field"]
        yield from list_aggregations(found)


def list_conditions(value):
    """Fields named in filters and queries."""
    if isinstance(value, list):
        for part in value:
            yield from list_conditions(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            if key in {"term", "range", "exists"}:
                yield from part
            elif key == "query_string":
                yield from _QUERIED.findall(part["query"])
            else:
                yield from list_conditions(part)


def read_json(text):
    """JSON whose objects have no key twice."""

    def check(pairs):
        assert max(Counter(name for name, _ in pairs).values(), default=1) == 1, pairs
        return dict(pairs)

    return json.loads(text, object_pairs_hook=check)


@pytest.mark.parametrize(
    "path", [*(ROOT / "dashboards").rglob("*.json"), *(ROOT / "dashboards").rglob("*.ndjson")], ids=str
)
def test_files_are_valid_and_name_nothing_twice(path):
    text = path.read_text(encoding="utf-8")
    for document in [text] if path.suffix == ".json" else text.splitlines():
        read_json(document)
    assert text.endswith("\n")
    assert not re.search(r"password|api_?key|https?://(?!vega\.github\.io)", text, re.IGNORECASE)


@pytest.mark.parametrize("panel", SEARCHES)
def test_every_field_of_a_panel_is_mapped_with_a_fitting_type(panel):
    aggregations, fields = list(list_aggregations(SEARCHES[panel])), fields_of(panel)
    assert aggregations
    for kind, field in aggregations:
        assert fields.get(field) in FITTING[kind], (kind, field)
    for field in list_conditions(SEARCHES[panel]):
        assert field in fields


def fields_of(panel):
    return STORY_FIELDS if panel in STORY_PANELS else FIELDS


def test_saved_objects_have_ids_of_their_own():
    assert len(OBJECTS) == len(read_objects())
    assert len({saved["id"] for saved in read_objects()}) == len(OBJECTS)
    assert all(re.fullmatch(r"copytaster[a-z-]*", saved["id"]) for saved in read_objects())


@pytest.mark.parametrize("saved", OBJECTS.values(), ids=lambda saved: saved["id"])
def test_every_reference_of_a_saved_object_leads_to_one(saved):
    for reference in saved["references"]:
        assert (reference["type"], reference["id"]) in OBJECTS
    assert len({reference["name"] for reference in saved["references"]}) == len(saved["references"])
    assert saved["coreMigrationVersion"]
    assert saved["typeMigrationVersion"]


@pytest.mark.parametrize(("alias", "fields"), [(READ, FIELDS), (STORIES, STORY_FIELDS)])
def test_a_data_view_is_the_read_alias(alias, fields):
    view = OBJECTS["index-pattern", alias]["attributes"]
    assert (view["title"], view["timeFieldName"]) == (alias, "@timestamp")
    assert fields["@timestamp"] == "date"


def test_every_visualization_stands_on_a_dashboard_and_none_lies_on_another():
    everywhere: set[tuple[str, str]] = set()
    for name in ("copytaster", "copytaster-outlets"):
        board = OBJECTS["dashboard", name]
        panels = json.loads(board["attributes"]["panelsJSON"])
        named = {reference["name"]: (reference["type"], reference["id"]) for reference in board["references"]}
        shown = {named[f"{panel['panelIndex']}:{panel['panelRefName']}"] for panel in panels}
        assert len({key[1] in STORY_PANELS for key in shown}) == 1
        assert not shown & everywhere
        everywhere |= shown
        check_grid([panel["gridData"] for panel in panels], columns=48)
    assert everywhere == {key for key in OBJECTS if key[0] in {"lens", "visualization"}}


def check_grid(places, *, columns):
    cells = Counter(
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    )
    assert max(cells.values()) == 1
    assert max(x for x, _ in cells) < columns


@pytest.mark.parametrize(
    "saved", [saved for key, saved in OBJECTS.items() if key[0] == "lens"], ids=lambda s: s["id"]
)
def test_a_lens_shows_columns_it_has(saved):
    state = saved["attributes"]["state"]
    ((name, layer),) = state["datasourceStates"]["formBased"]["layers"].items()
    columns = layer["columns"]
    assert layer["columnOrder"] == list(dict.fromkeys(layer["columnOrder"]))
    assert set(layer["columnOrder"]) == set(columns)
    assert [reference["name"] for reference in saved["references"]] == [
        f"indexpattern-datasource-layer-{name}"
    ]
    visualization = state["visualization"]
    for shown in visualization.get("layers", [visualization]):
        used = {column["columnId"] for column in shown.get("columns", ())} | set(shown.get("accessors", ()))
        used |= {shown[key] for key in ("xAccessor", "splitAccessor") if key in shown}
        assert (shown["layerId"], used) == (name, set(columns))
    for column in columns.values():
        if column["operationType"] == "terms":
            assert not columns[column["params"]["orderBy"]["columnId"]]["isBucketed"]
        kind = fields_of(saved["id"]).get(column["sourceField"], "")
        expected = {"date": "date", "keyword": "string"}.get(kind, "number")
        assert column["dataType"] == expected


@pytest.mark.parametrize(
    "saved", [saved for key, saved in OBJECTS.items() if key[0] == "visualization"], ids=lambda s: s["id"]
)
def test_a_vega_panel_reads_what_it_asked_for(saved):
    spec = read_vega(saved)
    assert spec["data"]["url"]["index"] == READ
    top, *path = spec["data"]["format"]["property"].split(".")
    assert (top, path.pop()) == ("aggregations", "buckets")
    found = {"aggs": spec["data"]["url"]["body"]["aggs"]}
    for name in path:
        found = found["aggs"][name]
    figures = set(re.findall(r"datum\.(\w+)\.value", spec["transform"][0]["calculate"]))
    assert figures == set(found["aggs"])
    shown = {part["field"] for part in spec["encoding"].values() if isinstance(part, dict)}
    assert shown <= {"key", "doc_count", spec["transform"][0]["as"]}


@pytest.mark.parametrize("name", BOARDS)
def test_a_grafana_dashboard_asks_its_one_data_source(name):
    board = read_board(name)
    assert board["uid"] == name
    (source,) = board["__inputs"]
    wanted = {"type": source["pluginId"], "uid": "${" + source["name"] + "}"}
    for panel in board["panels"]:
        assert panel["datasource"] == wanted
        letters = [target["refId"] for target in panel["targets"]]
        assert len(set(letters)) == len(letters)
        for target in panel["targets"]:
            if target["datasource"]["type"] == "__expr__":
                assert set(re.findall(r"\$([A-Z])", target["expression"])) < set(letters)
            else:
                assert target["datasource"] == wanted
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    check_grid([panel["gridPos"] for panel in board["panels"]], columns=24)


def test_every_elasticsearch_target_of_grafana_sorts_by_something_it_has():
    for panel in (panel for board in SEARCHED for panel in read_board(board)["panels"]):
        for target in panel["targets"]:
            metrics = {metric["id"] for metric in target.get("metrics", ())}
            for bucket in target.get("bucketAggs", ()):
                assert bucket["settings"].get("orderBy", "_count") in {"_count", *metrics}


def test_every_service_figure_exists_with_its_labels(store):
    printed = set(re.findall(r"^# TYPE (\S+)", render_metrics(store).decode(), re.MULTILINE))
    labels = {  # of a counter the family's name is without _total
        name: set(family._labelnames)  # type: ignore[attr-defined]
        for family in (
            _say_store_up(is_up=True),
            *describe_load(CrawlLoad()),
            *MetricsPage(store)._read_store(),
            describe_age(0.0),
        )
        for name in (family.name, f"{family.name}_total")
        if name in printed
    }
    named = set()
    for panel in read_board("copytaster-service")["panels"]:
        for target in panel["targets"]:
            expression = target["expr"]
            assert expression.count("(") == expression.count(")")
            for series, conditions in re.findall(r"(copytaster_\w+)(?:\{([^}]*)\})?", expression):
                name = series.removesuffix("_bucket")  # of a histogram
                named.add(name)
                bucket = {"le"} if series != name else set()
                assert name in labels, name
                assert set(re.findall(r"(\w+)!?[=~]", conditions)) <= labels[name]
                assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= labels[name]
                assert set(re.findall(r"by \((\w+)\)", expression)) <= labels[name] | bucket
    assert named == printed, "a figure that no panel shows"


def test_the_page_explains_every_panel():
    page = (ROOT / "docs" / "dashboards.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (.+)\n((?:(?!## ).*\n)*)", page, re.MULTILINE))
    for name in ("Dispatches", "Outlets", "Service"):
        text, panels = sections[name], read_board(f"copytaster-{name.lower()}")["panels"]
        assert set(re.findall(r"^\| ([A-Z][^|]+) \|", text, re.MULTILINE)) == {
            panel["title"] for panel in panels
        }
    shown = {
        saved["attributes"]["title"] for key, saved in OBJECTS.items() if key[0] in {"lens", "visualization"}
    }
    titles = {panel["title"] for board in SEARCHED for panel in read_board(board)["panels"]}
    assert {title.replace("Time to pick-up by agency", "Time to pick-up") for title in shown} == titles


def test_the_command_for_another_prefix_changes_the_alias_everywhere_and_nothing_else(tmp_path):
    page = (ROOT / "docs" / "dashboards.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^(sed .*) > ", page, re.MULTILINE)
    done = subprocess.run(shlex.split(command), cwd=ROOT, capture_output=True, text=True, check=True)
    changed = [json.loads(line) for line in done.stdout.splitlines()]
    ids = {(saved["type"], saved["id"]) for saved in changed}
    assert ids - set(OBJECTS) == {("index-pattern", "desk-dispatches"), ("index-pattern", "desk-stories")}
    for saved in changed:
        assert {(reference["type"], reference["id"]) for reference in saved["references"]} <= ids
        if saved["type"] == "index-pattern":
            assert saved["attributes"]["title"] == saved["id"]
        if saved["type"] == "visualization":
            assert read_vega(saved)["data"]["url"]["index"] == "desk-dispatches"
