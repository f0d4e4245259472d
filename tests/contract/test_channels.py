"""What every channel must do. Each is given a real receiver: HTTP, SMTP, or its own memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from email import message_from_string, policy
from typing import Any

import pytest

from bluegreen.core.errors import BluegreenError, PermanentError, TemporaryError
from bluegreen.core.settings import AppriseChannel, WebhookChannel
from bluegreen.notify.base import Channel, Message
from bluegreen.notify.memory import MemoryChannel
from bluegreen.notify.through_apprise import ThroughApprise
from bluegreen.notify.webhook import Webhook
from tests.notify.receiver import SECRET, Receiver
from tests.notify.smtp import SmtpServer

HIDDEN = "hidden0123456789"
MESSAGE = Message("msg_1", 1_700_000_000.0, "rolled back", "shop: r2 rolled back — ö", "Why.\nWhat next.", '{"a": "ö"}')


class Place:
    """A channel with its receiver."""

    channel: Channel

    def titles(self) -> list[str]:
        """Of what has arrived."""
        raise NotImplementedError

    def refuse(self) -> None:
        """From now on, nothing is taken."""
        raise NotImplementedError

    def close(self) -> None: ...


class InMemory(Place):
    def __init__(self) -> None:
        self.channel: MemoryChannel = MemoryChannel()

    def titles(self) -> list[str]:
        return [message.title for message in self.channel.sent]

    def refuse(self) -> None:
        self.channel.down = True


class OverHttp(Place):
    def __init__(self) -> None:
        self.receiver = Receiver()
        self.channel = self.opened(f"127.0.0.1:{self.receiver.port}/{HIDDEN}")

    def opened(self, place: str) -> Channel:
        return Webhook(WebhookChannel("hook", f"http://{place}", SECRET))

    def titles(self) -> list[str]:
        return [MESSAGE.title for got in self.receiver.got if got.body == MESSAGE.body.encode()]

    def refuse(self) -> None:
        self.receiver.answer = lambda got: (500, {})

    def close(self) -> None:
        self.receiver.close()


class ThroughAppriseJson(OverHttp):
    def opened(self, place: str) -> Channel:
        return ThroughApprise(AppriseChannel("ops", f"json://user:{HIDDEN}@{place}"))

    def titles(self) -> list[str]:
        return [got.json["title"] for got in self.receiver.got]


class ThroughAppriseMail(Place):
    def __init__(self) -> None:
        self.server = SmtpServer()
        url = f"mailto://127.0.0.1:{self.server.port}?from=robot@example.com&to={HIDDEN}@example.com&mode=insecure"
        self.channel = ThroughApprise(AppriseChannel("mail", url))

    def titles(self) -> list[str]:
        mails: Any = [message_from_string(mail, policy=policy.default) for mail in self.server.got]
        return [str(mail["subject"]) for mail in mails]

    def refuse(self) -> None:
        self.server.refuses = True

    def close(self) -> None:
        self.server.close()


def send(channel: Channel) -> str:
    return asyncio.run(channel.send(MESSAGE))


async def twice(channel: Channel) -> None:
    await asyncio.gather(channel.send(MESSAGE), channel.send(MESSAGE))


@pytest.fixture(params=[InMemory, OverHttp, ThroughAppriseJson, ThroughAppriseMail])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    place: Place = request.param()
    yield place
    place.close()


def test_a_message_arrives(place: Place) -> None:
    assert send(place.channel)
    assert place.titles() == [MESSAGE.title]


def test_it_is_made_ready_without_anybody_being_reached(place: Place) -> None:
    asyncio.run(place.channel.open())
    assert place.titles() == []
    send(place.channel)
    assert place.titles() == [MESSAGE.title]


def test_the_same_message_arrives_again(place: Place) -> None:
    send(place.channel)
    send(place.channel)
    assert place.titles() == [MESSAGE.title] * 2


def test_several_at_once_arrive(place: Place) -> None:
    asyncio.run(twice(place.channel))
    assert len(place.titles()) == 2


def test_a_refusal_may_pass(place: Place) -> None:
    place.refuse()
    with pytest.raises(TemporaryError) as caught:
        send(place.channel)
    assert HIDDEN not in str(caught.value)


def test_nobody_there_may_pass(place: Place) -> None:
    place.close()
    place.refuse()
    with pytest.raises(TemporaryError) as caught:
        send(place.channel)
    assert HIDDEN not in str(caught.value)


def test_what_is_shown_of_it_is_not_secret(place: Place) -> None:
    assert place.channel.kind in ("memory", "webhook", "apprise")
    assert place.channel.target
    for shown in (place.channel.target, repr(place.channel), str(vars(place.channel).get("kind", ""))):
        assert HIDDEN not in shown


def test_what_cannot_be_used_is_told_before_the_first_message() -> None:
    for channel in (
        ThroughApprise(AppriseChannel("ops", f"nosuchservice://{HIDDEN}")),
        Webhook(WebhookChannel("hook", "https://hooks.example.com/", HIDDEN)),
    ):
        with pytest.raises(PermanentError) as caught:
            asyncio.run(channel.open())
        assert caught.value.cure
        assert HIDDEN not in str(caught.value)


def test_what_nobody_understands_is_an_error_with_a_cure() -> None:
    with pytest.raises(BluegreenError) as caught:
        send(ThroughApprise(AppriseChannel("ops", f"nosuchservice://{HIDDEN}")))
    assert caught.value.cure
    assert HIDDEN not in str(caught.value)
