"""Printing: JSON for scripts, plain text for people, errors with their cure."""

from __future__ import annotations

import json
import sys
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
