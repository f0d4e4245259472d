"""An engine whose applications tell channels in memory what happens."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from bluegreen.core.news import News
from bluegreen.core.spec import AppSpec
from bluegreen.engine.engine import Engine
from bluegreen.notify.base import Channel, Message
from bluegreen.notify.memory import MemoryChannel
from tests.engine.harness import Controller, Machine, spec

EVERYTHING = {"ops": (News.ALL,)}
URL = "https://deploy.example.com"


def telling(notify: Mapping[str, tuple[News, ...]] = EVERYTHING, **changes: object) -> AppSpec:
    """What tells its channels."""
    return spec(notify=notify, **changes)


async def controller_with(machine: Machine, **channels: Channel) -> Controller:
    """A controller that has these channels."""
    controller = Controller(machine)
    controller.engine = Engine(replace(controller.engine.services, channels=channels, url=URL))
    machine._controller = controller
    await controller.engine.start()
    return controller


class Hanging:
    """A channel that never answers."""

    kind = "hanging"
    target = "nowhere"

    def __init__(self) -> None:
        self.asked = 0

    async def open(self) -> None:
        """Nothing to be made ready."""

    async def send(self, message: object) -> str:
        self.asked += 1
        await asyncio.Event().wait()
        return ""


def kinds(channel: MemoryChannel) -> list[str]:
    return [message.news for message in channel.sent]


async def arrived(channel: MemoryChannel, kind: str) -> Message:
    """Wait until a message of a kind is there."""
    for _ in range(1000):
        found = next((message for message in channel.sent if message.news == kind), None)
        if found is not None:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"no message of {kind}: {kinds(channel)}")
