"""YAML text into nodes that know their line and column: YAML 1.2's core types, bounded depth and size."""

from __future__ import annotations

import re
from typing import Any

import yaml

DEPTH = 40
"""Levels of nesting; the file's own format needs six, a check's ``json`` may need more."""
NODES = 10_000

NULL = "tag:yaml.org,2002:null"
BOOL = "tag:yaml.org,2002:bool"
INT = "tag:yaml.org,2002:int"
FLOAT = "tag:yaml.org,2002:float"
STR = "tag:yaml.org,2002:str"
MAP = "tag:yaml.org,2002:map"
SEQ = "tag:yaml.org,2002:seq"


class Loader(yaml.SafeLoader):
    """Composes nodes only. YAML 1.1, PyYAML's default, reads ``no``, ``12:30`` and dates as what nobody meant."""

    yaml_implicit_resolvers = {}  # noqa: RUF012

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._nodes += 1
        self._depth += 1
        if self._depth > DEPTH:
            raise self._too_much(f"nested more than {DEPTH} levels deep")
        if self._nodes > NODES:
            raise self._too_much(f"more than {NODES:,} values in one file")
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def _too_much(self, what: str) -> yaml.MarkedYAMLError:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        return yaml.MarkedYAMLError(problem=what, problem_mark=event.start_mark)


Loader.add_implicit_resolver(NULL, re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
Loader.add_implicit_resolver(BOOL, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
Loader.add_implicit_resolver(INT, re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"), list("-+0123456789"))
Loader.add_implicit_resolver(
    FLOAT,
    re.compile(
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    ),
    list("-+0123456789."),
)
