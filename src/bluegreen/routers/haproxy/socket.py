"""HAProxy's runtime API over its stats socket (HAProxy 2.6 Management Guide, section 9.3, "Unix Socket commands")."""

from __future__ import annotations

import asyncio
import contextlib

from bluegreen.core.errors import TemporaryError

WITHIN = 2.0
"""Seconds that HAProxy has for one answer."""


class StatsSocket:
    """Asks one question at a time, each on a connection of its own: an open one would stay with a process that
    somebody's reload has retired, and change nothing any more."""

    def __init__(self, path: str) -> None:
        self.path = path

    async def ask(self, command: str) -> str:
        """What HAProxy answers to one line. Raises TemporaryError when it does not."""
        try:
            async with asyncio.timeout(WITHIN):
                reader, writer = await asyncio.open_unix_connection(self.path)
                try:
                    writer.write(f"{command}\n".encode())
                    await writer.drain()
                    return (await reader.read(-1)).decode(errors="replace").strip("\n")
                finally:
                    writer.close()
                    with contextlib.suppress(OSError):
                        await writer.wait_closed()
        except (OSError, TimeoutError) as error:
            raise TemporaryError(
                f"HAProxy does not answer at {self.path}.",
                why=f"{getattr(error, 'strerror', None) or error or f'there was no answer within {WITHIN:g} s'}.",
                cure="Start it, and see that this user may write to its stats socket; it is tried again.",
            ) from error
