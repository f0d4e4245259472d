"""Bodies of any length, taken in without holding them in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import Path, Request

from bluegreen.api.problems import Problem

DigestPath = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
_PIECE = 1 << 20


async def pieces(request: Request, most: int) -> AsyncIterator[bytes]:
    """The body in pieces of about 1 MiB. Raises Problem (413): it has more than ``most`` bytes."""
    size, waiting, held = 0, [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise Problem(413, f"This is larger than {most:,} bytes.", cure="Leave out what the release does not need.")
        waiting.append(chunk)
        held += len(chunk)
        if held >= _PIECE:
            yield b"".join(waiting)
            waiting, held = [], 0
    if waiting:
        yield b"".join(waiting)


@asynccontextmanager
async def kept_in_a_file(request: Request, file: FilePath, most: int) -> AsyncIterator[tuple[FilePath, int]]:
    """The body in a file while the block runs, and how many bytes it has. Raises Problem (413)."""
    size = 0
    try:
        with file.open("wb") as out:
            async for piece in pieces(request, most):
                size += len(piece)
                await asyncio.to_thread(out.write, piece)
        yield file, size
    finally:
        _delete(file)


def _delete(file: FilePath) -> None:
    file.unlink(missing_ok=True)


def binary(description: str) -> dict[str, Any]:
    """For ``openapi_extra``: the body of an operation that reads it by itself."""
    schema = {"type": "string", "format": "binary", "description": description}
    return {"requestBody": {"required": False, "content": {"application/octet-stream": {"schema": schema}}}}
