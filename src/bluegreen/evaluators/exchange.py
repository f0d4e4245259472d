"""Exchanges out of HTTP answers: what a model said, whatever way it was sent."""

from __future__ import annotations

from collections.abc import Mapping

from bluegreen.core.answers import joined, loads, text_of
from bluegreen.core.sse import SseReader
from bluegreen.evaluators.base import Exchange


def exchange_of(
    method: str,
    path: str,
    request: bytes,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    cut: bool = False,
) -> Exchange:
    """An exchange with the text of the answer: a chat completion's content, the pieces of a stream put together, else
    the body as it is. ``headers`` may have names in any case; ``cut``: ``body`` is only the answer's beginning."""
    named = {name.lower(): value for name, value in headers.items()}
    if named.get("content-type", "").partition(";")[0].strip().lower() == "text/event-stream":
        text, document = joined(SseReader().feed(body)), None
    else:
        document = loads(body)
        said = text_of(document)
        text = said if said is not None else body.decode("utf-8", "replace")
    return Exchange(method, path, request, status, named, body, text, document, cut)
