"""The matrix of roles and operations, from the OpenAPI document and the roles."""

from __future__ import annotations

from bluegreen.api.access import ON, OPEN, RIGHT
from bluegreen.core.access import RIGHTS, Right, Role
from bluegreen.reference.api import WHERE, document
from bluegreen.reference.blocks import table


def matrix() -> str:
    """A line for each operation: what it needs, and which roles have it."""
    rows = []
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            right, on = operation[RIGHT], operation.get(ON, "")
            name = f"`{method.upper()} {path}`"
            if right == OPEN:
                rows.append((name, "what is sent decides", *("–" for _ in Role)))
            else:
                has = ("yes" if Right(right) in RIGHTS[role] else "no" for role in Role)
                rows.append((name, f"*{right}* {WHERE[on]}", *has))
    return table(("operation", "needs", *map(str, Role)), rows)


def made(_page: str = "") -> dict[str, str]:
    return {"matrix": matrix()}
