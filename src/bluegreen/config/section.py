"""What every mapping of the file has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A mapping of the file: no other keys, and no values of another type that happen to look right."""

    model_config = ConfigDict(extra="forbid", strict=True)
