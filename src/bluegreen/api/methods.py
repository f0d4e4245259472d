"""Which methods a path takes."""

from __future__ import annotations

import re

from fastapi import FastAPI


def methods_at(app: FastAPI, path: str) -> str:
    """All of them, for the header ``Allow`` (the framework names those of one route only); empty for none."""
    found = {
        method.upper()
        for template, operations in app.openapi()["paths"].items()
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
        for method in operations
    }
    return ", ".join(sorted(found))
