"""A deployment from a folder to its end, for scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bluegreen.client import answers as a
    from bluegreen.client.aio import AsyncClient
    from bluegreen.client.sending import Told
    from bluegreen.client.sync import Client
    from bluegreen.client.wire import Json
    from bluegreen.config import Loaded


@dataclass(frozen=True)
class Deploying:
    """A deployment that has begun."""

    client: Client
    app: str
    number: int
    release: str
    after: int

    def follow(self) -> Iterator[a.Entry]:
        """What happens, up to the deployment's end; a controller that restarts is waited for."""
        for entry in self.client.follow(self.app, after=self.after):
            if not concerns(entry, self.number):
                continue
            yield entry
            if is_end(entry):
                return

    def wait(self) -> a.Deployment:
        """Follow it to its end: how that was, with its receipt."""
        for _ in self.follow():
            pass
        return self.client.deployment(self.app, self.number)


@dataclass(frozen=True)
class AsyncDeploying:
    """A deployment that has begun."""

    client: AsyncClient
    app: str
    number: int
    release: str
    after: int

    async def follow(self) -> AsyncIterator[a.Entry]:
        """What happens, up to the deployment's end; a controller that restarts is waited for."""
        async for entry in self.client.follow(self.app, after=self.after):
            if not concerns(entry, self.number):
                continue
            yield entry
            if is_end(entry):
                return

    async def wait(self) -> a.Deployment:
        """Follow it to its end: how that was, with its receipt."""
        async for _ in self.follow():
            pass
        return await self.client.deployment(self.app, self.number)


def concerns(entry: Json, number: int) -> bool:
    """Whether an entry may matter to who follows a deployment."""
    return bool(entry["event"].get("deployment", number) == number)


def is_end(entry: Json) -> bool:
    """Whether nothing more comes of the deployment that the entry is of."""
    return bool(entry["event"]["kind"] == "deployment ended")


def prepare(client: Client, folder: Path, wanted: Mapping[str, Any], told: Told | None) -> tuple[str, dict[str, Any]]:
    """Read the folder's file and send its content: the application, and the body that begins the deployment.

    Raises ConfigError, InvalidInput.
    """
    from bluegreen.config import load

    loaded = load(folder, remote=client.is_remote)
    request = request_of(loaded, folder, remote=client.is_remote)
    return loaded.spec.app, {**request, **wanted, "artifact": client.send_folder(folder, told)}


def request_of(loaded: Loaded, folder: Path, *, remote: bool) -> dict[str, Any]:
    """What a deployment's request says of a folder: its file and its secrets, and to a controller here where it is."""
    from bluegreen.config import read_env_file

    components = loaded.spec.components
    secrets = {c.name: read_env_file(folder / c.env_file) for c in components if c.env_file is not None}
    here = {} if remote else {"folder": str(folder.absolute())}
    return {"config": loaded.text, "config_name": "bluegreen.yaml", "secrets": secrets, **here}
