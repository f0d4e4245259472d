"""The JSON Schema of ``bluegreen.yaml``, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

from bluegreen.config.models import FileModel


def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12. It knows the shape of the file, not the rules between its keys."""
    schema = FileModel.model_json_schema()
    tidy = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_tidied(schema)}
    tidy["title"] = "bluegreen.yaml"
    return tidy


def _tidied(node: Any) -> Any:
    """Without what pydantic adds for Python: null for what may be left out, and the names of classes."""
    if isinstance(node, list):
        return [_tidied(item) for item in node if item != {"type": "null"}]
    if not isinstance(node, dict):
        return node
    tidy = {key: _tidied(value) for key, value in node.items() if not (key == "default" and value is None)}
    if isinstance(tidy.get("title"), str):
        del tidy["title"]
    choices = tidy.get("anyOf")
    if isinstance(choices, list) and len(choices) == 1:
        del tidy["anyOf"]
        tidy = {**choices[0], **tidy}
    return tidy
