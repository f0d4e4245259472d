"""Files of a release that evaluators read: schemas, prompts."""

from __future__ import annotations

from pathlib import Path

from bluegreen.evaluators.base import Unusable

LARGEST = 1 << 20
"""Bytes."""


def read_inside(folder: str, name: str) -> str:
    """The text of a file in the release's folder. Raises Unusable."""
    root = Path(folder).resolve()
    try:
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise Unusable(f"`{name}` is outside of the release's folder")
        if not path.is_file():
            raise Unusable(f"the release has no file `{name}`")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError, RuntimeError) as error:
        raise Unusable(f"`{name}` cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(content) > LARGEST:
        raise Unusable(f"`{name}` is larger than {LARGEST >> 20} MB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unusable(f"`{name}` is not UTF-8") from None
