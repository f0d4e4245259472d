"""How soon a bad release would be found: the simulation, and its sentence."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from bluegreen.core.evidence import Baseline
from bluegreen.core.forecast import Found, _poisson, forecast, in_words
from bluegreen.core.spec import HttpProbe, Watch

RATES = (0.02, 0.005, 0.002)
WATCH = Watch(duration=300.0)


def before(requests_per_second: float) -> Baseline:
    requests = int(3600 * requests_per_second)
    return Baseline(3600.0, requests, int(requests * 0.0005))


def found(watch: Watch, per_second: float, seed: int = 0) -> list[float]:
    answers = forecast(watch, before(per_second), per_second, RATES, random.Random(seed).random)
    assert [answer.rate for answer in answers] == list(RATES)
    return [float("inf") if answer.seconds is None else answer.seconds for answer in answers]


@pytest.mark.parametrize("per_second", [5.0, 52.0, 500.0])
def test_worse_releases_are_found_sooner(per_second: float) -> None:
    bad, less, little = found(WATCH, per_second)
    assert bad < less <= little


def test_more_traffic_finds_sooner() -> None:
    assert found(WATCH, 500.0)[0] < found(WATCH, 52.0)[0] < found(WATCH, 5.0)[0] < float("inf")


def test_a_few_requests_find_nothing() -> None:
    assert found(WATCH, 1 / 60) == [float("inf")] * 3


def test_without_traffic_or_a_guard_of_errors_nothing_is_found() -> None:
    none = [Found(rate, None) for rate in RATES]
    assert forecast(WATCH, Baseline(), 0.0, RATES, random.Random(1).random) == none
    probes = Watch(guards=(HttpProbe("/"),))
    assert forecast(probes, before(50.0), 50.0, RATES, random.Random(1).random) == none
    assert forecast(WATCH, Baseline(), 50.0, RATES, random.Random(1).random) == none


def test_bursts_before_make_it_later() -> None:
    bursty = replace(before(52.0), tempering=0.3)
    answers = forecast(WATCH, bursty, 52.0, (0.02,), random.Random(0).random)
    assert answers[0].seconds is None or answers[0].seconds > found(WATCH, 52.0)[0]


def test_a_holdback_is_part_of_the_forecast() -> None:
    assert found(replace(WATCH, holdback=5), 500.0)[0] > found(WATCH, 500.0)[0]


def test_a_watch_of_a_day_is_simulated_in_as_many_steps() -> None:
    calls = 0

    def draw() -> float:
        nonlocal calls
        calls += 1
        return 0.5

    forecast(Watch(duration=86_400.0), before(0.01), 0.01, RATES, draw)
    assert calls < 100_000


@pytest.mark.parametrize("mean", [0.01, 0.7, 5.0, 29.0, 40.0, 3000.0])
def test_counts_are_drawn_from_poissons_distribution(mean: float) -> None:
    draw = random.Random(4).random
    drawn = np.array([_poisson(mean, draw) for _ in range(4000)])
    points = stats.poisson.ppf([0.1, 0.5, 0.9], mean)
    for point in points:
        assert (drawn <= point).mean() == pytest.approx(stats.poisson.cdf(point, mean), abs=0.04)


def test_the_sentence_is_that_of_the_issue() -> None:
    words = in_words(WATCH, 52.3, [Found(0.02, 8.0), Found(0.005, 103.0), Found(0.002, None)])
    assert words == (
        "At your traffic of the last hour (52 requests a second), an error rate of 2 % would be found in about 8 s, "
        "0.5 % in 100 s; 0.2 % will not be found in 5 min."
    )


def test_the_sentence_when_nothing_or_all_is_found() -> None:
    assert in_words(WATCH, 0.02, [Found(0.02, None), Found(0.005, None)]) == (
        "At your traffic of the last hour (0.02 requests a second), an error rate of 2 % or 0.5 % will not be found "
        "in 5 min."
    )
    assert in_words(WATCH, 5000.0, [Found(0.02, 3.0)]).endswith("an error rate of 2 % would be found in about 3 s.")
