"""Whatever text comes: an application or a ConfigError, whose places lie in the text; nothing else, and soon."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bluegreen.config import ConfigError, parse
from bluegreen.core.spec import AppSpec

SHOP = (Path(__file__).parents[2] / "examples/shop/bluegreen.yaml").read_text()
BITS = st.sampled_from(
    ["\t", " ", "\n", ": ", "- ", "[", "]", "{", "}", "&a ", "*a", "<<: *a", "!!int ", "!x ", "? ", "|", ">", "'",
     '"', "\\u0000", "#", "%", "---\n", "...", "~", "null", "true", ".inf", "9" * 5000, "\0", "\x1b", "\ud800", "é",
     "1e999", "0x", "$PORT", "\x85", "\u2028", "\ufeff", "=", ",", "@", "`"]
)  # fmt: skip
KEYS = st.sampled_from(
    ["app", "address", "hosts", "tls", "components", "web", "run", "ready", "http", "receives", "env", "stop", "signal",
     "verify", "json", "switch", "shift", "hold", "keep", "within", "active", "shared", "headers", "hooks", "other"]
)  # fmt: skip
VALUES = st.sampled_from(["/", "8080", "30s", "100%", "live", "by hand", "shop", "TERM", "127.0.0.1:1", "", "é", "a b"])


def outcome(text: str) -> AppSpec | ConfigError:
    try:
        return parse(text, folder=Path("/nowhere"))
    except ConfigError as error:
        return error


def check(text: str) -> None:
    result = outcome(text)
    if isinstance(result, AppSpec):
        json.dumps([component.env for component in result.components]).encode()
        repr(result).encode()
        return
    assert result.problems
    lines = len(text.splitlines()) + 1
    assert all(1 <= problem.line <= lines and problem.column >= 1 for problem in result.problems)
    assert all(line.isprintable() for line in str(result).split("\n"))
    str(result).encode()


@given(st.text(max_size=200) | st.lists(BITS | st.text(max_size=5), max_size=30).map("".join))
def test_any_text(text: str) -> None:
    check(text)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A right file with pieces cut out, doubled, moved, and replaced."""
    text = SHOP
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        piece = draw(BITS | KEYS | VALUES | st.just("") | st.just(text[start:end] * 2))
        text = text[:start] + piece + text[end:]
    return text


@given(mutated())
@settings(max_examples=300)
def test_mutated_files(text: str) -> None:
    check(text)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | VALUES | st.text(max_size=8)
TREES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=15
)


@given(TREES, st.dictionaries(KEYS, TREES, max_size=5), st.dictionaries(KEYS, TREES, max_size=5))
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_right_keys_with_any_values(verify: Any, web: dict[str, Any], top: dict[str, Any]) -> None:
    data = {
        "app": "shop",
        "address": 8080,
        "verify": [{"http": verify}, verify],
        "components": {"web": {"run": "x", "receives": "/", **web}},
        **top,
    }
    check(yaml.safe_dump(data))
