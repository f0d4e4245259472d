"""The dashboard's files, from a table made once at the start: what is not in it is not there, whatever path is sent."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from importlib.resources import files

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bluegreen.api.access import OPEN_TO_ALL

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FOR_EVER = "public, max-age=31536000, immutable"
"""Their names have a hash of the content."""
ASK_AGAIN = "no-cache"
_WORTH_IT = 500
"""Bytes from which on compressing saves anything."""


@dataclass(frozen=True)
class Asset:
    """One file as it is sent, compressed once."""

    body: bytes
    compressed: bytes | None
    etag: str
    media_type: str
    cache: str

    def answer(self, request: Request) -> Response:
        """The file, or that the caller has it already."""
        compressed = self.compressed if "gzip" in request.headers.get("accept-encoding", "") else None
        etag = f'"{self.etag}{"-gz" if compressed else ""}"'
        headers = {**PAGE_HEADERS, "Cache-Control": self.cache, "ETag": etag, "Vary": "Accept-Encoding"}
        if etag in (known.strip() for known in request.headers.get("if-none-match", "").split(",")):
            return Response(status_code=304, headers=headers)
        if compressed:
            headers["Content-Encoding"] = "gzip"
        return Response(compressed or self.body, media_type=self.media_type, headers=headers)


def dashboard_router() -> APIRouter:
    """Serves the page at ``/`` and at each application's address, and its assets. Nothing in them is secret."""
    router = APIRouter(include_in_schema=False)
    folder = files("bluegreen") / "dashboard"
    page = _asset("index.html", (folder / "index.html").read_bytes(), ASK_AGAIN)
    for path in ("/", "/apps", "/apps/{rest:path}"):
        _serve(router, path, page)
    for file in (folder / "assets").iterdir():
        _serve(router, f"/assets/{file.name}", _asset(file.name, file.read_bytes(), FOR_EVER))
    return router


def _serve(router: APIRouter, path: str, asset: Asset) -> None:
    async def answer(request: Request) -> Response:
        return asset.answer(request)

    router.add_api_route(path, answer, methods=["GET", "HEAD"], openapi_extra=OPEN_TO_ALL)


def _asset(name: str, body: bytes, cache: str) -> Asset:
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    compressed = gzip.compress(body, 9, mtime=0) if len(body) >= _WORTH_IT else None
    return Asset(body, compressed, hashlib.sha256(body).hexdigest()[:32], media_type, cache)
