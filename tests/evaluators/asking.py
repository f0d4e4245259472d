"""Exchanges to be scored, and evaluators to score them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from bluegreen.core.measures import Measure
from bluegreen.evaluators.base import Exchange, Score, Setting
from bluegreen.evaluators.exchange import exchange_of
from bluegreen.evaluators.registry import make

REQUEST = json.dumps({"messages": [{"role": "user", "content": "What is the capital of France?"}]}).encode()


def said(text: str, *, cut: bool = False, status: int = 200) -> Exchange:
    """A chat completion that says this."""
    message = {"role": "assistant", "content": text}
    body = json.dumps({"id": "x", "object": "chat.completion", "choices": [{"index": 0, "message": message}]}).encode()
    headers = {"Content-Type": "application/json"}
    return exchange_of("POST", "/v1/chat/completions", REQUEST, status, headers, body, cut=cut)


def score(
    kind: str,
    exchange: Exchange | str,
    expected: Any,
    folder: Path | str = "/",
    setting: Setting | None = None,
    **options: Any,
) -> Score:
    """What an evaluator says of an answer."""
    evaluator = make(Measure(kind, kind, options), setting or Setting(str(folder), {"PATH": "/usr/bin:/bin"}))
    asked = said(exchange) if isinstance(exchange, str) else exchange
    return asyncio.run(evaluator.score(asked, expected))
