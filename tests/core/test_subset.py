"""Where a JSON value first differs from what is expected of it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.core.subset import first_difference


@pytest.mark.parametrize(
    ("expected", "actual", "difference"),
    [
        ({"count": 3}, {"count": 3, "more": 1}, None),
        ({}, {"a": 1}, None),
        ({"a": None}, {"a": None}, None),
        (1, 1.0, None),
        ({"count": 3}, {"count": 4}, "$.count: expected 3, got 4"),
        ({"count": 3}, {}, "$.count: expected 3, it is missing"),
        ({"a": None}, {}, "$.a: expected null, it is missing"),
        ({"a": None}, {"a": 0}, "$.a: expected null, got 0"),
        ({"count": 1}, {"count": True}, "$.count: expected 1, got true"),
        ({"count": False}, {"count": 0}, "$.count: expected false, got 0"),
        ({"count": "3"}, {"count": 3}, '$.count: expected "3", got 3'),
        (
            {"items": [{}, {}, {"count": 3}]},
            {"items": [{"x": 1}, {}, {"count": 4}]},
            "$.items[2].count: expected 3, got 4",
        ),
        ([1, 2], [1, 2, 3], "$: expected 2 items, got 3"),
        ([1, 2], [1], "$: expected 2 items, got 1"),
        ([1], {"0": 1}, '$: expected [1], got {"0": 1}'),
        ({"a": 1}, [1], '$: expected {"a": 1}, got [1]'),
        ({"odd key": {"b": 1}}, {"odd key": {"b": 2}}, '$["odd key"].b: expected 1, got 2'),
        ({"a": "ü"}, {"a": "x"}, '$.a: expected "ü", got "x"'),
    ],
)
def test_first_difference(expected: Any, actual: Any, difference: str | None) -> None:
    assert first_difference(expected, actual) == difference


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


def with_more_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {**{key: with_more_keys(inner) for key, inner in value.items()}, "one key more": 1}
    return [with_more_keys(inner) for inner in value] if isinstance(value, list) else value


@given(values)
def test_more_keys_never_matter(value: Any) -> None:
    assert first_difference(value, with_more_keys(value)) is None


@given(values, values)
def test_only_what_differs_differs(expected: Any, actual: Any) -> None:
    before = copy.deepcopy((expected, actual))
    same_both_ways = first_difference(expected, actual) is None and first_difference(actual, expected) is None
    assert same_both_ways == (repr(_sorted(expected)) == repr(_sorted(actual)))
    assert (expected, actual) == before


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(inner) for inner in value] if isinstance(value, list) else value
