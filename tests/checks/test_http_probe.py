"""Which instances a probe asks, and what it makes of their answers."""

from __future__ import annotations

import asyncio
import socket

import pytest

from bluegreen.checks.http_probe import HttpProbeSource
from bluegreen.checks.sources import Watched
from bluegreen.core.evidence import Reading
from bluegreen.core.prefixes import longest_prefix
from bluegreen.core.spec import HttpProbe
from bluegreen.core.verdict import Verdict
from tests.checks.serving import Server, cut, flood, hang_in_the_body, serving, text


def probe(instances: dict[str, list[str]], guard: HttpProbe, host: str | None = None) -> Reading:
    return asyncio.run(HttpProbeSource().read(guard, Watched(instances, host, "/", secrets=("hunter2-hunter2",))))


def address(server: Server) -> str:
    return server.url.removeprefix("http://")


def test_every_instance_is_asked_directly() -> None:
    with serving(ok=text("ok", 204)) as one, serving(ok=text("ok", 204)) as other:
        reading = probe({"/": [address(one), address(other)]}, HttpProbe("/ok", 204), "shop.example.com")
        assert (reading.verdict, reading.why) == (Verdict.ALLOW, "2 of 2 instances answered 204")
        for server in (one, other):
            ((method, path, headers),) = server.seen
            assert (method, path, headers["host"]) == ("GET", "/ok", "shop.example.com")


def test_one_that_answers_wrongly_blocks_and_is_named() -> None:
    with serving(ok=text("ok")) as well, serving(ok=text("no", 500)) as ill:
        reading = probe({"/": [address(well), address(ill)]}, HttpProbe("/ok"))
        assert reading.verdict is Verdict.BLOCK
        assert reading.why == f"{address(ill)}: status: expected 200, got 500"
        reading = probe({"/": [address(ill), address(ill)]}, HttpProbe("/ok"))
        assert reading.why.endswith("(and 1 more of 2)")


def test_one_that_is_gone_blocks() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        gone = f"127.0.0.1:{taken.getsockname()[1]}"
        reading = probe({"/": [gone]}, HttpProbe("/ok"))
    assert reading.verdict is Verdict.BLOCK
    assert gone in reading.why


def test_one_that_hangs_breaks_off_or_redirects_blocks() -> None:
    moved = text("", 302, Location="http://127.0.0.1:1/hunter2-hunter2")
    with serving(hang=hang_in_the_body, cut=cut, moved=moved, flood=flood) as server:
        here = {"/": [address(server)]}
        assert "within 0.3 s" in probe(here, HttpProbe("/hang", within=0.3)).why
        assert probe(here, HttpProbe("/hang", within=0.3)).verdict is Verdict.BLOCK
        assert probe(here, HttpProbe("/cut")).verdict is Verdict.BLOCK
        assert probe(here, HttpProbe("/moved")).why.endswith("(to http://127.0.0.1:1/***: redirects are not followed)")
        assert probe(here, HttpProbe("/flood", within=30.0)).verdict is Verdict.ALLOW


def test_without_an_instance_nothing_is_known() -> None:
    for instances in ({}, {"/api": ["127.0.0.1:1"]}, {"/": []}):
        reading = probe(instances, HttpProbe("/ok"))
        assert (reading.verdict, reading.value, reading.why) == (None, None, "no instance takes /ok")


@pytest.mark.parametrize(
    ("path", "prefix"),
    [("/", "/"), ("/x", "/"), ("/api", "/api"), ("/api/items", "/api"), ("/apixyz", "/"), ("/api?a=/v2", "/api"),
     ("/api/v2", "/api/v2"), ("/api/v2/x?y", "/api/v2"), ("/api/v22", "/api")],
)  # fmt: skip
def test_the_longest_prefix_takes_a_path(path: str, prefix: str) -> None:
    assert longest_prefix(path, ["/", "/api", "/api/v2"]) == prefix


def test_a_range_of_answers_may_be_as_good() -> None:
    readiness = HttpProbe("/ok", 200, status_to=399)
    for status, verdict in ((200, Verdict.ALLOW), (204, Verdict.ALLOW), (302, Verdict.ALLOW), (404, Verdict.BLOCK)):
        with serving(ok=text("ok", status)) as server:
            reading = probe({"/": [address(server)]}, readiness)
            assert reading.verdict is verdict
    assert reading.why.endswith("status: expected 200 to 399, got 404")
