"""What the Prometheus source makes of a real Prometheus, and of everything else that may answer in its place."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs

import pytest

from bluegreen.checks.prometheus import PrometheusSource
from bluegreen.checks.sources import Watched
from bluegreen.core.errors import TemporaryError
from bluegreen.core.evidence import Reading
from bluegreen.core.spec import Prometheus
from tests.checks.prometheus import real_prometheus
from tests.checks.serving import Respond, cut, drip, flood, hang_in_the_body, serving, text

WATCHED = Watched({}, None, "/", secrets=("hunter2-hunter2",))


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real_prometheus(tmp_path_factory.mktemp("prometheus")) as url:
        yield url


def read(at: str, query: str, within: float = 30.0) -> Reading:
    reading = asyncio.run(PrometheusSource().read(Prometheus(query, at, at_most=1.0, within=within), WATCHED))
    assert reading.verdict is None
    assert (reading.value is None) == bool(reading.why)
    assert len(reading.why) < 400
    return reading


def before(at: str, query: str, seconds: float = 10.0, within: float = 30.0) -> Sequence[float]:
    return asyncio.run(PrometheusSource().before(Prometheus(query, at, 2.0, within=within), WATCHED, seconds))


@pytest.mark.parametrize(
    ("query", "value"),
    [("queue_length", 7), ("sum(jobs)", 3), ('jobs{queue="b"}', 2), ("scalar(queue_length)", 7), ("6 * 7", 42),
     ("queue_length > 5", 7)],
)  # fmt: skip
def test_one_number(at: str, query: str, value: float) -> None:
    assert read(at, query).value == value


def test_a_rate(at: str) -> None:
    rate = read(at, "sum(rate(orders_total[5s]))").value
    assert rate is not None
    assert rate > 0


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("no_such_metric", "no series fits it"),
        ("queue_length > 100", "no series fits it"),
        ("temperature", "nan"),
        ("0 / 0", "nan"),
        ("1 / 0", "inf"),
        ("sum(rate(orders_total[5s])) / sum(no_such_metric)", "no series fits it"),
        ("queue_length / (queue_length - 7)", "inf"),
        ("jobs", "2 values, not one"),
        ("jobs[1m]", "gives a matrix"),
        ("'text'", "gives a string"),
        ("sum(rate(orders_total[1m])", "answered 400: invalid parameter"),
        ("jobs * on(job) jobs", "answered 422"),
    ],
)
def test_what_is_not_one_number_is_missing(at: str, query: str, why: str) -> None:
    assert why in read(at, query).why


def test_what_was_before(at: str) -> None:
    end = time.monotonic() + 30
    while len(found := before(at, "queue_length")) < 3:
        assert time.monotonic() < end, f"only {found} so far"
        time.sleep(0.2)
    assert set(found) == {7.0}
    times = before(at, "time()", 100)
    assert list(times) == sorted(times)
    assert times[-1] == pytest.approx(time.time(), abs=30)


@pytest.mark.parametrize(
    ("seconds", "every", "values"),
    [(3600, 15, 240), (3600, 30, 120), (3600, 1, 240), (3600, 300, 60), (120, 15, 60), (10, 15, 10)],
)
def test_what_was_before_is_as_far_apart_as_later_readings(at: str, seconds: int, every: int, values: int) -> None:
    guard = Prometheus("vector(1)", at, 2.0, every=every, within=30.0)
    found = asyncio.run(PrometheusSource().before(guard, WATCHED, seconds))
    assert len(found) in (values, values + 1)  # one or both ends


@pytest.mark.parametrize("query", ["no_such_metric", "temperature"])
def test_nothing_before(at: str, query: str) -> None:
    assert before(at, query) == ()


@pytest.mark.parametrize("query", ["sum(", "jobs", "jobs * on(job) jobs", "jobs[1m]"])
def test_a_question_about_before_that_is_refused(at: str, query: str) -> None:
    with pytest.raises(TemporaryError) as caught:
        before(at, query)
    assert caught.value.why


def answer(data: Any, **more: Any) -> Respond:
    return text(json.dumps({"status": "success", "data": data, **more}))


def vector(*values: Any) -> dict[str, Any]:
    return {"resultType": "vector", "result": [{"metric": {}, "value": [1, value]} for value in values]}


OTHERS: dict[str, tuple[Respond, str]] = {
    "slow": (hang_in_the_body, "did not answer within 0.3 s"),
    "dripping": (drip, "did not answer within 0.3 s"),
    "cut": (cut, "cannot be asked"),
    "an overloaded proxy": (text("<h1>Bad Gateway</h1>", 502), "answered 502"),
    "elsewhere": (text("", 302, Location="http://127.0.0.1:1/"), "redirects are not followed"),
    "a page": (text("<html>"), "no JSON"),
    "nothing": (text(""), "no JSON"),
    "half": (text('{"status": "success", '), "no JSON"),
    "deep": (text("[" * 100_000), "no JSON"),
    "another server": (text('{"hello": "world"}'), "is no Prometheus"),
    "a list": (text("[]"), "is no Prometheus"),
    "an error in 200": (text('{"status": "error", "error": "busy"}'), "is no Prometheus"),
    "no data": (answer(None), "no result"),
    "a warning": (answer(vector("1"), warnings=["remote store is away"]), "remote store is away"),
    "a histogram": (answer({"resultType": "vector", "result": [{"histogram": [1, {}]}]}), "such as a histogram"),
    "a word": (answer(vector("many")), "something else than a number"),
    "null": (answer(vector(None)), "something else than a number"),
    "odd samples": (answer({"resultType": "vector", "result": [7]}), "cannot be understood"),
    "an odd scalar": (answer({"resultType": "scalar", "result": []}), "something else than a number"),
    "NaN": (answer(vector("NaN")), "nan"),
    "infinity": (answer(vector("-Inf")), "inf"),
    "an empty vector": (answer(vector()), "no series fits it"),
    "a secret": (text('{"error": "hunter2-hunter2"}', 500), "answered 500: ***"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_answers_are_missing(kind: str) -> None:
    respond, why = OTHERS[kind]
    query = "/api/v1/query?query=up&timeout="
    with serving() as server:
        within = 0.3 if "within" in why else 30.0
        server.paths[f"{query}{within:g}s"] = respond
        assert why in read(server.url, "up", within).why


def test_a_flood_is_missing() -> None:
    with serving() as server:
        server.paths["/api/v1/query?query=up&timeout=30s"] = flood
        assert "more than 1 MB" in read(server.url, "up").why


def test_one_that_is_down_is_missing() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert "cannot be asked" in read(url, "up").why
        with pytest.raises(TemporaryError, match="no value of before") as caught:
            before(url, "up")
    assert "cannot be asked" in caught.value.why


def test_a_path_before_the_api_and_any_query_arrive() -> None:
    with serving() as server:
        read(f"{server.url}/prom", 'sum(x{a=~"b+&c"}) # d')
        path, _, query = server.seen[0][1].partition("?")
        assert path == "/prom/api/v1/query"
        assert parse_qs(query, strict_parsing=True) == {"query": ['sum(x{a=~"b+&c"}) # d'], "timeout": ["30s"]}
