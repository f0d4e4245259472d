"""What nginx's workers tell of the route that they follow."""

from __future__ import annotations

import asyncio

from bluegreen.core.errors import TemporaryError
from bluegreen.routers.nginx.include import STATUS_PATH, Facts, host, read_facts

WITHIN = 2.0
"""Seconds after which an answer is given up."""


async def ask(status: str, app: str) -> Facts | None:
    """What the worker that takes this connection tells; None: it knows nothing of the application.

    Raises:
        TemporaryError: nobody answers there.
    """
    where, _, port = status.rpartition(":")
    try:
        async with asyncio.timeout(WITHIN):
            reader, writer = await asyncio.open_connection(where.strip("[]"), int(port), limit=1 << 16)
            try:
                # A new connection each time: an old one would be answered by the worker that it was made to.
                writer.write(f"GET {STATUS_PATH} HTTP/1.0\r\nhost: {host(app)}\r\n\r\n".encode())
                answer = await reader.read(1 << 16)
                while more := await reader.read(1 << 16):
                    answer += more
            finally:
                writer.close()
    except (OSError, TimeoutError) as error:
        raise TemporaryError(
            "nginx does not answer",
            why=f"nobody tells at {status} which route it follows: {error or 'no answer in time'}",
            cure="see that it runs and includes the files of bluegreen (`bluegreen router init nginx` prints how)",
        ) from error
    return _facts(answer, app)


def _facts(answer: bytes, app: str) -> Facts | None:
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head.partition(b"\r\n")[0]:
        return None
    try:
        facts = read_facts(body)
    except ValueError:
        return None
    # A host that nginx does not know is answered by the first application's server.
    return facts if facts.app == app else None
