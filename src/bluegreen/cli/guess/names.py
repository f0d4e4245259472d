"""Names that bluegreen accepts, made from names that something else accepts."""

from __future__ import annotations

import re


def usable_name(text: str, otherwise: str = "app") -> str:
    """Lower-case letters, digits and dashes, a letter first, at most 40."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower())
    name = re.sub(r"^[^a-z]+", "", name)[:40].strip("-")
    return otherwise if name in ("", "bluegreen") or name.startswith("bluegreen-") else name
