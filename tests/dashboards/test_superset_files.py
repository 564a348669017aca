"""The dashboard for Superset as files: twelve charts of columns and metrics that exist."""

import re
from contextlib import closing
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]
from sqlalchemy import text

from copytaster.store.engine import Store

FILES = Path(__file__).parents[2] / "dashboards" / "superset"
CHARTS = sorted((FILES / "charts").glob("*.yaml"))


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


DATASET = read(FILES / "datasets" / "Copytaster" / "copies.yaml")
METRICS = {metric["metric_name"] for metric in DATASET["metrics"]}


@pytest.fixture(scope="module")
def columns(tmp_path_factory):
    """The columns of the view."""
    with (
        closing(Store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.sqlite'}")) as store,
        store.read() as connection,
    ):
        return set(connection.execute(text("SELECT * FROM copies")).keys())


def test_the_data_set_has_the_columns_of_the_view(columns):
    assert {column["column_name"] for column in DATASET["columns"]} == columns
    assert DATASET["table_name"] == "copies"


def test_metrics_name_columns_of_the_view(columns):
    for metric in DATASET["metrics"]:
        words = set(re.findall(r"\b[a-z_]+\b", re.sub(r"'[^']*'", "", metric["expression"])))
        assert words <= columns, metric["metric_name"]


@pytest.mark.parametrize("path", CHARTS, ids=lambda path: path.stem)
def test_each_chart_asks_for_what_there_is(path, columns):
    chart = read(path)
    params = chart["params"]
    assert chart["dataset_uuid"] == DATASET["uuid"]
    assert chart["viz_type"] == params["viz_type"]
    assert {*params.get("metrics", ()), params.get("metric")} - {None} <= METRICS
    named = {*params.get("groupby", ()), *params.get("all_columns", ()), params.get("x_axis")}
    named |= {found.get("subject") for found in params["adhoc_filters"]}
    assert named - {None} <= columns


def test_the_dashboard_shows_each_of_twelve_charts_once():
    (path,) = (FILES / "dashboards").glob("*.yaml")
    parts = read(path)["position"].values()
    shown = [one["meta"]["uuid"] for one in parts if isinstance(one, dict) and one["type"] == "CHART"]
    assert len(shown) == 12
    assert sorted(shown) == sorted(read(chart)["uuid"] for chart in CHARTS)
    assert read(path)["slug"] == "copytaster-copies"  # as the documentation says


def test_no_file_holds_a_password():
    assert read(FILES / "databases" / "Copytaster.yaml")["sqlalchemy_uri"].count(":") == 1
