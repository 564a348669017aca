"""The part of `/metrics` that says how busy the crawl of this process is; all zero on standby."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric

    from copytaster.schedule.load import CrawlLoad

LANES = ("quick", "slow")
SHARES = (0.5, 0.95)


def describe_load(load: CrawlLoad) -> Iterator[Metric]:
    """Places, sources that wait for one, jobs that wait for a parser, and the delay of starts."""
    places = GaugeMetricFamily(
        "copytaster_crawl_places",
        "Places for crawls at once: free, held by slow sources, held by others.",
        labels=["state"],
    )
    places.add_metric(["free"], load.places - load.busy)
    places.add_metric(["slow"], load.slow)
    places.add_metric(["busy"], load.busy - load.slow)
    yield places
    yield GaugeMetricFamily(
        "copytaster_sources_waiting", "Due sources for which no place is free.", value=load.waiting
    )
    parsers = GaugeMetricFamily(
        "copytaster_parse_waiting", "Pages and feeds that wait for a parser, by lane.", labels=["lane"]
    )
    for lane in LANES:
        parsers.add_metric([lane], load.parse_waiting.get(lane, 0))
    yield parsers
    delays = GaugeMetricFamily(
        "copytaster_start_delay_seconds",
        "From the planned time of a crawl to its start; of the latest thousand.",
        labels=["quantile"],
    )
    for share in SHARES:
        delays.add_metric([str(share)], load.delay_s(share))
    yield delays
