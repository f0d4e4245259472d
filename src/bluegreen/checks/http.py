"""A check that is a request to the idle environment."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from bluegreen.checks.base import Finding, Progress, Target
from bluegreen.checks.expectations import disappointment
from bluegreen.core.output import Mask, beginning, printable
from bluegreen.core.spec import HttpCheck
from bluegreen.core.verdict import Verdict

BODY_LIMIT = 1 << 20
"""Bytes of an answer that are read; what follows is not looked at."""

_SHOWN = 500
_MISUSE = (httpx2.InvalidURL, httpx2.UnsupportedProtocol, httpx2.LocalProtocolError, re.error)


@dataclass
class Answer:
    """What came back so far."""

    attempt: int = 0
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)

    def evidence(self, check: HttpCheck, mask: Mask) -> dict[str, Any]:
        if self.status is None:
            return {"attempt": self.attempt}
        text = printable(mask.text(self.body.decode("utf-8", "replace")))
        asked = {name: beginning(mask.text(self.headers.get(name, "")), _SHOWN) for name in check.headers}
        body = beginning(text, _SHOWN)
        return {"attempt": self.attempt, "status": self.status, "headers": asked, "body": body}


class HttpChecker:
    """Sends ``times`` requests, one after the other; the first one that disappoints blocks the release.

    Each must be answered whole within ``within`` seconds, connecting included. Redirects are answers like any other.
    """

    async def run(self, check: HttpCheck, target: Target) -> Finding:
        """Send the requests. See `bluegreen.checks.base.Checker`."""
        started = time.monotonic()
        mask = Mask(target.secrets)
        answer, reason = Answer(), None
        try:
            async with _client(target) as client:
                while reason is None and answer.attempt < check.times:
                    if check.times > 1:
                        said = f"{answer.attempt} of {check.times} requests, all answered as expected so far"
                        target.tell(Progress(answer.attempt, check.times, said))
                    answer = Answer(answer.attempt + 1)
                    reason = await _attempt(client, check, target, answer)
            verdict = Verdict.ALLOW if reason is None else Verdict.BLOCK
        except Exception as error:  # of the check, or of ours: no evidence either way, and so never a yes
            verdict = Verdict.CANNOT_TELL
            reason = f"the check cannot be carried out: {str(error) or type(error).__name__}"
        reason = reason or f"{check.times} of {check.times} requests answered as expected"
        shown = beginning(printable(mask.text(reason)), _SHOWN)
        return Finding(check.name, verdict, shown, time.monotonic() - started, answer.evidence(check, mask))


def _client(target: Target) -> httpx2.AsyncClient:
    url = httpx2.URL(target.url)
    # The preview address of an application with TLS has a certificate for another name than 127.0.0.1.
    verify = url.scheme == "https" and not _is_loopback(url.host)
    return httpx2.AsyncClient(verify=verify, trust_env=False, follow_redirects=False, timeout=None)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _attempt(client: httpx2.AsyncClient, check: HttpCheck, target: Target, answer: Answer) -> str | None:
    """One request; why it disappoints, or None."""
    stage = "no answer began"
    try:
        async with asyncio.timeout(check.within):
            async with client.stream(**_request(check, target)) as response:
                stage = "the answer did not end"
                answer.status, answer.headers = response.status_code, response.headers
                await _read_body(response, answer)
            stage = "the expression was still being searched for"
            return await disappointment(check, response.status_code, response.headers, bytes(answer.body))
    except TimeoutError:
        return f"{stage} within {check.within:g} s"
    except _MISUSE:
        raise
    except httpx2.RequestError as error:
        return f"{check.method} {target.url}{check.path} failed: {str(error) or type(error).__name__}"


async def _read_body(response: httpx2.Response, answer: Answer) -> None:
    async for chunk in response.aiter_bytes():
        answer.body += chunk[: BODY_LIMIT - len(answer.body)]
        if len(answer.body) >= BODY_LIMIT:
            return


def _request(check: HttpCheck, target: Target) -> dict[str, Any]:
    # Compressed, a few bytes could become any number of them before their size is seen.
    headers = {"Accept-Encoding": "identity", "User-Agent": "bluegreen"}
    request: dict[str, Any] = {
        "method": check.method,
        "url": f"{target.url.rstrip('/')}{check.path}",
        "headers": headers,
    }
    if target.host is not None:
        headers["Host"] = target.host
        request["extensions"] = {"sni_hostname": target.host}
    return request
