"""A bounded GET of something that guards read: JSON, asked of a server that the file names."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any

import httpx2

LIMIT = 1 << 20
"""Bytes of an answer; a longer one is refused, since half a document is not JSON."""


class Unread(Exception):
    """Nothing could be had, and why, in words for people; without the URL's query, which may hold a secret."""


async def fetch_json(url: str, within: float, params: Mapping[str, str] | None = None) -> Any:
    """The JSON that a GET answers. Redirects are not followed, proxies not used.

    Raises:
        Unread: no whole answer within so many seconds, another status, too long, or no JSON.
    """
    target = httpx2.URL(url)
    shown = str(target.copy_with(query=None))
    try:
        async with asyncio.timeout(within), _client(target) as client:
            query = target.copy_merge_params(params) if params else target
            async with client.stream("GET", query, headers={"Accept-Encoding": "identity"}) as response:
                body = await _body(response)
    except TimeoutError:
        raise Unread(f"{shown} did not answer within {within:g} s") from None
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise Unread(f"{shown} cannot be asked: {str(error) or type(error).__name__}") from None
    if response.has_redirect_location:
        raise Unread(f"{shown} answered {response.status_code}, and redirects are not followed")
    if not response.is_success:
        raise Unread(f"{shown} answered {response.status_code}{_explanation(body)}")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unread(f"{shown} answered no JSON ({error})") from None


def _explanation(body: bytes) -> str:
    """What an answer says of its status, as Prometheus and many others do: ``{"error": "..."}``."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return f": {answer['error']}" if isinstance(answer, dict) and "error" in answer else ""


def _client(url: httpx2.URL) -> httpx2.AsyncClient:
    verify = _trusting() if url.scheme == "https" else False
    return httpx2.AsyncClient(verify=verify, trust_env=False, follow_redirects=False, timeout=None)


@cache
def _trusting() -> ssl.SSLContext:
    """Trusts what the system trusts. Made once: it takes 20 ms, in which nothing else would be judged."""
    return httpx2.create_ssl_context()


async def _body(response: httpx2.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > LIMIT:
            raise Unread(f"{response.url.copy_with(query=None)} answered more than {LIMIT >> 20} MB")
    return bytes(body)
