"""Model servers in which nothing is really loaded: for trying things out and for testing what uses them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bluegreen.core.errors import PermanentError
from bluegreen.core.model_specs import ServedModel
from bluegreen.serving.base import Server

_machines: dict[Path, dict[str, dict[str, str]]] = {}


class MemoryModelServers:
    """What is loaded belongs to ``home``, not to this object: another one with the same home finds it."""

    def __init__(self, home: Path) -> None:
        self.loaded = _machines.setdefault(home, {})
        """Source by served name, by the instance's address; drop an address to let that instance lose its memory."""
        self.refuses: dict[str, str] = {}
        """By served name: with which words `load` is refused."""

    async def load(self, model: ServedModel, server: Server) -> None:
        """As `ModelServers.load`; it is there at once."""
        await asyncio.sleep(0)
        if model.served_name in self.refuses:
            raise PermanentError(
                f"{model.serve_by} could not load {model.served_name}: {self.refuses[model.served_name]}"
            )
        self.loaded.setdefault(server.address, {})[model.served_name] = server.source

    async def prove(self, model: ServedModel, server: Server) -> None:
        """As `ModelServers.prove`."""
        await asyncio.sleep(0)
        if model.served_name not in self.loaded.get(server.address, {}):
            raise PermanentError(f"{model.serve_by} could not answer for {model.served_name}: 404")

    async def unload(self, model: ServedModel, server: Server) -> None:
        """As `ModelServers.unload`."""
        await asyncio.sleep(0)
        self.loaded.get(server.address, {}).pop(model.served_name, None)
