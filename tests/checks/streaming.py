"""Streams of chat completions, as model servers send them: whole, broken, slow, endless or telling of an error."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from tests.checks.serving import Handler, Respond


def stream(
    *words: str,
    before: float = 0.0,
    gap: float = 0.0,
    done: bool = True,
    error: str = "",
    over_and_over: bool = False,
    cut: bool = False,
    told: int | None = None,
) -> Respond:
    """Send the words, a chunk for each; ``before`` the first one and in each ``gap`` as many seconds pass.

    ``told``: how many tokens its ``usage`` names. ``cut``: the connection is gone before the body's end.
    """

    def chunks() -> Iterator[str]:
        for word in words:
            yield json.dumps({"choices": [{"index": 0, "delta": {"content": word}}]})
        if error:
            yield json.dumps({"error": {"message": error}})
        if told is not None:
            yield json.dumps({"choices": [], "usage": {"completion_tokens": told}})
        if done:
            yield "[DONE]"

    def respond(handler: Handler) -> None:
        handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream; charset=utf-8")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        time.sleep(before)
        while True:
            for chunk in chunks():
                data = f"data: {chunk}\n\n".encode()
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                time.sleep(gap)
            if not over_and_over or handler.server.ended.is_set():
                break
        handler.close_connection = cut
        if not cut:
            handler.wfile.write(b"0\r\n\r\n")

    return respond
