"""What evidence says: allow, block, or cannot tell. Cannot tell is never yes."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    ALLOW = "allow"
    BLOCK = "block"
    CANNOT_TELL = "cannot tell"
