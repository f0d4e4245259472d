"""Calls of a model server, as a file writes them: ``METHOD /path {"json": "..."}``."""

from __future__ import annotations

import json
import re

from bluegreen.config import paths
from bluegreen.config.problems import Wrong
from bluegreen.core.model_specs import PLACES, Call

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_CALL = re.compile(r"\s*(?P<method>[A-Za-z]+)\s+(?P<path>\S+)(?:\s+(?P<body>.+?))?\s*", re.DOTALL)
_EXAMPLE = 'such as `POST /v1/load {"model": "{name}", "from": "{source}"}`'


def call(value: object) -> Call:
    """The call that a text describes. Raises Wrong."""
    found = _CALL.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Wrong("must be a call: a method, a path and, if need be, JSON", _EXAMPLE)
    method = found["method"].upper()
    if method not in METHODS:
        raise Wrong(f"`{found['method'][:40]}` is not a method that can be used here", "one of " + ", ".join(METHODS))
    bare = found["path"]
    for place in PLACES:
        bare = bare.replace(place, "x")
    paths.request_path(bare)
    return Call(method, found["path"], None if found["body"] is None else _json(found["body"]))


def _json(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Wrong(f"what follows the path is not JSON: {error}", _EXAMPLE) from None
    return value
