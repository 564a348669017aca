"""Reports of pick-ups, of a dispatch, an agency and a day, and the measures over them: pages, spreadsheets and calls."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Query, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from copytaster.errors import UsageError
from copytaster.store.dispatches import read_dispatch, read_dispatches
from copytaster.store.latencies import quantile, read_histogram, read_latencies
from indexer.merge import merge_rows
from indexer.search import MAX_PAGE, SearchQuery
from newsdesk.operations.bounds import read_bound
from newsdesk.operations.measures import measure
from newsdesk.operations.pickups import (
    PickupReport,
    list_rivals,
    make_report,
    pickup_to_json,
    report_to_json,
    sum_outlets,
)
from newsdesk.web.parameters import COMPLETENESS, NoParameters
from newsdesk.web.spreadsheet import write_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from indexer.record import DispatchRecord
    from newsdesk.operations.completeness import Completeness
    from newsdesk.operations.pickups import Rivals
    from newsdesk.web.backend import Backend
    from newsdesk.web.pages import PageRenderer

ROWS = 50  # outlets of one dispatch on a page
MOST_DISPATCHES = 300  # of one report; it says how many it leaves out
MOST_DAYS = 31
PICKUP_COLUMNS = (
    "dispatch", "agency", "publisher", "owner", "published_at", "delay_minutes", "first", "seen_at", "share_kept", "version",
    "credit", "altered_facts", "old_since", "checked_at", "ours", "headline", "url",
)  # fmt: skip
MEASURE_COLUMNS = ("measure", "name", "unit", "number", "p50", "p95", "share", "unknown")
Form = Literal["csv", "json"]


class ReportParameters(BaseModel):
    """Whose dispatches of which days a report is about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    agency: str = Field("", max_length=128, description="Agency that wrote them. Without it: all.")
    day: str = Field("", max_length=10, description="Day on which they were published. Without it: today.")
    until: str = Field("", max_length=10, description=f"Last day, at most {MOST_DAYS} days later.")

    def href(self, path: str) -> str:
        """An address with these parameters."""
        pairs = [(name, value) for name, value in self.model_dump().items() if value]
        return f"{path}?{urlencode(pairs)}" if pairs else path


@dataclass(frozen=True, slots=True)
class Collected:
    """The dispatches of a report, and how many there are in all."""

    records: Sequence[DispatchRecord]
    reports: Sequence[PickupReport]
    total: int
    first_day: str
    last_day: str

    @property
    def left_out(self) -> int:
        """Dispatches that the report does not look at: the oldest."""
        return max(0, self.total - len(self.reports))


class PickupShape(BaseModel):
    """The pick-ups of one dispatch."""

    report: dict[str, Any]
    completeness: dict[str, Any] | None = Field(description=COMPLETENESS)


class PickupsShape(BaseModel):
    """The pick-ups of some dispatches, newest news first, and each outlet over all of them."""

    dispatches: list[dict[str, Any]]
    outlets: list[dict[str, Any]]
    total: int
    left_out: int
    completeness: dict[str, Any] | None = Field(description=COMPLETENESS)


class MeasuresShape(BaseModel):
    """Measures over some dispatches; `p50` and `p95` are null where nothing was measured."""

    measures: dict[str, Any]
    wire_to_desk_seconds: list[dict[str, Any]] = Field(
        description="From the answer that brought a version until searches find it: of each source, today and yesterday, and of all time."
    )
    total: int
    left_out: int
    completeness: dict[str, Any] | None = Field(description=COMPLETENESS)


class OutletsParameters(BaseModel):
    """Which outlets of a report a page shows; exports have all of them."""

    model_config = ConfigDict(extra="forbid")

    page: int = Field(
        1, ge=1, le=10_000, description=f"{ROWS} outlets a page; after the last page comes the last."
    )
    all: bool = Field(default=False, description="All outlets on one page, as for printing.")


