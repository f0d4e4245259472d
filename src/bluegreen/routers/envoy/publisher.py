"""Publishing configuration: a whole file moved into place, then read back from Envoy."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from dataclasses import dataclass
from pathlib import Path

from bluegreen.core.errors import TemporaryError
from bluegreen.routers.envoy.admin import Admin
from bluegreen.routers.envoy.redact import redact
from bluegreen.routers.envoy.snapshot import Snapshot, read_file, write

WITHIN = 2.0
"""Seconds that Envoy has to take an update up."""

POLL = 0.001
LOG_TAIL = 1_000_000

REFUSAL = re.compile(
    r"Filesystem config update \w+: (?:goo\.gle/debug\w*(?s:.*?)\n: (?P<constraint>Proto constraint .*)|(?P<words>.*))"
)
"""A value that breaks a rule is told after the whole configuration that it is in."""


class Rejected(Exception):
    """Envoy refused an update; the message is its own."""


@dataclass(frozen=True)
class Subscription:
    """A file that Envoy watches, and the statistics that tell what it made of it."""

    file: Path
    stats: str
    """Regular expression of what comes before ``.version_text``."""

    @property
    def pattern(self) -> str:
        return rf"^{self.stats}\.(version_text|update_rejected|update_failure)$"

    def matches(self, stat: str, suffix: str) -> bool:
        return re.fullmatch(rf"{self.stats}\.{suffix}", stat) is not None


@dataclass(frozen=True)
class Reading:
    """``version`` None: nobody subscribed; empty: nothing was accepted yet."""

    version: str | None
    refused: int


def routes_subscription(file: Path, name: str) -> Subscription:
    """The subscription of one route configuration."""
    return Subscription(file, rf"http\..*\.rds\.{re.escape(name.replace(':', '_'))}")


class Publisher:
    """Writes files and waits until Envoy has them, or has refused them."""

    def __init__(self, admin: Admin, log: Path) -> None:
        self._admin = admin
        self._log = log
        self._seen: dict[Path, str] = {}
        self.secrets: set[str] = set()
        """What may be in a configuration, and in no message about it."""

    async def publish(self, subscription: Subscription, content: Snapshot) -> None:
        """Make this content true; nothing happens when it is already.

        Raises:
            Rejected: Envoy refused it. The file stays: put a better one in its place.
            TemporaryError: Envoy does not answer, or has not taken it up in time; or the disk is full.
        """
        if self._seen.get(subscription.file) == content.version and read_file(subscription.file) == content.data:
            return
        before = await self.read(subscription)
        if before.version == content.version and read_file(subscription.file) == content.data:
            self._seen[subscription.file] = content.version
            return
        position = self.log_position()
        write(subscription.file, content)
        if before.version is not None:
            await self._wait(subscription, content, before, position)
            self._seen[subscription.file] = content.version

    async def _wait(self, subscription: Subscription, content: Snapshot, before: Reading, position: int) -> None:
        deadline = time.monotonic() + WITHIN
        while True:
            now = await self.read(subscription)
            if now.version == content.version:
                return
            if now.refused > before.refused:
                raise Rejected(self.words(position))
            if time.monotonic() > deadline:
                raise TemporaryError(
                    f"Envoy has not taken up {subscription.file.name}",
                    why=f"it has version {now.version!r}, not {content.version!r}, after {WITHIN:g} s",
                    cure=f"it is tried again; Envoy's log is {self._log}",
                )
            await asyncio.sleep(POLL)

    async def read(self, subscription: Subscription) -> Reading:
        """What Envoy has of this subscription now. Raises TemporaryError when it does not answer."""
        return _reading(subscription, await self._admin.stats(subscription.pattern))

    async def refused(self, subscription: Subscription) -> int:
        """How many updates of this subscription Envoy has refused. Raises TemporaryError when it does not answer."""
        return _reading(subscription, await self._admin.stats(subscription.pattern, "Counters")).refused

    def log_position(self) -> int:
        """Where Envoy's log ends now."""
        return self._log.stat().st_size if self._log.exists() else 0

    def words(self, position: int) -> str:
        """What Envoy said of the update that it refused, from its log, in which no secret is left."""
        for secret in self.secrets:
            redact(self._log, position, secret.encode())
        with contextlib.suppress(OSError), self._log.open("rb") as log:
            log.seek(max(position, self._log.stat().st_size - LOG_TAIL))
            found = list(REFUSAL.finditer(log.read().decode(errors="replace")))
            if found:
                return found[-1]["constraint"] or found[-1]["words"]
        return "it gave no reason"


def refusals(subscription: Subscription, stats: dict[str, str]) -> int:
    """How many updates of the subscription were refused, from statistics that hold its counters."""
    return _reading(subscription, stats).refused


def _reading(subscription: Subscription, stats: dict[str, str]) -> Reading:
    version: str | None = None
    refused = 0
    for name, value in stats.items():
        if subscription.matches(name, "version_text"):
            version = value
        elif subscription.matches(name, "update_(rejected|failure)"):
            refused += int(value)
    return Reading(version, refused)
