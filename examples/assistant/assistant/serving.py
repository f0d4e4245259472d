"""How both programs serve: on loopback, until TERM, when the requests under way are finished."""

from __future__ import annotations

import uvicorn
from fastapi import FastAPI

KEEP_ALIVE = 75
"""Seconds for which an idle connection is kept: longer than a proxy keeps it, so that it is the proxy that ends it."""


def run(app: FastAPI, port: int) -> None:
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False, timeout_keep_alive=KEEP_ALIVE)