class Reporter:
    """Collects the dispatches of reports.

    Args:
        backend: store, index and sources.
        us: our own outlets or owners, `web.us`.
    """

    def __init__(self, backend: Backend, us: Sequence[str]) -> None:
        self._backend = backend
        self._us = us

    def report(self, dispatch_id: str) -> PickupReport:
        """The report of one dispatch.

        Raises:
            NotFoundError: there is none.
        """
        with self._backend.store.read() as connection:
            rows = read_dispatch(connection, dispatch_id)
        return make_report(merge_rows(rows), self._find_rivals())

    def collect(self, asked: ReportParameters) -> Collected:
        """The dispatches of an agency and some days, at most `MOST_DISPATCHES`, those of the newest news.

        Raises:
            UsageError: a day cannot be read, or there are too many.
            UnreachableError: store or index does not answer.
        """
        since, until = self._read_days(asked)
        agencies = (asked.agency,) if asked.agency else ()
        query = SearchQuery(
            agencies=agencies, since=since, until=until, sort="newest", limit=MAX_PAGE, highlight=False
        )
        ids, total = self._find(query)
        rivals = self._find_rivals()
        with self._backend.store.read() as connection:
            rows = read_dispatches(connection, ids)
        records = [merge_rows(rows[one]) for one in ids if one in rows]
        return Collected(
            records=records,
            reports=[make_report(record, rivals) for record in records],
            total=total,
            first_day=since.date().isoformat(),
            last_day=(until - timedelta(days=1)).date().isoformat(),
        )

    def read_latencies(self) -> list[dict[str, Any]]:
        """Wire to desk in seconds: of all time, then of each source, today and yesterday."""
        with self._backend.store.read() as connection:
            ever = read_histogram(connection)
            found = read_latencies(connection, datetime.now(self._backend.zone))
        number = sum(ever.numbers)
        spread = (quantile(ever, 0.5), quantile(ever, 0.95)) if number else (None, None)
        lines = [("all sources, all time", number, *spread)]
        lines += [(name, one.versions, one.p50_s, one.p95_s) for name, one in sorted(found.items())]
        return [dict(zip(("name", "number", "p50", "p95"), line, strict=True)) for line in lines]

    def _find(self, query: SearchQuery) -> tuple[list[str], int]:
        ids: list[str] = []
        while True:
            page = self._backend.search(query)
            ids += [hit.id for hit in page.hits]
            if page.next is None or len(ids) >= MOST_DISPATCHES:
                return ids[:MOST_DISPATCHES], max(page.total.value, len(ids))
            query = replace(query, cursor=page.next)

    def _read_days(self, asked: ReportParameters) -> tuple[datetime, datetime]:
        zone = self._backend.zone
        today = datetime.now(zone).date().isoformat()
        first = asked.day or today
        since = read_bound("day", first, zone)
        until = read_bound("until", asked.until or first, zone, end=True)
        if since is None or until is None or until <= since:
            raise UsageError("the last day is before the first", resource="until")
        if until - since > timedelta(days=MOST_DAYS + 1):
            raise UsageError("too many days", resource="until", hint=f"at most {MOST_DAYS}")
        return since, until

    def shape(self, report: PickupReport) -> PickupShape:
        """The report of one dispatch, as calls answer it."""
        complete = self._backend.describe_complete()
        return PickupShape(report=report_to_json(report), completeness=complete)

    def describe_complete(self) -> dict[str, Any] | None:
        """How complete the copy is, as the API says it."""
        return self._backend.describe_complete()

    def recall_complete(self) -> Completeness | None:
        """The same, as pages show it."""
        return self._backend.recall_complete()

    def complete_headers(self) -> dict[str, str]:
        """How complete the copy is of which these reports are made."""
        return self._backend.complete_headers()

    def _find_rivals(self) -> Rivals:
        return list_rivals(self._us, ((one.publisher_name, one.family) for one in self._backend.sources))


