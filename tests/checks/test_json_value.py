"""Which number a JSON document has at a path, and what is none."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from bluegreen.checks.json_value import JsonSource
from bluegreen.checks.sources import Watched
from bluegreen.core.evidence import Reading
from bluegreen.core.spec import JsonValue
from tests.checks.serving import Respond, cut, drip, flood, hang_in_the_body, serving, text

WATCHED = Watched({}, None, "/", secrets=("hunter2-hunter2",))
DOCUMENT = '{"depth": 7, "queues": [{"name": "a", "n": 1.5}, {"name": "b", "n": -2}], "none": null, "big": 1e400}'


def read(respond: Respond, path: str = "$.depth", within: float = 30.0) -> Reading:
    with serving(stats=respond) as server:
        guard = JsonValue(f"{server.url}/stats", path, at_most=1.0, within=within)
        reading = asyncio.run(JsonSource().read(guard, WATCHED))
    assert reading.verdict is None
    assert (reading.value is None) == bool(reading.why)
    assert len(reading.why) < 400
    return reading


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.depth", 7),
        ("$['queues'][1].n", -2),
        ("$.queues[-1].n", -2),
        ("$.queues[?@.name == 'a'].n", 1.5),
        ("$..depth", 7),
    ],
)
def test_one_number(path: str, value: float) -> None:
    assert read(text(DOCUMENT), path).value == value


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("$.missing", "names nothing"),
        ("$.queues[9].n", "names nothing"),
        ("$.queues[*].n", "several values"),
        ("$.queues[0].name", "names a text"),
        ("$.queues", "names a list"),
        ("$", "names an object"),
        ("$.none", "names null"),
        ("$.big", "no finite number"),
    ],
)
def test_what_is_not_one_number_is_missing(path: str, why: str) -> None:
    assert why in read(text(DOCUMENT), path).why


@pytest.mark.parametrize(
    ("respond", "path", "why"),
    [
        (text("true"), "$", "names true or false"),
        (text("NaN"), "$", "no finite number"),
        (text("1" + "0" * 400), "$", "no finite number"),
        (text("1" + "0" * 100_000), "$", "no JSON"),
        (text("[" * 100_000), "$.a", "no JSON"),
        (text('{"a":' * 900 + "1" + "}" * 900), "$..b", "nested too deeply"),
        (text("<html>"), "$", "no JSON"),
        (text(""), "$", "no JSON"),
        (text("7", 500), "$", "answered 500"),
        (text('{"error": "hunter2-hunter2"}', 503), "$", "answered 503: ***"),
        (text("7", 302, Location="http://127.0.0.1:1/"), "$", "redirects are not followed"),
        (cut, "$", "cannot be asked"),
        (flood, "$", "more than 1 MB"),
    ],
)
def test_other_answers_are_missing(respond: Respond, path: str, why: str) -> None:
    assert why in read(respond, path).why


@pytest.mark.parametrize("respond", [hang_in_the_body, drip])
def test_a_slow_one_is_missing(respond: Respond) -> None:
    assert "within 0.3 s" in read(respond, within=0.3).why


def test_one_that_is_down_is_missing_and_its_query_is_not_shown() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        guard = JsonValue(f"http://127.0.0.1:{taken.getsockname()[1]}/stats?key=s3cret", "$.a", at_most=1.0)
        why = asyncio.run(JsonSource().read(guard, WATCHED)).why
    assert "/stats cannot be asked" in why
    assert "s3cret" not in why


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl, which makes the certificate, is not installed")
def test_a_certificate_that_nobody_vouches_for_is_missing(tmp_path: Path) -> None:
    key, cert = tmp_path / "key", tmp_path / "cert"
    request = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    names = ("-subj", "/CN=stats", "-addext", "subjectAltName=IP:127.0.0.1")
    subprocess.run(["openssl", *request, *names, "-keyout", key, "-out", cert], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with serving(stats=text("7")) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        guard = JsonValue(f"https{server.url.removeprefix('http')}/stats", "$", at_most=1.0, within=30.0)
        reading = asyncio.run(JsonSource().read(guard, WATCHED))
        assert server.seen == []
    assert reading.value is None
    assert "certificate" in reading.why
