"""The keys of bluegreen.yaml, from its JSON Schema: one block for each mapping.

Which keys there are, of which type and with which default, is made. What a page says in the last column is written by
hand where somebody has done so: it may say more, with links, than the schema shows in an editor.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bluegreen.config import json_schema
from bluegreen.reference.blocks import BLOCK, table
from bluegreen.reference.values import Schema, default, kind

HEAD = ("key", "type", "default", "meaning")
_CELLS = re.compile(r"(?<!\\)\|")

Cells = Mapping[str, tuple[str, str]]
"""By key: default and meaning as the page has them."""


def made(page: str) -> dict[str, str]:
    """The table of each mapping, by the name of its model without ``Section``; ``File`` is the file itself."""
    whole = json_schema()
    sections = {name.removesuffix("Section"): one for name, one in whole["$defs"].items()}
    there = {found["name"]: _cells(found[0]) for found in BLOCK.finditer(page)}
    return {name: _table(one, whole, there.get(name, {})) for name, one in {"File": whole, **sections}.items()}


def _cells(block: str) -> Cells:
    rows = [_CELLS.split(line)[1:-1] for line in block.splitlines() if line.startswith("| `")]
    return {row[0].strip(" `"): (row[2].strip(), row[3].replace("\\|", "|").strip()) for row in rows}


def _table(section: Schema, whole: Schema, there: Cells) -> str:
    needed = section.get("required", [])
    rows = []
    for key, schema in section.get("properties", {}).items():
        without, meaning = there.get(key) or ("–", schema.get("description") or _of_reference(schema, whole))
        known = default(schema, key in needed)
        rows.append((f"`{key}`", kind(schema, key), without if known == "–" else known, meaning))
    return table(HEAD, rows)


def _of_reference(schema: Schema, whole: Schema) -> str:
    """A mapping that says nothing of its own says what its kind is for."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return str(whole["$defs"].get(name, {}).get("description", ""))