def add_pages(app: FastAPI, pages: PageRenderer, reporter: Reporter) -> None:
    """Add the pages of reports and their exports."""

    @app.get("/dispatches/{dispatch_id}/pickup", include_in_schema=False)
    def one(dispatch_id: str, asked: Annotated[OutletsParameters, Query()]) -> Response:
        report = reporter.report(dispatch_id)
        if report.dispatch != dispatch_id:
            return RedirectResponse(f"/dispatches/{report.dispatch}/pickup", status_code=301)
        last = max(1, ceil(len(report.pickups) / ROWS))
        page = min(asked.page, last)
        begin = 0 if asked.all else (page - 1) * ROWS
        shown = report.pickups[begin:] if asked.all else report.pickups[begin : begin + ROWS]
        exports = [(form.upper(), f"/dispatches/{dispatch_id}/pickup.{form}") for form in ("csv", "json")]
        return pages.render(
            "pickup.html",
            report=report,
            shown=shown,
            begin=begin,
            page=0 if asked.all else page,
            last=last,
            exports=exports,
            complete=reporter.recall_complete(),
        )

    @app.get("/dispatches/{dispatch_id}/pickup.{form}", include_in_schema=False)
    def export_one(dispatch_id: str, form: Form, _: Annotated[NoParameters, Query()]) -> Response:
        report = reporter.report(dispatch_id)
        if form == "json":
            return _send_json(reporter.shape(report), reporter.complete_headers())
        rows = _list_cells([report])
        return _send_csv(f"pickup-{report.dispatch}", PICKUP_COLUMNS, rows, reporter.complete_headers())

    @app.get("/pickup", include_in_schema=False)
    def many(asked: Annotated[ReportParameters, Query()]) -> Response:
        found = reporter.collect(asked)
        exports = [(form.upper(), asked.href(f"/pickup.{form}")) for form in ("csv", "json")]
        outlets = sum_outlets(found.reports)
        return pages.render(
            "pickups.html",
            found=found,
            outlets=outlets,
            asked=asked,
            exports=exports,
            complete=reporter.recall_complete(),
        )

    @app.get("/pickup.{form}", include_in_schema=False)
    def export_many(form: Form, asked: Annotated[ReportParameters, Query()]) -> Response:
        found = reporter.collect(asked)
        if form == "json":
            return _send_json(_shape_pickups(found, reporter), reporter.complete_headers())
        left_out = {"Copytaster-Left-Out": str(found.left_out), **reporter.complete_headers()}
        return _send_csv("pickup", PICKUP_COLUMNS, _list_cells(found.reports), left_out)

    @app.get("/measures", include_in_schema=False)
    def measures(asked: Annotated[ReportParameters, Query()]) -> Response:
        found = reporter.collect(asked)
        return pages.render(
            "measures.html",
            found=found,
            m=measure(found.records, found.reports),
            latencies=reporter.read_latencies(),
            asked=asked,
            complete=reporter.recall_complete(),
            exports=[("CSV", asked.href("/measures.csv")), ("JSON", asked.href("/api/v1/measures"))],
        )

    @app.get("/measures.csv", include_in_schema=False)
    def export_measures(asked: Annotated[ReportParameters, Query()]) -> Response:
        found = reporter.collect(asked)
        rows = _list_measures(_shape_measures(found, reporter))
        left_out = {"Copytaster-Left-Out": str(found.left_out), **reporter.complete_headers()}
        return _send_csv("measures", MEASURE_COLUMNS, rows, left_out)


