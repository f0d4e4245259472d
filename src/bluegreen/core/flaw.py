"""One thing that is wrong with a JSON document, and where."""

from __future__ import annotations

from dataclasses import dataclass

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Flaw:
    """``path`` leads to the value (or, with ``on_key``, to the key) that is wrong."""

    path: Path
    message: str
    hint: str = ""
    on_key: bool = False

    def __str__(self) -> str:
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path).lstrip(".")
        said = f"{where}: {self.message}" if where else self.message
        return f"{said} ({self.hint})" if self.hint else said
