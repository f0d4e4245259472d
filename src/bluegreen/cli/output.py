"""Printing: JSON for scripts, plain text for people, errors with their cure."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from bluegreen.cli.exits import exit_of_error
from bluegreen.core.errors import BluegreenError
from bluegreen.core.output import printable


def print_json(value: Any, *, line: bool = False) -> None:
    """One JSON value; ``line``: on one line, for streams of them."""
    print(json.dumps(value, indent=None if line else 2, ensure_ascii=False), flush=True)


def print_error(error: BluegreenError, *, as_json: bool) -> None:
    """What happened, why and what to do, on stderr; with ``as_json`` also as an object on stdout."""
    print(f"error: {printable(str(error))}", file=sys.stderr)
    if as_json:
        said = {"what": error.what, "why": error.why, "cure": error.cure}
        print_json({"error": said, "exit": int(exit_of_error(error))})


def print_notice(app: str, answer: Mapping[str, Any], otherwise: str, *, as_json: bool) -> None:
    """What the controller notes about a request that it carried out; ``otherwise`` where it notes nothing."""
    if as_json:
        print_json({"app": app, **answer})
    else:
        print(printable(answer.get("notice") or otherwise))
