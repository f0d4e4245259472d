"""Flags, asked for over the OpenFeature Remote Evaluation Protocol (OFREP)."""

from __future__ import annotations

from dataclasses import dataclass

import httpx2


@dataclass(frozen=True)
class Evaluated:
    value: str
    variant: str


class Flags:
    """Without an endpoint, or where it does not answer, every flag has the code's own value."""

    def __init__(self, endpoint: str | None, client: httpx2.AsyncClient) -> None:
        self._endpoint, self._client = endpoint, client

    async def text(self, flag: str, otherwise: str, **context: str) -> Evaluated:
        """The value of a flag for whom the context describes; ``otherwise`` is the code's own."""
        if self._endpoint is None:
            return Evaluated(otherwise, "code")
        url = f"{self._endpoint.rstrip('/')}/ofrep/v1/evaluate/flags/{flag}"
        try:
            answer = await self._client.post(url, json={"context": context}, timeout=1)
            found = answer.raise_for_status().json()
            return Evaluated(str(found["value"]), str(found.get("variant", "")))
        except (httpx2.HTTPError, ValueError, KeyError):
            return Evaluated(otherwise, "code")
