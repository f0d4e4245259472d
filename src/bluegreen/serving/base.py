"""What is asked of a model server: each revision by its own name, instance by instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bluegreen.core.model_specs import ServedModel


@dataclass(frozen=True)
class Server:
    """One instance, and what the calls of a revision are filled with."""

    address: str
    """``host:port``."""
    source: str
    """Where the revision is loaded from, as the server finds it."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Of every call. May hold secrets."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Values that are replaced by ``***`` in messages."""


class ModelServers(Protocol):
    """Every method may be called again after a crash of the controller: what is done already is no error."""

    async def load(self, model: ServedModel, server: Server) -> None:
        """Load the revision, and return when the server says that it has it.

        Raises:
            PermanentError: the server refused, with its words, or took too long.
            TemporaryError: it cannot be reached.
        """
        ...

    async def prove(self, model: ServedModel, server: Server) -> None:
        """Return when the server has answered for the revision; one that is still loading is asked again.

        Raises as `load`.
        """
        ...

    async def unload(self, model: ServedModel, server: Server) -> None:
        """Unload the revision; one that is not there is unloaded. Raises as `load`."""
        ...
