"""Metrics as OpenMetrics text."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response

from bluegreen.api.access import needs
from bluegreen.api.callers import Ours
from bluegreen.api.problems import Problem
from bluegreen.core.access import Right
from bluegreen.engine.families import Buckets, Family

if TYPE_CHECKING:
    from prometheus_client.core import Metric

router = APIRouter(tags=["metrics"])

TEXT: dict[int | str, dict[str, Any]] = {
    200: {"description": "OpenMetrics text", "content": {"application/openmetrics-text": {}}}
}


@router.get("/metrics", response_class=Response, responses=TEXT, openapi_extra=needs(Right.READ, "all"))
async def metrics(engine: Ours) -> Response:
    """Metrics of the controller, its applications and what the proxy has counted, for Prometheus."""
    try:
        from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
    except ImportError:
        raise Problem(
            501,
            "Metrics cannot be told.",
            why="The controller's Python has no prometheus-client.",
            cure="Install it: pip install 'bluegreen[metrics]', then start the controller again.",
        ) from None
    families = await engine.live.metrics()
    # With a hundred applications it takes a fifth of a second, in which a switch would wait.
    text: bytes = await asyncio.to_thread(generate_latest, Collector(families))
    return Response(text, media_type=CONTENT_TYPE_LATEST)


class Collector:
    """Families of ours as those of prometheus-client; nothing is registered anywhere."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        from prometheus_client import core

        made: dict[str, Any] = {
            "counter": core.CounterMetricFamily,
            "gauge": core.GaugeMetricFamily,
            "info": core.InfoMetricFamily,
            "histogram": core.HistogramMetricFamily,
        }
        for family in self._families:
            metric = made[family.kind](family.name, family.help, labels=family.labels)
            for labels, value in family.samples:
                if isinstance(value, Buckets):
                    metric.add_metric(labels, value.cumulative(), value.sum)
                elif family.kind == "info":
                    metric.add_metric(labels, {})
                else:
                    metric.add_metric(labels, value)
            yield metric
