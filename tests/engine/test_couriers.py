"""What the answers of a receiver lead to."""

from __future__ import annotations

from pathlib import Path

import pytest

from bluegreen.core.errors import NotFound, PermanentError, TemporaryError
from bluegreen.core.news import News
from bluegreen.notify.base import Gone, Message
from bluegreen.notify.delivery import State
from bluegreen.notify.memory import MemoryChannel
from tests.engine.harness import APP, Machine
from tests.engine.told import arrived, controller_with, telling
from tests.engine.watched import lived


class Refusing(MemoryChannel):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error: Exception | None = error
        self.asked = 0

    async def send(self, message: Message) -> str:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return await super().send(message)


def test_a_receiver_that_is_gone_is_asked_no_more_until_a_test_arrives(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        ops = Refusing(Gone("It answered 410."))
        controller = await controller_with(machine, ops=ops)
        await controller.live(telling())
        await controller.rest()
        notifications = controller.engine.notifications
        assert ops.asked == 1
        assert {d.state for _, d in await notifications.deliveries(10, None, None, None)} == {State.FAILED}
        assert [channel.gone for channel in await notifications.channels()] == ["It answered 410."]
        ops.error = None
        assert (await notifications.test("ops")).state is State.DELIVERED
        await controller.engine.lock(APP, "a fair", "bob")
        await arrived(ops, "locked")

    lived(life, tmp_path)


def test_what_the_receiver_asks_for_is_respected(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        ops = Refusing(TemporaryError("It answered 429.", retry_after=1000.0))
        controller = await controller_with(machine, ops=ops)
        await controller.live(telling({"ops": (News.COMPLETED,)}))
        await controller.rest(900.0)
        assert ops.asked == 1
        ops.error = None
        await controller.rest(400.0)
        assert ops.asked == 2

    lived(life, tmp_path)


def test_a_test_is_not_tried_again_and_unknown_names_are_told(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        ops = Refusing(PermanentError("It is not installed."))
        controller = await controller_with(machine, ops=ops)
        tried = await controller.engine.notifications.test("ops")
        assert (tried.state, tried.attempts[-1].answer) == (State.FAILED, "It is not installed.")
        assert controller.engine.notifications.warnings() == [
            "Nothing arrives at the channel ops: It is not installed."
        ]
        with pytest.raises(NotFound):
            await controller.engine.notifications.test("opps")
        with pytest.raises(NotFound):
            await controller.engine.notifications.replay("msg_1")

    lived(life, tmp_path)
