"""A source that asks a Prometheus server (its HTTP API, v1) for one number."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from bluegreen.checks.fetch import Unread, fetch_json
from bluegreen.checks.said import fit, missing
from bluegreen.checks.sources import Watched
from bluegreen.core.errors import TemporaryError
from bluegreen.core.evidence import Reading
from bluegreen.core.spec import Prometheus

MOST, LEAST = 240, 60
"""Values that a look back asks for; between these as far apart as later readings, so that runs of them compare."""


class PrometheusSource:
    """The one sample that a query gives now. No sample, several, NaN or infinity are missing, never zero."""

    async def read(self, guard: Prometheus, watched: Watched) -> Reading:
        """An instant query. See `bluegreen.checks.sources.Source`."""
        try:
            return Reading(value=_instant(await _ask(guard, "query", {})))
        except Unread as error:
            return missing(str(error), watched)

    async def before(self, guard: Prometheus, watched: Watched, seconds: float) -> Sequence[float]:
        """A range query over the last seconds; times without a value, or with NaN or infinity, are left out."""
        end = time.time()
        step = max(1.0, min(max(guard.every, seconds / MOST), seconds / LEAST))
        span = {"start": f"{end - seconds:.3f}", "end": f"{end:.3f}", "step": f"{step:.3f}"}
        try:
            return _range(await _ask(guard, "query_range", span))
        except Unread as error:
            what = f"The query of the guard `{guard.name}` has no value of before."
            raise TemporaryError(what, why=fit(str(error), watched)) from None


async def _ask(guard: Prometheus, endpoint: str, span: Mapping[str, str]) -> Mapping[str, Any]:
    """The ``data`` of an answer: ``resultType`` and ``result``. Raises Unread."""
    params = {"query": guard.query, "timeout": f"{guard.within:g}s", **span}
    answer = await fetch_json(f"{guard.at}/api/v1/{endpoint}", guard.within, params)
    if not isinstance(answer, dict) or answer.get("status") != "success":
        raise Unread(f"{guard.at} is no Prometheus: it answered something else")
    if answer.get("warnings"):
        # Such as a remote store that did not answer: the value stands for a part of what was asked.
        raise Unread(f"Prometheus warns of its answer: {answer['warnings'][0]}")
    data = answer.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("result"), list):
        raise Unread(f"{guard.at} is no Prometheus: its answer has no result")
    return data


def _instant(data: Mapping[str, Any]) -> float:
    """The number of a scalar, or of a vector of one sample. Raises Unread."""
    result = data["result"]
    if data.get("resultType") == "vector":
        result = _only(result).get("value")
    elif data.get("resultType") != "scalar":
        raise Unread(f"the query gives a {data.get('resultType')}, not one number")
    number = _number(result)
    if not math.isfinite(number):
        raise Unread(f"the query gives {number}, not a number that can be compared")
    return number


def _range(data: Mapping[str, Any]) -> tuple[float, ...]:
    """The numbers of a matrix of one series, in the order of time; none when there is no series. Raises Unread."""
    if data.get("resultType") != "matrix":
        raise Unread(f"the query gives a {data.get('resultType')}, not one number")
    if not data["result"]:
        return ()
    values = _only(data["result"]).get("values")
    if not isinstance(values, list):
        raise Unread("the query gives a histogram, not one number")
    return tuple(number for number in map(_number, values) if math.isfinite(number))


def _only(series: Sequence[Any]) -> Mapping[str, Any]:
    if not series:
        raise Unread("the query gives nothing: no series fits it")
    if len(series) > 1:
        raise Unread(f"the query gives {len(series)} values, not one: add `sum(...)` or more labels")
    if not isinstance(series[0], dict):
        raise Unread("Prometheus' answer cannot be understood")
    return series[0]


def _number(sample: Any) -> float:
    """The value of a sample, ``[time, "value"]``. Raises Unread."""
    try:
        _, text = sample
        return float(text)
    except (TypeError, ValueError):
        raise Unread("the query gives something else than a number, such as a histogram") from None
