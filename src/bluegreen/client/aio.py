"""The client for asyncio, on httpx2."""

from __future__ import annotations


class AsyncClient:
    pass
