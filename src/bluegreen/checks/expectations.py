"""What an HTTP check expects of an answer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from bluegreen.core.spec import HttpCheck
from bluegreen.core.subset import first_difference
from bluegreen.system.pattern import is_found


async def disappointment(check: HttpCheck, status: int, headers: Mapping[str, str], body: bytes) -> str | None:
    """Why an answer is not what the check expects, the first reason only; None when it is.

    Raises:
        re.error: the check's expression is none.
    """
    pattern = re.compile(check.matches) if check.matches is not None else None
    if not check.status <= status <= (check.status_to or check.status):
        aim = f" (to {headers['location']}: redirects are not followed)" if "location" in headers else ""
        expected = f"{check.status} to {check.status_to}" if check.status_to else str(check.status)
        return f"status: expected {expected}, got {status}{aim}"
    for name, value in check.headers.items():
        if name not in headers:
            return f"header {name}: expected {value!r}, it is missing"
        if headers[name] != value:
            return f"header {name}: expected {value!r}, got {headers[name]!r}"
    text = body.decode("utf-8", "replace")
    if check.json is not None and (difference := _json_difference(check, text)):
        return difference
    if pattern is not None and not await is_found(pattern, text):
        return f"body: {check.matches!r} is not found in its {len(body)} bytes"
    return None


def _json_difference(check: HttpCheck, text: str) -> str | None:
    try:
        return first_difference(check.json, json.loads(text))
    except (ValueError, RecursionError) as error:
        return f"body: expected JSON, got something else ({error})"
