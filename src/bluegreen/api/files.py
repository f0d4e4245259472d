"""Contents of files, by their SHA-256: the parts of artifacts that are sent by file."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response

from bluegreen.api.access import needs
from bluegreen.api.callers import Ours
from bluegreen.api.problems import Problem
from bluegreen.api.uploads import DigestPath, binary, pieces
from bluegreen.core.access import Right
from bluegreen.system.batch import LARGEST as LARGEST_OF_A_BATCH
from bluegreen.system.batch import Batch
from bluegreen.system.contents import Contents, Part

router = APIRouter(tags=["artifacts"])

LARGEST = 4 * 1024**3
LARGEST_BATCH = 16 * LARGEST_OF_A_BATCH
_RANGE = re.compile(r"bytes ([0-9]{1,12})-([0-9]{1,12})/([0-9]{1,12})")


@router.head("/files/{sha256}", openapi_extra=needs(Right.DEPLOY, "any"))
async def has_file(sha256: DigestPath, engine: Ours) -> Response:
    """How much of a content is there: ``Upload-Offset`` bytes, and whether that is all of it (``Upload-Complete``)."""
    contents = engine.services.store.artifacts.contents
    size = contents.size(sha256)
    if size is not None:
        return Response(headers=_offset(size, complete=True))
    begun = contents.begun(sha256)
    return Response(status_code=200 if begun else 404, headers=_offset(begun, complete=False))


@router.put(
    "/files/{sha256}",
    status_code=201,
    responses={202: {"description": "A piece is there, and more is to come."}},
    openapi_extra=needs(Right.DEPLOY, "any") | binary("The content, or the next of it."),
)
async def put_file(
    sha256: DigestPath,
    request: Request,
    response: Response,
    engine: Ours,
    content_range: Annotated[str | None, Header(max_length=60)] = None,
) -> dict[str, Any]:
    """Take a content in, or with ``Content-Range`` (``bytes 0-1023/4096``) a piece of it, behind those before.

    What came before a connection broke is kept: ``HEAD`` tells from where to go on.
    """
    contents = engine.services.store.artifacts.contents
    if (size := contents.size(sha256)) is not None:
        return _there(sha256, size, complete=True)
    first, last, total = _range(content_range)
    with contents.receiving(sha256, first) as part:
        there = await _receive(request, part, first, LARGEST if last is None else last + 1)
        if total is not None and there < total:
            response.status_code = 202
            return _there(sha256, there, complete=False)
        await asyncio.to_thread(part.finish)
    return _there(sha256, there, complete=True)


@router.post(
    "/files",
    openapi_extra=needs(Right.DEPLOY, "any") | binary("`SHA256 BYTES\\n`, content, …"),
)
async def put_files(request: Request, engine: Ours) -> dict[str, int]:
    """Take many small contents in at once, all of them or none."""
    return {"kept": await _receive_batch(request, engine.services.store.artifacts.contents)}


async def _receive_batch(request: Request, contents: Contents) -> int:
    with Batch(contents) as batch:
        async for piece in pieces(request, LARGEST_BATCH):
            await asyncio.to_thread(batch.feed, piece)
        return await asyncio.to_thread(batch.finish)


async def _receive(request: Request, part: Part, first: int, end: int) -> int:
    """Take the body from ``first`` on; up to where the content is there now."""
    async for piece in pieces(request, end - first):
        await asyncio.to_thread(part.write, piece)
        first += len(piece)
    return first


def _range(text: str | None) -> tuple[int, int | None, int | None]:
    """First and last byte of a piece, and the size of the whole; None where the body is the whole."""
    if text is None:
        return 0, None, None
    found = _RANGE.fullmatch(text)
    first, last, total = (int(number) for number in found.groups()) if found else (0, -1, 0)
    if not first <= last < total <= LARGEST:
        cure = "Such as `Content-Range: bytes 0-1023/4096`."
        raise Problem(422, "The Content-Range cannot be used.", why="It is `bytes FIRST-LAST/SIZE`.", cure=cure)
    return first, last, total


def _there(sha256: str, size: int, *, complete: bool) -> dict[str, Any]:
    return {"sha256": sha256, "bytes": size, "complete": complete}


def _offset(size: int, *, complete: bool) -> dict[str, str]:
    return {"Upload-Offset": str(size), "Upload-Complete": "?1" if complete else "?0"}
