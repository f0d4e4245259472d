"""Small JSON documents of issuers: fetched in bounded time and size, and from nowhere else than the file says."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import httpx2

from bluegreen.core.errors import TemporaryError

WITHIN = 5.0
"""Seconds for the whole document."""
LARGEST = 256_000
"""Bytes."""
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


async def fetch_json(url: str) -> dict[str, Any]:
    """The object at an address. No redirect is followed. Raises TemporaryError."""
    local = urlsplit(url).hostname in _LOOPBACK
    try:
        # What a proxy of the environment passes on is checked by TLS; what is on this machine needs none.
        async with (
            asyncio.timeout(WITHIN),
            httpx2.AsyncClient(follow_redirects=False, trust_env=not local, timeout=WITHIN) as client,
            client.stream("GET", url, headers=_HEADERS) as answer,
        ):
            if answer.status_code != 200:
                raise _cannot(url, f"It answered {answer.status_code}.")
            body = bytearray()
            async for part in answer.aiter_raw():
                body += part
                if len(body) > LARGEST:
                    raise _cannot(url, f"It sent more than {LARGEST // 1000} kB.")
            found = json.loads(body)
    except (httpx2.HTTPError, TimeoutError, OSError) as error:
        raise _cannot(url, str(error) or f"It took longer than {WITHIN:g} s.") from error
    except (ValueError, RecursionError) as error:
        raise _cannot(url, "It did not send JSON.") from error
    if not isinstance(found, dict):
        raise _cannot(url, "It did not send a JSON object.")
    return found


def may_be_asked(url: object, issuer: str) -> bool:
    """Whether an address that an issuer names may be asked: over https, or on this machine when the issuer is here."""
    try:
        parts = urlsplit(str(url))
    except ValueError:
        return False
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in _LOOPBACK and urlsplit(issuer).hostname in _LOOPBACK
    )


def _cannot(url: str, why: str) -> TemporaryError:
    return TemporaryError(f"{url} cannot be read.", why=why, cure="It is tried again in a minute.")
