"""Artifacts: announced by their manifest and sent file by file, or as whole archives; kept under the digest of their
content."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from bluegreen.api import files
from bluegreen.api.access import needs
from bluegreen.api.callers import Ours
from bluegreen.api.uploads import DigestPath, binary, kept_in_a_file
from bluegreen.core.access import Right
from bluegreen.system.artifacts import Announcement

router = APIRouter(tags=["artifacts"])
router.include_router(files.router)

LARGEST = 4 * 1024**3
LARGEST_MANIFEST = 128 * 1024**2


@router.head("/artifacts/{digest}", openapi_extra=needs(Right.DEPLOY, "any"))
async def has_artifact(digest: DigestPath, engine: Ours) -> Response:
    """Whether it is kept already: then it need not be sent."""
    return Response(status_code=200 if engine.services.store.has_artifact(digest) else 404)


@router.post(
    "/artifacts/{digest}/manifest",
    openapi_extra=needs(Right.DEPLOY, "any") | binary("One JSON object a line, for each file."),
)
async def announce(digest: DigestPath, request: Request, engine: Ours) -> dict[str, Any]:
    """Tell what an artifact consists of: which contents are missing. Complete when none is."""
    artifacts = engine.services.store.artifacts
    async with kept_in_a_file(request, artifacts.incoming(), LARGEST_MANIFEST) as (file, _):
        return _announced(digest, await asyncio.to_thread(artifacts.announce, digest, file))


@router.put(
    "/artifacts/{digest}",
    status_code=201,
    openapi_extra=needs(Right.DEPLOY, "any") | binary("A tar or zip archive; empty: as announced."),
)
async def put_artifact(digest: DigestPath, request: Request, engine: Ours) -> dict[str, Any]:
    """Take an archive in; without a body: keep what was announced, now that all of it is there."""
    artifacts = engine.services.store.artifacts
    async with kept_in_a_file(request, artifacts.incoming(), LARGEST) as (file, size):
        if size:
            await asyncio.to_thread(artifacts.accept, file, digest)
            return {"digest": digest, "bytes": size}
    found = await asyncio.to_thread(artifacts.complete, digest)
    return {"digest": digest, "bytes": found.bytes}


def _announced(digest: str, found: Announcement) -> dict[str, Any]:
    return {
        "digest": digest,
        "complete": found.complete,
        "files": found.files,
        "bytes": found.bytes,
        "missing": list(found.missing),
        "begun": dict(found.begun),
    }
