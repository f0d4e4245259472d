"""The model server. It speaks the OpenAI API, and loads and unloads revisions as vLLM does its LoRA adapters.

Revisions are kept in memory alone: after a restart there is only what ``--lora-modules`` names.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict

from assistant import completion, serving
from assistant.adapter import Adapter, Base, Vector

AT_ONCE = 2
"""Questions that the model works on at the same time; the others wait."""
STARTED = int(time.time())


class Message(BaseModel):
    role: str
    content: str


class Asked(BaseModel):
    """What is used of a request for a completion; the rest of the OpenAI API is accepted and has no effect."""

    model_config = ConfigDict(extra="allow")
    model: str
    messages: list[Message] = []
    prompt: str = ""
    max_tokens: int | None = None
    stream: bool = False
    stream_options: dict[str, bool] | None = None


class Loading(BaseModel):
    lora_name: str
    lora_path: str = ""


class Models:
    """The base model, and the revisions that are loaded."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self.adapters: dict[str, Adapter] = {}
        self._room = asyncio.Semaphore(AT_ONCE)
        # Prompts are few and long, and the same for every question; questions are not remembered.
        self._instruction = lru_cache(32)(base.embed)

    async def load(self, name: str, folder: Path) -> None:
        self.adapters[name] = await asyncio.to_thread(Adapter, name, folder, self.base.embed)

    async def reply(self, adapter: Adapter, messages: Sequence[Message]) -> str:
        prompt = "\n".join(message.content for message in messages if message.role == "system")
        question = next((message.content for message in reversed(messages) if message.role == "user"), "")
        async with self._room:
            return await asyncio.to_thread(self._reply, adapter, prompt, question)

    def _reply(self, adapter: Adapter, prompt: str, question: str) -> str:
        instruction: Vector | None = self._instruction(prompt) if prompt else None
        return adapter.reply(instruction, self.base.embed(question))


def application(models: Models) -> FastAPI:
    app = FastAPI(title="llm")

    @app.get("/healthz")
    async def healthz() -> Response:
        return PlainTextResponse("ok\n")

    @app.get("/v1/models")
    async def listed() -> dict[str, Any]:
        names = [(models.base.name, None), *((name, models.base.name) for name in models.adapters)]
        known = [
            {"id": n, "object": "model", "created": STARTED, "owned_by": "assistant", "parent": p} for n, p in names
        ]
        return {"object": "list", "data": known}

    @app.post("/v1/load_lora_adapter")
    async def load(loading: Loading) -> Response:
        if loading.lora_name in models.adapters:
            return _refused(400, f"The lora adapter '{loading.lora_name}' has already been loaded.")
        try:
            await models.load(loading.lora_name, Path(loading.lora_path))
        except (OSError, ValueError, KeyError) as error:
            return _refused(400, f"'{loading.lora_path}' is no adapter: {error!r}")
        return PlainTextResponse(f"Success: LoRA adapter '{loading.lora_name}' added successfully.")

    @app.post("/v1/unload_lora_adapter")
    async def unload(loading: Loading) -> Response:
        if models.adapters.pop(loading.lora_name, None) is None:
            return _refused(404, f"The lora adapter '{loading.lora_name}' cannot be found.")
        return PlainTextResponse(f"Success: LoRA adapter '{loading.lora_name}' removed successfully.")

    @app.post("/v1/chat/completions")
    @app.post("/v1/completions")
    async def complete(asked: Asked) -> Response:
        adapter = models.adapters.get(asked.model)
        if adapter is None:
            return _refused(404, f"The model `{asked.model}` does not exist.")
        messages = asked.messages or [Message(role="user", content=asked.prompt)]
        words = re.findall(r"\s*\S+", await models.reply(adapter, messages))
        cut = asked.max_tokens is not None and len(words) > asked.max_tokens
        prompt_tokens = sum(models.base.tokens(message.content) for message in messages)
        made = completion.Completion(
            id=f"chatcmpl-{uuid.uuid4().hex[:24]}",
            created=int(time.time()),
            model=adapter.name,
            fingerprint=adapter.fingerprint,
            words=words[: asked.max_tokens] if cut else words,
            finish="length" if cut else "stop",
            prompt_tokens=prompt_tokens,
            chat=bool(asked.messages),
        )
        if not asked.stream:
            return JSONResponse(made.whole())
        usage = bool((asked.stream_options or {}).get("include_usage"))
        return StreamingResponse(_paced(made, usage=usage), media_type="text/event-stream")

    return app


async def _paced(made: completion.Completion, *, usage: bool) -> AsyncIterator[str]:
    for event in made.events(usage=usage):
        yield event
        await asyncio.sleep(0)  # a long answer does not hold up the others


def _refused(status: int, message: str) -> Response:
    kind = "NotFoundError" if status == 404 else "BadRequestError"
    return JSONResponse({"error": {"message": message, "type": kind, "param": None, "code": status}}, status)


def _base() -> Base:
    if os.environ.get("ASSISTANT_MODEL") == "stand-in":
        from assistant.stand_in import StandIn

        return StandIn()
    from assistant.minilm import MiniLM

    return MiniLM()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--lora-modules", nargs="*", default=[], metavar="NAME=FOLDER", help="loaded at the start")
    chosen = parser.parse_args()
    models = Models(_base())
    for module in chosen.lora_modules:
        name, _, folder = module.partition("=")
        models.adapters[name] = Adapter(name, Path(folder), models.base.embed)
    serving.run(application(models), chosen.port)


if __name__ == "__main__":
    main()
