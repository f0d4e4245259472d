"""The JSON Schema that editors get."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from bluegreen.config import json_schema
from bluegreen.config.models import FileModel

EXAMPLE = (Path(__file__).parents[2] / "examples/shop/bluegreen.yaml").read_text()


def objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from objects(inner)


def test_it_is_json_of_the_2020_draft() -> None:
    schema = json.loads(json.dumps(json_schema()))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] == "bluegreen.yaml"
    assert schema["required"] == ["app", "address", "components"]


def test_every_key_is_described_and_no_other_is_allowed() -> None:
    sections = [node for node in objects(json_schema()) if isinstance(node.get("properties"), dict)]
    assert len(sections) >= 10
    for section in sections:
        assert section["additionalProperties"] is False
        assert section["description"]
        assert all("description" in described or "$ref" in described for described in section["properties"].values())


def test_it_offers_no_null() -> None:
    assert {"type": "null"} not in list(objects(json_schema()))


def test_references_lead_somewhere() -> None:
    schema = json_schema()
    names = {node["$ref"].removeprefix("#/$defs/") for node in objects(schema) if isinstance(node.get("$ref"), str)}
    assert names
    assert names <= set(schema["$defs"])


def test_examples_of_keys_are_right() -> None:
    small = yaml.safe_load(EXAMPLE)
    for key, described in json_schema()["properties"].items():
        for example in described.get("examples", ()):
            FileModel.model_validate(small | {key: example})


def test_patterns_compile() -> None:
    patterns = [node["pattern"] for node in objects(json_schema()) if isinstance(node.get("pattern"), str)]
    assert len([re.compile(pattern) for pattern in patterns]) > 5


def test_examples_fit_it() -> None:
    jsonschema_rs.validator_for(json_schema()).validate(yaml.safe_load(EXAMPLE))
