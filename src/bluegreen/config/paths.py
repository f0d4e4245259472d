"""Paths: of requests, and of files in the application's folder."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from bluegreen.config.problems import Wrong

_SEGMENT = re.compile(r"(?:[A-Za-z0-9._~!$&'()+,;=:@-]|%[0-9A-Fa-f]{2})+")


def prefix(value: str) -> str:
    """A path prefix: ``/``, or whole segments without a slash at the end. Raises Wrong."""
    _starts_with_slash(value)
    for char, name in (("*", "a `*`"), ("?", "a query"), ("#", "a fragment")):
        if char in value:
            raise Wrong(f"`{value}` holds {name}", "a prefix takes every path below it: `/api` takes `/api/items`")
    segments = value.strip("/").split("/") if value.strip("/") else []
    if value.startswith("//") or any(part in ("", ".", "..") for part in segments):
        raise Wrong(f"`{value}` holds an empty, `.` or `..` segment", "write the path as it is requested")
    if not all(_SEGMENT.fullmatch(part) for part in segments):
        raise Wrong(f"`{value}` holds a character that paths cannot have", "percent-encode it: `%20` for a space")
    return "/" + "/".join(segments)


def request_path(value: str) -> str:
    """What is requested of the application: a path, with a query if need be. Raises Wrong."""
    _starts_with_slash(value)
    if "#" in value:
        raise Wrong(f"`{value}` holds a fragment", "servers never see what is behind `#`: remove it")
    if not re.fullmatch(r"[\x21-\x7e]+", value):
        raise Wrong(f"`{value}` holds a character that paths cannot have", "percent-encode it: `%20` for a space")
    return value


def _starts_with_slash(value: str) -> None:
    if "://" in value:
        raise Wrong(f"`{value}` is a whole URL", "write the path alone, such as `/healthz`")
    if not value.startswith("/"):
        raise Wrong(f"`{value}` does not begin with `/`", f"write `/{value}`" if value else "such as `/`")


def inside(value: str) -> str:
    """The path of a file in the application's folder. Raises Wrong."""
    path = PurePosixPath(value)
    if path.is_absolute() or ".." in path.parts or value.startswith("~"):
        raise Wrong(f"`{value}` is outside of the application's folder", "name a file below the folder of this file")
    return str(path)


def file_name(value: str) -> str:
    """The path of a file, relative to the application's folder or absolute. Raises Wrong."""
    if not value.strip():
        raise Wrong("must name a file")
    return value
