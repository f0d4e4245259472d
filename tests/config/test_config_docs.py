"""The reference of the file is true: its examples parse, its errors are what is printed, it names every key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bluegreen.config import ConfigError, json_schema, parse

PAGE = (Path(__file__).parents[2] / "docs/reference/file.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def whole(example: str) -> str:
    """The example, with what a file needs besides."""
    keys = set(re.findall(r"^(\w+):", example, re.MULTILINE))
    needed = {"app": "shop", "address": "8080", "components": "{web: {run: ./web, receives: /}}"}
    return "".join(f"{key}: {value}\n" for key, value in needed.items() if key not in keys) + example


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_parse(example: str, tmp_path: Path) -> None:
    assert parse(whole(example), folder=tmp_path).components


def test_errors_are_printed_as_shown() -> None:
    shown = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    text = """\
app: shop
address: 8080
components:
  web:
    instnaces: 2
    stop: {signal: TREM, within: 30 s}
    run: ./web
    receives: /
"""
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert str(caught.value) == shown[1].rstrip()


def keys_of(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(keys_of, schema))
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {})) if isinstance(schema.get("properties"), dict) else set()
    return own.union(*map(keys_of, schema.values()))


def test_every_key_is_described() -> None:
    described = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert keys_of(json_schema()) == described
