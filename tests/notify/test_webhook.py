"""Webhooks as Standard Webhooks has them, against a real receiver."""

from __future__ import annotations

import asyncio
import base64
import socket
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate

import pytest

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.settings import WebhookChannel
from bluegreen.notify import webhook
from bluegreen.notify.base import Gone, Message
from bluegreen.notify.signatures import signatures
from bluegreen.notify.webhook import Webhook
from tests.notify.receiver import SECRET, Receiver

OTHER = "whsec_" + base64.b64encode(b"another key that two parties know").decode()


def message(sent_at: float | None = None) -> Message:
    return Message("msg_1", sent_at or time.time(), "failed", "shop: r2 failed", "Why.", '{"specversion":"1.0","ä":1}')


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def hook(receiver: Receiver, secret: str = SECRET) -> Webhook:
    return Webhook(WebhookChannel("hook", f"http://127.0.0.1:{receiver.port}/a/path?key=hidden-value", secret))


def send(channel: Webhook, sent: Message | None = None) -> str:
    return asyncio.run(channel.send(sent or message()))


def test_the_signature_is_that_of_the_published_example() -> None:
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    found = signatures([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_verifies_it(receiver: Receiver) -> None:
    assert send(hook(receiver)) == "200"
    (got,) = receiver.got
    got.verify()
    assert got.path == "/a/path?key=hidden-value"
    assert got.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    with pytest.raises(AssertionError):
        got.verify(OTHER)


def test_while_the_secret_is_exchanged_both_verify_it(receiver: Receiver) -> None:
    send(hook(receiver, f"{OTHER} {SECRET}"))
    receiver.got[0].verify(SECRET)
    receiver.got[0].verify(OTHER)


def test_a_replay_has_the_same_id_and_body_and_another_time(receiver: Receiver) -> None:
    channel = hook(receiver)
    send(channel, message(time.time() - 100))
    send(channel, message())
    first, second = receiver.got
    assert (first.id, first.body) == (second.id, second.body)
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    second.verify()


def test_redirects_are_not_followed(receiver: Receiver) -> None:
    receiver.answer = lambda got: (307, {"location": f"http://127.0.0.1:{receiver.port}/elsewhere"})
    with pytest.raises(TemporaryError, match="307"):
        send(hook(receiver))
    assert len(receiver.got) == 1


def test_410_says_that_it_is_gone(receiver: Receiver) -> None:
    receiver.answer = lambda got: (410, {})
    with pytest.raises(Gone):
        send(hook(receiver))


@pytest.mark.parametrize(
    ("status", "header", "least", "most"),
    [
        (429, "120", 120, 120),
        (503, "a date", 100, 500),
        (429, "soon", 0, 0),
        (429, "", 0, 0),
        (500, "120", 0, 0),
        (503, "9" * 400, 1e8, 1e9),
    ],
)
def test_when_to_come_again_is_what_the_receiver_says(
    receiver: Receiver, status: int, header: str, least: float, most: float
) -> None:
    def answer(got: object) -> tuple[int, dict[str, str]]:
        said = formatdate(time.time() + 500, usegmt=True) if header == "a date" else header
        return status, {"retry-after": said} if said else {}

    receiver.answer = answer
    with pytest.raises(TemporaryError, match=str(status)) as caught:
        send(hook(receiver))
    assert least <= caught.value.retry_after <= most


def test_a_receiver_that_hangs_or_trickles_is_given_up_and_holds_no_more_than_two_threads(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    monkeypatch.setattr(webhook, "WITHIN", 0.3)
    answered = threading.Event()

    def hang(got: object) -> tuple[int, dict[str, str]]:
        answered.wait(60)
        return 200, {}

    receiver.answer = hang
    channel = hook(receiver)

    async def four() -> list[BaseException | str]:
        return [*await asyncio.gather(*(channel.send(message()) for _ in range(4)), return_exceptions=True)]

    outcomes = asyncio.run(four())
    assert [isinstance(one, TemporaryError) for one in outcomes] == [True] * 4
    assert sum("still hang" in str(one) for one in outcomes) == 2
    assert len(receiver.got) <= 2
    answered.set()


def test_an_answer_without_an_end_is_not_read() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def flood() -> None:
            one, _ = listener.accept()
            with one:
                one.recv(65536)
                one.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                try:
                    while True:
                        one.sendall(b"10000\r\n" + bytes(65536) + b"\r\n")
                except OSError:
                    return

        threading.Thread(target=flood, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        assert send(Webhook(WebhookChannel("hook", url, SECRET))) == "200"


def test_what_goes_wrong_is_told_without_what_is_secret(receiver: Receiver) -> None:
    channel = hook(receiver)
    receiver.close()
    with pytest.raises(TemporaryError) as caught:
        send(channel)
    for shown in (str(caught.value), channel.target, repr(channel)):
        assert "hidden" not in shown
        assert "a/path" not in shown
    with pytest.raises(PermanentError) as wrong:
        send(hook(receiver, "no secret at all"))
    assert "no secret at all" not in str(wrong.value)


def test_a_name_that_is_looked_up_for_ever_takes_no_thread_of_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "WITHIN", 3.0)
    known, look_up, looking = threading.Event(), socket.getaddrinfo, []

    def slow(host: str, *more: object, **options: object) -> object:
        if "slow.example.com" in str(host):
            looking.append(host)
            known.wait(60)
        return look_up("127.0.0.1", *more, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    channels = [Webhook(WebhookChannel(f"hook{n}", "https://slow.example.com/", SECRET)) for n in range(20)]

    async def life() -> None:
        for channel in channels:
            await channel.open()  # what they trust takes long to read
        sending = [asyncio.create_task(channel.send(message())) for channel in channels]
        while len(looking) < len(channels):
            await asyncio.sleep(0.01)
        assert await asyncio.to_thread(lambda: "a thread is free") == "a thread is free"
        assert not any(task.done() for task in sending)
        outcomes = await asyncio.gather(*sending, return_exceptions=True)
        assert all(isinstance(one, TemporaryError) for one in outcomes)

    try:
        asyncio.run(life())
    finally:
        known.set()
