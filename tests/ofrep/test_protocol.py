"""OFREP 0.3 over HTTP, by its own schema and by the official provider for Python."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason

from tests.ofrep.serving import Serving, serving

ONE, ALL = "/ofrep/v1/evaluate/flags/", "/ofrep/v1/evaluate/flags"
USER = {"context": {"targetingKey": "u", "email": "x@example.com"}}
OURS = {"if": [{"ends_with": [{"var": "email"}, "@example.com"]}, "on"]}
FLAGS: dict[str, Any] = {
    "flags": {
        "beta": {
            "state": "ENABLED",
            "variants": {"on": True, "off": False},
            "defaultVariant": "off",
            "targeting": OURS,
            "metadata": {"owner": "web"},
        },
        "title": {"state": "ENABLED", "variants": {"a": "Lämpen"}, "defaultVariant": "a"},
        "limit": {"state": "ENABLED", "variants": {"a": 3}, "defaultVariant": "a"},
        "ratio": {"state": "ENABLED", "variants": {"a": 0.5, "b": 1}, "defaultVariant": "b"},
        "theme": {"state": "ENABLED", "variants": {"a": {"dark": True}}, "defaultVariant": "a"},
        "off": {"state": "DISABLED", "variants": {"a": "x"}, "defaultVariant": "a"},
        "own": {"state": "ENABLED", "variants": {"a": "x"}},
        "broken": {"state": "ENABLED", "variants": {"a": "x"}, "targeting": {"if": [True, "z"]}},
        "path/of a flag": {"state": "ENABLED", "variants": {"a": "x"}, "defaultVariant": "a"},
    }
}


def write(folder: Path, flags: dict[str, Any]) -> Path:
    file = folder / "flags.json"
    file.write_text(json.dumps(flags, ensure_ascii=False), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(write(tmp_path_factory.mktemp("flags"), FLAGS)) as found:
        yield found


@pytest.fixture(scope="module")
def provider(server: Serving) -> Any:
    api.set_provider(OFREPProvider(server.url), domain="ofrep")
    return api.get_client(domain="ofrep")


def test_the_official_provider_gets_every_type(provider: Any) -> None:
    ours, others = EvaluationContext("u", {"email": "x@example.com"}), EvaluationContext("u")
    matched = provider.get_boolean_details("beta", False, ours)
    assert (matched.value, matched.variant, matched.reason) == (True, "on", Reason.TARGETING_MATCH)
    assert matched.flag_metadata == {"owner": "web"}
    assert provider.get_boolean_details("beta", True, others).reason == Reason.UNKNOWN
    assert provider.get_string_value("title", "none") == "Lämpen"
    assert provider.get_integer_value("limit", 0) == 3
    assert provider.get_float_value("ratio", 0.0) == 1.0
    assert provider.get_object_value("theme", {}) == {"dark": True}
    assert provider.get_string_value("path/of a flag", "none") == "x"


def test_the_official_provider_takes_the_codes_default_where_there_is_no_value(provider: Any) -> None:
    for name, reason in (("off", Reason.DISABLED), ("own", Reason.UNKNOWN)):
        details = provider.get_string_details(name, "code")
        assert (details.value, details.reason, details.error_code) == ("code", reason, None)


def test_the_official_provider_reads_every_error(provider: Any) -> None:
    assert provider.get_string_details("none", "code").error_code == ErrorCode.FLAG_NOT_FOUND
    broken = provider.get_string_details("broken", "code")
    assert (broken.value, broken.error_code) == ("code", ErrorCode.GENERAL)
    assert "variants" in broken.error_message
    assert provider.get_boolean_details("title", True).error_code == ErrorCode.TYPE_MISMATCH


@pytest.mark.parametrize("key", [*FLAGS["flags"], "none"])
def test_every_single_answer_is_as_the_protocol_has_it(server: Serving, key: str) -> None:
    status, headers, answer = server.ask(ONE + key.replace(" ", "%20"), USER)
    assert headers["content-type"] == "application/json"
    check_outcome(answer, {200: None, 404: "FLAG_NOT_FOUND", 400: "GENERAL"}[status])
    assert answer["key"] == key


def check_outcome(answer: dict[str, Any], error: str | None) -> None:
    """``evaluationSuccess`` and ``evaluationFailure`` of the protocol's openapi.yaml."""
    if error is not None:
        assert set(answer) == {"key", "errorCode", "errorDetails"}
        assert answer["errorCode"] == error
        return
    assert {"key", "reason", "variant"} <= set(answer) <= {"key", "reason", "variant", "value", "metadata"}
    assert answer["reason"] in ("STATIC", "TARGETING_MATCH", "SPLIT", "DISABLED", "UNKNOWN")
    assert isinstance(answer["variant"], str)
    assert isinstance(answer.get("value", ""), bool | str | int | float | dict)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "PARSE_ERROR"),
        (b"\xff", "PARSE_ERROR"),
        (b"[" * 50_000, "PARSE_ERROR"),
        (b"[]", "INVALID_CONTEXT"),
        (b'{"context": 1}', "INVALID_CONTEXT"),
        (b'{"context": {"targetingKey": 1}}', "INVALID_CONTEXT"),
        (b'{"context": {"x": "' + b"a" * 70_000 + b'"}}', "INVALID_CONTEXT"),
    ],
)
def test_a_request_that_is_none_is_refused(server: Serving, body: bytes, code: str) -> None:
    status, _, answer = server.ask(f"{ONE}title", body)
    assert (status, answer["key"], answer["errorCode"]) == (400, "title", code)
    status, _, answer = server.ask(ALL, body)
    assert (status, answer["errorCode"], "key" in answer) == (400, code, False)


