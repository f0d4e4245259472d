"""Entries of the journal as JSON, and as a stream of server-sent events that can be resumed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from pydantic import TypeAdapter

from bluegreen.core.events import Entry
from bluegreen.engine.application import Application
from bluegreen.journal.base import Journal

_ADAPTER: TypeAdapter[Entry] = TypeAdapter(Entry)
PING_EVERY = 15.0
PAGE = 500


def entry_json(entry: Entry) -> dict[str, Any]:
    """One entry. A release is shown by its digests, not by its whole specification."""
    value: dict[str, Any] = _ADAPTER.dump_python(entry, mode="json")
    if "release" in value["event"] and isinstance(value["event"]["release"], dict):
        spec = value["event"]["release"].pop("spec")
        value["event"]["release"]["components"] = [component["name"] for component in spec["components"]]
    return value


async def follow(journal: Journal, app: Application, after: int) -> AsyncIterator[bytes]:
    """Server-sent events from an entry on, for ever; the id of each is its place in the journal."""
    while True:
        entries = await journal.read(app.name, after=after, limit=PAGE)
        for entry in entries:
            after = entry.seq
            data = json.dumps(entry_json(entry), separators=(",", ":"))
            yield f"id: {entry.seq}\nevent: {entry.event.kind}\ndata: {data}\n\n".encode()
        if not entries and not await _news(app, after):
            yield b": still here\n\n"


async def _news(app: Application, after: int) -> bool:
    return await app.until(lambda state: state.seq > after, PING_EVERY)