def make_router(reporter: Reporter) -> APIRouter:
    """The calls of reports."""
    router = APIRouter()

    @router.get("/dispatches/{dispatch_id}/pickup", summary="Who picked up a dispatch")
    def show_one(dispatch_id: str, _: Annotated[NoParameters, Query()]) -> PickupShape:
        """Each outlet's copy: how late, how much of the text, which version, with or without credit; null: unknown."""
        return reporter.shape(reporter.report(dispatch_id))

    @router.get("/pickup", summary="Who picked up an agency's dispatches of some days")
    def list_them(asked: Annotated[ReportParameters, Query()]) -> PickupsShape:
        """The same of at most 300 dispatches; `left_out` says how many older ones there are."""
        return _shape_pickups(reporter.collect(asked), reporter)

    @router.get("/measures", summary="Measures of agencies and outlets")
    def measure_them(asked: Annotated[ReportParameters, Query()]) -> MeasuresShape:
        """Time to correction, time to pick-up, share without credit, and wire to desk."""
        return _shape_measures(reporter.collect(asked), reporter)

    return router


def _shape_pickups(found: Collected, reporter: Reporter) -> PickupsShape:
    return PickupsShape(
        dispatches=[report_to_json(report) for report in found.reports],
        outlets=[asdict(line) for line in sum_outlets(found.reports)],
        total=found.total,
        left_out=found.left_out,
        completeness=reporter.describe_complete(),
    )


def _shape_measures(found: Collected, reporter: Reporter) -> MeasuresShape:
    m = measure(found.records, found.reports)
    return MeasuresShape(
        measures={
            "dispatches": m.dispatches,
            "correction_minutes": m.correction_minutes._asdict(),
            "arrival_seconds": m.arrival_seconds._asdict(),
            "pickup_by_agency": [_shape_pickup(one) for one in m.by_agency],
            "pickup_by_owner": [_shape_pickup(one) for one in m.by_owner],
            "credit": asdict(m.credit) | {"share": m.credit.share},
            "credit_by_owner": [asdict(one) | {"share": one.share} for one in m.credit_by_owner],
        },
        wire_to_desk_seconds=reporter.read_latencies(),
        total=found.total,
        left_out=found.left_out,
        completeness=reporter.describe_complete(),
    )


def _shape_pickup(one: Any) -> dict[str, Any]:
    return {"name": one.name, "unknown": one.unknown, **one.delay_minutes._asdict()}


def _list_cells(reports: Sequence[PickupReport]) -> list[tuple[Any, ...]]:
    rows = []
    for report in reports:
        for one in report.pickups:
            data = pickup_to_json(one) | {"dispatch": report.dispatch, "agency": report.agency}
            data |= {"ours": "yes" if one.is_ours else "no", "first": "yes" if one.is_first else "no"}
            rows.append(tuple(data[name] for name in PICKUP_COLUMNS))
    return rows


def _list_measures(shape: MeasuresShape) -> Iterator[tuple[Any, ...]]:
    found = shape.measures
    lines = [("time to correction", "all", "minutes", found["correction_minutes"])]
    lines.append(("source time to arrival", "all", "seconds", found["arrival_seconds"]))
    lines += [("pick-up by agency", one["name"], "minutes", one) for one in found["pickup_by_agency"]]
    lines += [("pick-up by owner", one["name"], "minutes", one) for one in found["pickup_by_owner"]]
    lines += [("arrival to search", one["name"], "seconds", one) for one in shape.wire_to_desk_seconds]
    for name, of, unit, one in lines:
        yield name, of, unit, one["number"], one["p50"], one["p95"], None, one.get("unknown")
    for one in (found["credit"], *found["credit_by_owner"]):
        yield "copies without credit", one["name"], "share", one["copies"], None, None, one["share"], None


def _send_json(shape: BaseModel, headers: dict[str, str]) -> Response:
    return Response(shape.model_dump_json(), media_type="application/json", headers=headers)


def _send_csv(name: str, columns: Sequence[str], rows: Any, headers: dict[str, str]) -> Response:
    named = {"Content-Disposition": f'attachment; filename="{name}.csv"', **headers}
    return Response(write_sheet(columns, rows), media_type="text/csv; charset=utf-8", headers=named)
