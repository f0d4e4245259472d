"""Sends the cases of a golden set to one environment, and gives what came back, bounded."""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from bluegreen.checks.base import Reach, Target
from bluegreen.core.golden_cases import GoldenCase
from bluegreen.core.prefixes import longest_prefix
from bluegreen.evaluators.base import Exchange
from bluegreen.evaluators.exchange import exchange_of

BODY_LIMIT = 1 << 20
"""Bytes of an answer; a longer one is no answer to a case."""


class NoAnswer(Exception):
    """A case got no whole answer, and why, in words for people."""


class NotAsked(Exception):
    """A case could not be sent at all, and why: that says nothing of who should have answered."""


class Environment:
    """One environment, reached at the preview address or past the proxy, at its instances in turn."""

    def __init__(self, name: str, host: str | None, *, url: str | None = None, reach: Reach | None = None) -> None:
        self.name = name
        self._host = host
        self._url = url
        self._reach = reach
        self._turns: dict[str, Iterator[str]] = {}

    def url(self, path: str) -> str:
        """Where a path is asked for. Raises NotAsked: no instance takes it."""
        if self._url is not None:
            return f"{self._url.rstrip('/')}{path}"
        instances = self._reach.instances if self._reach else {}
        prefix = longest_prefix(path, instances)
        if prefix is None or not instances[prefix]:
            raise NotAsked(f"no instance of {self.name} takes {path}")
        return f"http://{next(self._turn(prefix, instances[prefix]))}{path}"

    def _turn(self, prefix: str, addresses: Sequence[str]) -> Iterator[str]:
        return self._turns.setdefault(prefix, itertools.cycle(addresses))

    @asynccontextmanager
    async def answering(self, client: httpx2.AsyncClient, case: GoldenCase) -> AsyncIterator[httpx2.Response]:
        """The answer to a case, whose body is still to be read. Raises NoAnswer and NotAsked."""
        try:
            # Compressed, a few bytes could become any number of them before their size is seen.
            headers = {"Accept-Encoding": "identity", "User-Agent": "bluegreen"} | dict(case.headers)
            extensions: dict[str, Any] = {}
            if self._host is not None:
                headers["Host"] = self._host
                extensions["sni_hostname"] = self._host
            content = request_of(case)
            if content:
                headers.setdefault("Content-Type", "application/json")
            url = self.url(case.path)
            async with client.stream(
                case.method, url, headers=headers, content=content, extensions=extensions
            ) as response:
                yield response
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, httpx2.LocalProtocolError, ValueError) as error:
            raise NotAsked(f"it cannot be sent: {str(error) or type(error).__name__}") from None
        except httpx2.RequestError as error:
            raise NoAnswer(f"no whole answer: {str(error) or type(error).__name__}") from None


def request_of(case: GoldenCase) -> bytes:
    """The body of a case; empty when it has none."""
    return b"" if case.body is None else json.dumps(case.body, ensure_ascii=False).encode("utf-8", "replace")


async def ask(client: httpx2.AsyncClient, environment: Environment, case: GoldenCase, within: float) -> Exchange:
    """The whole answer to a case. Raises NoAnswer and NotAsked."""
    try:
        async with asyncio.timeout(within), environment.answering(client, case) as response:
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > BODY_LIMIT:
                    raise NoAnswer(f"more than {BODY_LIMIT >> 20} MB came back")
    except TimeoutError:
        raise NoAnswer(f"no whole answer within {within:g} s") from None
    status, headers = response.status_code, response.headers
    return exchange_of(case.method, case.path, request_of(case), status, headers, bytes(body))


def client_of(target: Target) -> httpx2.AsyncClient:
    """A client for both environments of a target; each request bounds its own time."""
    url = httpx2.URL(target.url)
    # The preview address of an application with TLS has a certificate for another name than 127.0.0.1.
    verify = url.scheme == "https" and not _is_loopback(url.host)
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    return httpx2.AsyncClient(verify=verify, trust_env=False, follow_redirects=False, timeout=None, limits=limits)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
