"""Artifacts: sent in a stream, kept under the digest of their content."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from bluegreen.api.access import needs
from bluegreen.api.callers import Ours
from bluegreen.core.access import Right
from bluegreen.core.errors import InvalidInput

router = APIRouter(tags=["artifacts"])

LARGEST = 4 * 1024**3
DigestPath = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


@router.head("/artifacts/{digest}", openapi_extra=needs(Right.DEPLOY, "any"))
async def has_artifact(digest: DigestPath, engine: Ours) -> Response:
    """Whether it is kept already: then it need not be sent."""
    return Response(status_code=200 if engine.services.store.has_artifact(digest) else 404)


@router.put("/artifacts/{digest}", status_code=201, openapi_extra=needs(Right.DEPLOY, "any"))
async def put_artifact(digest: DigestPath, request: Request, engine: Ours) -> dict[str, object]:
    """Take an archive in; refused when its content has another digest."""
    store = engine.services.store
    upload = store.incoming()
    size = 0
    try:
        with upload.open("wb") as file:
            async for chunk in request.stream():
                size += len(chunk)
                if size > LARGEST:
                    raise InvalidInput(
                        "The artifact is larger than 4 GiB.", cure="Leave out what the release does not need."
                    )
                await asyncio.to_thread(file.write, chunk)
        await asyncio.to_thread(store.accept, upload, digest)
    finally:
        upload.unlink(missing_ok=True)
    return {"digest": digest, "bytes": size}
