"""When two answers say the same, and where they first differ."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.checks.shadow.asking import Answer
from bluegreen.checks.shadow.comparing import Comparison
from bluegreen.core.spec import ShadowCheck

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def said(value: Any, status: int = 200, **more: Any) -> Answer:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Answer(status, "application/json", body=body, **more)


def compare(one: Any, other: Any, **check: Any) -> str | None:
    answers = [each if isinstance(each, Answer) else said(each) for each in (one, other)]
    return Comparison(ShadowCheck(**{"share": 10.0, **check})).difference(*answers)


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, None),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, "$.a[1].b: 2, now 3"),
        ({"a": 1}, {}, "$.a: 1, now missing"),
        ({}, {"a": None}, "$.a: missing, now null"),
        ([1, 2], [1], "$: 2 items, now 1"),
        ([1, 2], [2, 1], "$[0]: 1, now 2"),
        ({"a": True}, {"a": 1}, "$.a: true, now 1"),
        ({"a": 1}, {"a": 1.0}, None),
        # Of long texts that begin alike, what is different is seen.
        ({"a": "x" * 100 + "1"}, {"a": "x" * 100 + "2"}, f'$.a: "…{"x" * 20}1", now "…{"x" * 20}2"'),
        ({"a": "x" * 100}, {"a": "x" * 101}, f'$.a: "…{"x" * 20}", now "…{"x" * 21}"'),
        ({"a": "x" * 100}, {"a": "y"}, '$.a: "' + "x" * 79 + '…, now "y"'),
        (b'{"a": NaN}', b'{"a":  NaN}', None),
        (b"plain", b"plain", None),
        (b"one\ntwo", b"one\nthree", 'line 2: "two", now "three"'),
        (b"one", b"one\n", "3 characters, now 4"),
        (b"{", {"a": 1}, 'line 1: "{", now "{\\"a\\": 1}"'),
        (said({}), said({}, 500), "status 200, now 500"),
        (said(b"", 302, location="/a"), said(b"", 302, location="/b"), 'location: "/a", now "/b"'),
        (said({}), Answer(why="it closed the connection"), "200, now it closed the connection"),
        (Answer(why="gone"), Answer(why="gone"), None),
    ],
)
def test_where_they_differ(one: Any, other: Any, difference: str | None) -> None:
    assert compare(one, other) == difference


@pytest.mark.parametrize(
    ("ignore", "one", "other"),
    [
        ("$.id", {"id": 1, "x": 1}, {"id": 2, "x": 1}),
        ("$.id", {"x": 1}, {"id": 2, "x": 1}),
        ("$..id", {"id": {"id": 1}, "l": [{"id": 1}]}, {"id": {"id": 2}, "l": [{"id": 3}]}),
        ("$.items[*].at", {"items": [{"at": 1, "n": 1}, {"n": 2}]}, {"items": [{"n": 1}, {"at": 3, "n": 2}]}),
        ("$[1]", [1, 2, 3], [1, "two", 3]),
        ("$", {"a": 1}, [2]),
        ("$.a", {"a": 1}, {"a": "text"}),
    ],
)
def test_what_is_ignored_may_differ_or_be_missing(ignore: str, one: Any, other: Any) -> None:
    assert compare(one, other) is not None
    assert compare(one, other, ignore=(ignore,)) is None


def test_a_document_that_is_a_text_is_looked_into_by_no_path() -> None:
    assert compare("[DONE]", "[DONE] ", ignore=("$.id",)) == '$: "[DONE]", now "[DONE] "'
    assert compare("[DONE]", b' "[DONE]"', ignore=("$.id",)) is None


def test_what_stands_beside_what_is_ignored_may_not() -> None:
    assert compare({"id": 1, "x": 1}, {"id": 2, "x": 2}, ignore=("$.id",)) == "$.x: 1, now 2"
    assert compare([1, 2, 3], [9, 2, 4], ignore=("$[0]",)) == "$[2]: 3, now 4"


def test_numbers_may_be_close() -> None:
    assert compare({"p": 100.0}, {"p": 100.9}, tolerance=0.01) is None
    assert compare({"p": 100.0}, {"p": 102.1}, tolerance=0.01) == "$.p: 100.0, now 102.1"
    assert compare({"p": 0}, {"p": 0.001}, tolerance=0.01) is not None
    assert compare({"p": -100}, {"p": 100}, tolerance=0.5) is not None


def test_status_and_text_look_at_less_and_at_more() -> None:
    assert compare({"a": 1}, {"a": 2}, compare="status") is None
    assert compare(said({}), said({}, 404), compare="status") == "status 200, now 404"
    assert compare(b'{"a": 1}', b'{"a":1}', compare="text") is not None


def test_streams_of_events_are_their_data() -> None:
    def stream(*data: str) -> Answer:
        return Answer(200, "text/event-stream; charset=utf-8", body="".join(f"{each}\n\n" for each in data).encode())

    one = stream('data: {"id": 1, "d": "a"}', ": ping", "event: x\ndata: [DONE]")
    other = stream('id: 7\ndata: {"d": "a", "id": 2}', "data: [DONE]")
    assert compare(one, other) == "$[0].id: 1, now 2"
    assert compare(one, other, ignore=("$.id",)) is None
    assert compare(one, stream('data: {"id": 1, "d": "b"}', "data: [DONE]"), ignore=("$.id",)) == '$[0].d: "a", now "b"'


@given(JSON)
def test_every_document_equals_itself(value: Any) -> None:
    assert compare(value, json.loads(json.dumps(value))) is None


@given(JSON, JSON)
def test_the_order_of_the_two_says_nothing(one: Any, other: Any) -> None:
    assert (compare(one, other) is None) == (compare(other, one) is None)


def test_documents_that_are_made_to_break_it_are_compared_as_text() -> None:
    deep = b"[" * 100_000
    assert compare(deep, deep + b"]") is not None
    nested = b"[" * 900 + b"]" * 900
    assert compare(nested, nested + b" ") in (None, "1800 characters, now 1801")
    assert compare(b'{"a": 1e999}', b'{"a": ' + b"9" * 400 + b"}", tolerance=0.1) is not None