def test_a_request_without_context_is_one_about_nobody(server: Serving) -> None:
    assert server.ask(f"{ONE}title", {})[2]["value"] == "Lämpen"


def test_the_bulk_answer_has_every_flag_and_is_not_sent_twice(server: Serving) -> None:
    status, headers, answer = server.ask(ALL, USER)
    assert status == 200
    by_key = {outcome["key"]: outcome for outcome in answer["flags"]}
    assert by_key.keys() == FLAGS["flags"].keys()
    for key, outcome in by_key.items():
        check_outcome(outcome, "GENERAL" if key == "broken" else None)
    assert by_key["beta"]["value"] is True
    status, again, nothing = server.ask(ALL, USER, If_None_Match=headers["etag"])
    assert (status, again["etag"], nothing) == (304, headers["etag"], {})
    other = {"context": {"targetingKey": "u"}}
    assert server.ask(ALL, other, If_None_Match=headers["etag"])[0] == 200, "another user has another answer"
    assert server.ask(f"{ALL}?flagConfigEtag=x&flagConfigLastModified=1", USER)[0] == 200


def events(port: int, path: str, known: str | None, seconds: float) -> list[str]:
    """The lines of the stream's first seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers={"Last-Event-ID": known} if known else {})
    answer = connection.getresponse()
    assert answer.getheader("content-type", "").startswith("text/event-stream")
    connection.sock.settimeout(seconds)
    lines = []
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            lines.append(answer.readline().decode().rstrip("\n"))
    except TimeoutError:
        pass
    connection.close()
    return lines


def test_the_change_stream_tells_who_comes_back_with_other_flags(tmp_path: Path) -> None:
    with serving(write(tmp_path, FLAGS)) as server:
        (stream,) = server.ask(ALL, USER)[2]["eventStreams"]
        assert stream["type"] == "sse"
        path = stream["endpoint"]["requestUri"]
        first = events(server.port, path, None, 0.5)
        assert not any(line.startswith("data:") for line in first), "nothing has changed for who has just come"
        known = next(line for line in first if line.startswith("id: ")).removeprefix("id: ")
        again = events(server.port, path, known, 0.5)
        assert not any(line.startswith("data:") for line in again)
        port = server.port
    changed = json.loads(json.dumps(FLAGS))
    changed["flags"]["title"]["variants"]["a"] = "Lamps"
    with serving(write(tmp_path, changed), port) as server:
        lines = events(server.port, path, known, 0.5)
        (data,) = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
        assert data["type"] == "refetchEvaluation"
        assert "event: message" in lines


def test_it_ends_at_once_though_a_stream_is_open(tmp_path: Path) -> None:
    with serving(write(tmp_path, FLAGS)) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request("GET", "/ofrep/v1/events")
        answer = connection.getresponse()
        answer.readline()
        server.process.terminate()
        server.process.wait(10)
        rest = answer.read()
        assert b"data:" not in rest


def test_a_file_that_is_no_flag_set_ends_it_with_the_reason(tmp_path: Path) -> None:
    import subprocess
    import sys

    file = tmp_path / "flags.json"
    file.write_text('{"flags": {"f": {"state": "ON", "variants": {"a": 1}}}}')
    command = [sys.executable, "-m", "bluegreen.ofrep", str(file)]
    ended = subprocess.run(command, env={"PORT": "1"}, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "does not take the flag set" in ended.stderr
