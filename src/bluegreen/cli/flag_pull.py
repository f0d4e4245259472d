"""Writes flags that are in force into a flag file, and leaves the rest of it as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bluegreen.config.flag_file import read_flag_file
from bluegreen.core.errors import InvalidInput
from bluegreen.core.flag_changes import flag_changes
from bluegreen.core.flag_sets import canonical
from bluegreen.system.atomic import replace_file


def pulled(file: Path, found: Mapping[str, Any]) -> list[str]:
    """Bring a flag file in line with the flags of a release; what changed in it, in words.

    Its order and indentation stay. Raises InvalidInput: the release has no flags, or the file cannot be written.
    """
    if found["document"] is None:
        raise InvalidInput(f"{found['release']} has no flags.", cure="Deploy first.")
    before = read_flag_file(file)
    changes = flag_changes(canonical(before), canonical(found["document"]))
    if changes:
        text = json.dumps(_ordered_as(before, found["document"]), indent=_indent(file), ensure_ascii=False) + "\n"
        try:
            replace_file(file, text.encode(), mode=file.stat().st_mode & 0o777)
        except OSError as error:
            raise InvalidInput(f"{file} cannot be written.", why=str(error)) from error
    return [str(change) for change in changes]


def _ordered_as(before: Any, after: Any) -> Any:
    """The second value with its keys in the order that the first one has, new ones last."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return after
    keys = [key for key in before if key in after] + [key for key in after if key not in before]
    return {key: _ordered_as(before.get(key), after[key]) for key in keys}


def _indent(file: Path) -> int | str:
    """How the first line that is indented is: a number of spaces, or tabs."""
    first = re.search(r"\n([ \t]+)", file.read_text(encoding="utf-8-sig"))
    return first[1] if first else 2
