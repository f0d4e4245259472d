"""A deployment from a folder to its end, for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bluegreen.client import answers as a
    from bluegreen.client.sending import Told
    from bluegreen.client.sync import Client


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
            event = entry["event"]
            if event.get("deployment", self.number) != self.number:
                continue
            yield entry
            if event["kind"] == "deployment ended":
                return

    def wait(self) -> a.Deployment:
        """Follow it to its end: how that was, with its receipt."""
        for _ in self.follow():
            pass
        return self.client.deployment(self.app, self.number)


def deploy(client: Client, folder: Path, wanted: Mapping[str, Any], told: Told | None) -> Deploying:
    raise NotImplementedError
