"""Messages through Apprise: chat, e-mail, pagers, and a hundred other services."""

from __future__ import annotations

import logging
from typing import Any

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.news import urgency
from bluegreen.core.settings import AppriseChannel
from bluegreen.notify.apart import Apart
from bluegreen.notify.base import Message

WITHIN = 25.0
"""Seconds for a whole attempt: Apprise has time-outs of its own, a name's look-up has none."""
_TALKATIVE = ("apprise", "urllib3")
"""Loggers that may name an address, and with it a secret."""


class ThroughApprise:
    """One address that Apprise understands. All of it counts as secret but its scheme."""

    kind = "apprise"

    def __init__(self, channel: AppriseChannel) -> None:
        self._url = channel.url
        self.target = f"{channel.url.partition('://')[0]}://…"
        self._apart = Apart()
        self._made: Any = None

    async def open(self) -> None:
        """See `bluegreen.notify.base.Channel`."""
        await self._apart.run(self._service, WITHIN)

    async def send(self, message: Message) -> str:
        """See `bluegreen.notify.base.Channel`."""
        return await self._apart.run(lambda: self._notify(message), WITHIN)

    def _notify(self, message: Message) -> str:
        service, kind = self._service(), urgency(message.news)
        try:
            taken = service.notify(title=message.title, body=message.text, notify_type=kind)
        except Exception as error:
            # Not chained, and without its words: they may name the address.
            raise TemporaryError(f"Apprise failed: {type(error).__name__}.") from None
        if not taken:
            raise TemporaryError(
                f"{self.target} did not take it.",
                why="Apprise does not say why.",
                cure="`apprise -vv -b test URL` on this machine shows what the service answers.",
            )
        return "taken"

    def _service(self) -> Any:
        """Apprise for the address. To load it takes longer than to send a message."""
        if self._made is None:
            self._made = self._make()
        return self._made

    def _make(self) -> Any:
        try:
            import apprise
        except ImportError:
            raise PermanentError(
                "Apprise is not installed.", cure="pip install 'bluegreen[notify]', and restart the controller."
            ) from None
        for name in _TALKATIVE:
            logging.getLogger(name).addHandler(logging.NullHandler())
            logging.getLogger(name).propagate = False
        service = apprise.Apprise(
            asset=apprise.AppriseAsset(app_id="bluegreen", app_desc="bluegreen", async_mode=False)
        )
        if not service.add(self._url):
            raise PermanentError(
                "Apprise does not understand the address of this channel.",
                why=f"It begins with {self.target.rstrip('…')}",
                cure="Compare it with Apprise's list of services; it is in controller.yaml.",
            )
        return service
