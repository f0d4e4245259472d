"""Signed webhooks (Standard Webhooks) that carry CloudEvents."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx2

from bluegreen import __version__
from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.output import Mask
from bluegreen.core.settings import WebhookChannel
from bluegreen.notify.apart import Apart
from bluegreen.notify.base import Gone, Message
from bluegreen.notify.signatures import keys_of, signatures

WITHIN = 15.0
"""Seconds for a whole attempt, name look-up and handshake included."""
SILENT_FOR = 10.0
"""Seconds without a byte after which an attempt is given up."""


class Webhook:
    """Posts to one address. Redirects are not followed, and nothing of an answer is read but its head."""

    kind = "webhook"

    def __init__(self, channel: WebhookChannel) -> None:
        self._url = channel.url
        self._secret = channel.secret
        parts = urlsplit(channel.url)
        self.target = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"
        self._mask = Mask([channel.url, parts.path, parts.query, parts.password or "", *channel.secret.split()])
        self._apart = Apart()
        self._client: httpx2.Client | None = None

    async def open(self) -> None:
        """See `bluegreen.notify.base.Channel`."""
        self._keys()
        await self._apart.run(self._opened, WITHIN)

    async def send(self, message: Message) -> str:
        """See `bluegreen.notify.base.Channel`."""
        return await self._apart.run(lambda: self._post(message), WITHIN)

    def _post(self, message: Message) -> str:
        try:
            return _outcome(*self._ask(message))
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            why = self._mask.text(str(error)) or type(error).__name__
            raise TemporaryError(f"{self.target} was not reached: {why}") from None  # it may name the address

    def _ask(self, message: Message) -> tuple[int, str]:
        body, timestamp = message.body.encode(), int(message.sent_at)
        headers = {
            "content-type": "application/cloudevents+json; charset=utf-8",
            "user-agent": f"bluegreen/{__version__}",
            "webhook-id": message.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signatures(self._keys(), message.id, timestamp, body),
        }
        with self._opened().stream("POST", self._url, content=body, headers=headers) as answer:
            return answer.status_code, answer.headers.get("retry-after", "")

    def _opened(self) -> httpx2.Client:
        """One for all attempts, since what it trusts takes long to read; each attempt has a connection of its own."""
        if self._client is None:
            alone = httpx2.Limits(max_keepalive_connections=0)
            self._client = httpx2.Client(timeout=SILENT_FOR, follow_redirects=False, limits=alone)
        return self._client

    def _keys(self) -> list[bytes]:
        try:
            return list(keys_of(self._secret))
        except ValueError:
            raise PermanentError(
                "The secret of this channel cannot be used.",
                why="A secret is `whsec_` and 24 to 64 bytes in base64; two of them have a space between.",
                cure="Correct it in controller.yaml, and restart the controller.",
            ) from None


def _outcome(status: int, retry_after: str) -> str:
    if 200 <= status < 300:
        return str(status)
    if status == 410:
        cure = "Correct the address in controller.yaml, or take it up again with `bluegreen notify test`."
        raise Gone("It answered 410: nothing is to be sent there any more.", cure=cure)
    later = _seconds(retry_after) if status in (429, 503) else 0.0
    raise TemporaryError(f"It answered {status}.", retry_after=later)


def _seconds(retry_after: str) -> float:
    """What the header asks for: seconds, or a date; 0 when it cannot be understood."""
    if retry_after.isdecimal():
        return float(retry_after[:9])
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return 0.0
