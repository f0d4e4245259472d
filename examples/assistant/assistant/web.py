"""The application in front of the model: a page, its API, and an OpenAI API with the product's own prompt and model."""

from __future__ import annotations

import argparse
import base64
import hashlib
import html
import json
import os
import string
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse

from assistant import serving
from assistant.events import Events
from assistant.flags import Evaluated, Flags
from assistant.release import Release

FOLDER = Path(__file__).parent.parent
FLAG = "answer-style"
WITHIN = 20.0
"""Seconds that the model may take."""


class Assistant:
    """One release of the assistant: its prompts are read once at the start."""

    def __init__(self, release: Release, env: Mapping[str, str]) -> None:
        self.release, self.events = release, Events()
        self._client = httpx2.AsyncClient(timeout=WITHIN, trust_env=False)
        self.flags = Flags(env.get("OFREP_ENDPOINT"), self._client)
        self._model = env.get("LLM_URL", "http://127.0.0.1:8090").rstrip("/")
        prompts = json.loads((FOLDER / "prompts.json").read_text(encoding="utf-8"))
        self._prompts = {style: string.Template(text) for style, text in prompts.items()}
        page = string.Template((FOLDER / "page.html").read_text(encoding="utf-8"))
        self.page = page.substitute({k: html.escape(v) for k, v in vars(release).items()})
        self.headers = {"x-release": release.release, "x-color": release.color}

    async def style(self, chat: str) -> Evaluated:
        """Which prompt this chat gets."""
        return await self.flags.text(FLAG, "full", targetingKey=chat)

    def body(self, style: Evaluated, messages: list[Any], stream: bool) -> dict[str, Any]:
        prompt = self._prompts.get(style.value, self._prompts["full"]).substitute(shop=self.release.shop)
        told = [{"role": "system", "content": prompt}, *messages]
        return {"model": self.release.model, "messages": told, "stream": stream}

    async def complete(self, body: dict[str, Any]) -> Any:
        """The model server's answer. Raises httpx2.HTTPError."""
        answer = await self._client.post(f"{self._model}/v1/chat/completions", json=body)
        return answer.raise_for_status().json()

    async def stream(self, body: dict[str, Any]) -> AsyncIterator[bytes]:
        """The model server's answer as it comes. Raises httpx2.HTTPError before the first part."""
        async with self._client.stream("POST", f"{self._model}/v1/chat/completions", json=body) as answer:
            answer.raise_for_status()
            yield b""
            async for part in answer.aiter_raw():
                yield part


def application(assistant: Assistant) -> FastAPI:
    app = FastAPI(title="assistant")

    @app.get("/")
    async def page() -> Response:
        return HTMLResponse(assistant.page, headers=assistant.headers)

    @app.get("/healthz")
    async def healthz() -> Response:
        return PlainTextResponse("ok\n", headers=assistant.headers)

    @app.get("/ask")
    async def ask(q: str, chat: str = "") -> Response:
        """One question; a customer's chat is named, so that it counts as a visit and gets the prompt of its flag."""
        style = await assistant.style(chat)
        try:
            made = await assistant.complete(assistant.body(style, [{"role": "user", "content": q}], stream=False))
        except httpx2.HTTPError as error:
            return _unavailable(assistant, error)
        if chat:
            assistant.events.count("question")
        text = made["choices"][0]["message"]["content"]
        named = assistant.release.named(style.variant, made["model"])
        if (said := _read(text)) is None:
            return PlainTextResponse(text, headers=_headers(named))
        return _json({**said, **named}, _headers(named))

    @app.post("/thumbs-up")
    async def thumbs_up() -> Response:
        assistant.events.count("thumbs-up")
        return _json({"release": assistant.release.release}, assistant.headers)

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        asked = await request.json()
        style = await assistant.style(str(asked.get("user", "")))
        stream = bool(asked.get("stream"))
        body = assistant.body(style, asked.get("messages", []), stream)
        named = assistant.release.named(style.variant, assistant.release.model)
        headers = _headers(named)
        try:
            if not stream:
                return _json(await assistant.complete(body), headers)
            parts = assistant.stream(body)
            await anext(parts)
        except httpx2.HTTPError as error:
            return _unavailable(assistant, error)
        return StreamingResponse(parts, media_type="text/event-stream", headers=headers)

    return app


def _read(text: str) -> dict[str, Any] | None:
    """What the model said. It is asked for JSON; None: that is none."""
    try:
        said = json.loads(text)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _json(value: object, headers: Mapping[str, str], status: int = 200) -> Response:
    """With a digest of the body (RFC 9530), so that a client can verify it."""
    body = json.dumps(value, ensure_ascii=False).encode() + b"\n"
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    named = {**headers, "content-digest": f"sha-256=:{digest}:"}
    return Response(body, status, named, "application/json")


def _unavailable(assistant: Assistant, error: Exception) -> Response:
    return _json({"error": f"the model does not answer: {error!r}"}, assistant.headers, 503)


def _headers(named: Mapping[str, str]) -> dict[str, str]:
    return {f"x-{name}": value.encode("ascii", "backslashreplace").decode() for name, value in named.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    serving.run(application(Assistant(Release.of(), os.environ)), port)


if __name__ == "__main__":
    main()
