"""Reading a little of an unknown folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

LARGEST = 256 * 1024
"""Characters that are looked at of one file."""
MOST = 300
"""Source files that are looked at."""

_SKIPPED = {"node_modules", "venv", "env", "tests", "test", "migrations", "dist", "build", "__pycache__", "vendor"}
_HEALTH = ("/healthz", "/health", "/readyz", "/livez", "/api/healthz", "/api/health", "/up", "/ping")


def text_of(path: Path) -> str:
    """The beginning of a file, without characters that YAML cannot hold; empty when it cannot be read."""
    try:
        if not path.is_file():
            return ""
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(LARGEST)
    except OSError:
        return ""
    return "".join(char for char in text if char.isprintable() or char in "\n\t")


def sources(folder: Path, *suffixes: str) -> Iterator[tuple[Path, str]]:
    """Relative path and text of source files down to the third level, the upper ones first."""
    count = 0
    for pattern in ("*", "*/*", "*/*/*"):
        for path in sorted(folder.glob(pattern)):
            relative = path.relative_to(folder)
            hidden = any(part.startswith(".") or part in _SKIPPED for part in relative.parts[:-1])
            if hidden or path.suffix not in suffixes:
                continue
            count += 1
            if count > MOST:
                return
            yield relative, text_of(path)


def health_path(folder: Path) -> str | None:
    """A path that the sources serve to say that they are well."""
    found = {
        path
        for _, text in sources(folder, ".py", ".js", ".mjs", ".ts", ".go", ".rb")
        for path in re.findall(r"[\"'](/[a-z/]{1,20})[\"']", text)
    }
    return next((path for path in _HEALTH if path in found), None)
