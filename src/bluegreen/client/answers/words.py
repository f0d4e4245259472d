"""Words that several answers use."""

from __future__ import annotations

from typing import Literal

Color = Literal["blue", "green"]
Result = Literal["completed", "failed", "aborted", "rolled back"]
Verdict = Literal["allow", "block", "cannot tell"]
