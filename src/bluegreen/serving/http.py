"""Model servers asked over HTTP, by the calls that the file describes."""

from __future__ import annotations

import asyncio
import json
import re
from urllib.parse import quote

import httpx2

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.model_specs import Call, ServedModel
from bluegreen.core.output import Mask, beginning, printable
from bluegreen.serving.base import Server

LONGEST = 64 << 10
"""Bytes of an answer that are read."""
STILL_LOADING = frozenset({404, 409, 425, 429, 503})
"""Answers to the probe after which a server is asked again: it may have begun to load, and not be there yet."""
ASKED_FOR = 30.0
"""Seconds for which the probe is asked again after such an answer."""
PAUSE = 0.25

_ALREADY = re.compile(r"\balready\b", re.IGNORECASE)
"""How servers say that a revision is there: vLLM "has already been loaded" (400), llama.cpp "is already running"."""
_GONE = re.compile(r"not (be )?(found|loaded|running|exist)|unknown model|cannot be found", re.IGNORECASE)
"""How servers say that a revision is not there: vLLM "cannot be found" (404), llama.cpp "is not running" (400)."""
_SHOWN = 500


class Answer:
    """What a server said."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.text = text

    @property
    def well(self) -> bool:
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        return 400 <= self.status < 500


class HttpModelServers:
    """Sends each call to the instance itself. Redirects are answers like any other."""

    async def load(self, model: ServedModel, server: Server) -> None:
        """As `ModelServers.load`."""
        if model.load is None:
            return
        answer = await self._ask(model, model.load, server)
        already = answer.status == 409 or (answer.refused and _ALREADY.search(answer.text) is not None)
        if not answer.well and not already:
            raise _refused(model, server, "load", answer)

    async def prove(self, model: ServedModel, server: Server) -> None:
        """As `ModelServers.prove`."""
        now = asyncio.get_running_loop().time
        until = now() + min(ASKED_FOR, model.within)
        while not (answer := await self._ask(model, model.probe, server)).well:
            if answer.status not in STILL_LOADING or now() >= until:
                raise _refused(model, server, "answer for", answer)
            await asyncio.sleep(PAUSE)

    async def unload(self, model: ServedModel, server: Server) -> None:
        """As `ModelServers.unload`."""
        if model.unload is None:
            return
        answer = await self._ask(model, model.unload, server)
        gone = answer.status in (404, 410) or (answer.refused and _GONE.search(answer.text) is not None)
        if not answer.well and not gone:
            raise _refused(model, server, "unload", answer)

    async def _ask(self, model: ServedModel, call: Call, server: Server) -> Answer:
        filled = call.filled(
            {"{name}": model.served_name, "{source}": server.source}, lambda value: quote(value, safe="")
        )
        mask, asked = Mask(server.secrets), f"{filled.method} {filled.path}"
        try:
            async with asyncio.timeout(model.within):
                return await _answered(filled, server, mask)
        except TimeoutError:
            raise PermanentError(
                f"{model.serve_by} at {server.address} did not answer {asked} within {model.within:g} s.",
                cure=f"Raise `models.{model.name}.within`; `bluegreen logs {model.serve_by} --shared` tells more.",
            ) from None
        except httpx2.RequestError as error:
            raise TemporaryError(
                f"{model.serve_by} at {server.address} cannot be asked for {model.served_name}: "
                f"{mask.text(str(error)) or type(error).__name__}",
                cure=f"`bluegreen logs {model.serve_by} --shared` shows what it says.",
            ) from error


async def _answered(call: Call, server: Server, mask: Mask) -> Answer:
    headers = {"Accept-Encoding": "identity", "User-Agent": "bluegreen", **server.headers}
    content = None if call.body is None else json.dumps(call.body).encode()
    if content is not None:
        headers.setdefault("Content-Type", "application/json")
    client = httpx2.AsyncClient(verify=False, trust_env=False, follow_redirects=False, timeout=None)
    body = bytearray()
    async with (
        client,
        client.stream(call.method, f"http://{server.address}{call.path}", headers=headers, content=content) as response,
    ):
        async for chunk in response.aiter_bytes():
            body += chunk[: LONGEST - len(body)]
            if len(body) >= LONGEST:
                break
    return Answer(response.status_code, printable(mask.text(body.decode("utf-8", "replace"))).strip())


def _refused(model: ServedModel, server: Server, what: str, answer: Answer) -> PermanentError:
    said = beginning(answer.text, _SHOWN)
    return PermanentError(
        f"{model.serve_by} could not {what} {model.served_name}: {answer.status}" + (f", {said}" if said else ""),
        why=f"The instance at {server.address} said so.",
        cure=f"Look at `models.{model.name}` in the file, and at `bluegreen logs {model.serve_by} --shared`.",
    )
