"""What an answer says: the text of chat completions and their like, whole or as a stream of events.

The shapes are those of the OpenAI API, which most model servers speak: chat completions, completions and responses.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

DONE = "[DONE]"
"""The last event of a stream of chat completions."""
_ENDS = frozenset({"response.completed", "response.incomplete"})


def loads(text: str | bytes) -> Any:
    """The JSON of a text; None when it is none, or nested too deeply."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def text_of(document: Any) -> str | None:
    """What a whole answer says; None when it has none of the known shapes."""
    if not isinstance(document, dict):
        return None
    if isinstance(document.get("choices"), list):
        choice = _first(document["choices"])
        message = choice.get("message")
        return _content(message.get("content") if isinstance(message, dict) else choice.get("text"))
    if isinstance(document.get("output"), list):
        items = [item for item in document["output"] if isinstance(item, dict)]
        return "".join(_content(item.get("content")) for item in items)
    return None


@dataclass(frozen=True)
class StreamEvent:
    """What one event of a streamed answer tells."""

    text: str = ""
    """What it adds; nothing, such as the first event of many servers, which names the role."""
    ends: bool = False
    """The answer is complete with it."""
    tokens: int | None = None
    """How many tokens the whole answer has."""
    error: str = ""
    """What went wrong, in the server's words."""
    known: bool = True
    """It has one of the known shapes, whose streams tell when they are complete; any other adds its data as it is."""


def stream_event(data: str) -> StreamEvent:
    """Read the data of one event."""
    if data == DONE:
        return StreamEvent(ends=True)
    document = loads(data)
    if not isinstance(document, dict):
        return StreamEvent(text=data, known=False)
    kind = document.get("type")
    if isinstance(kind, str) and kind.startswith("response."):
        return _of_responses(kind, document)
    error = document.get("error")
    if error or kind == "error":
        return StreamEvent(error=_said(error or document))
    if "choices" not in document:
        return StreamEvent(text=data, known=False)
    choice = _first(document["choices"])
    delta = choice.get("delta")
    text = _content(delta.get("content")) if isinstance(delta, dict) else _text(choice.get("text"))
    return StreamEvent(text, bool(choice.get("finish_reason")), _tokens(document.get("usage")))


def _of_responses(kind: str, document: dict[str, Any]) -> StreamEvent:
    response = document.get("response")
    response = response if isinstance(response, dict) else {}
    return StreamEvent(
        text=_text(document.get("delta")) if kind == "response.output_text.delta" else "",
        ends=kind in _ENDS,
        tokens=_tokens(response.get("usage")),
        error=_said(response.get("error")) if kind == "response.failed" else "",
    )


def joined(events: Iterable[str]) -> str:
    """What a stream says, put together."""
    return "".join(stream_event(event).text for event in events)


def _tokens(usage: Any) -> int | None:
    if not isinstance(usage, dict):
        return None
    count = usage.get("completion_tokens", usage.get("output_tokens"))
    return count if isinstance(count, int) and not isinstance(count, bool) and count > 0 else None


def _said(error: Any) -> str:
    message = error.get("message") if isinstance(error, dict) else error
    return str(message or "the stream tells of an error")


def _first(choices: Any) -> dict[str, Any]:
    """The answer of index 0, of those that were asked for; an empty one when there is none."""
    found = [c for c in _list(choices) if isinstance(c, dict) and c.get("index", 0) == 0]
    return found[0] if found else {}


def _content(content: Any) -> str:
    """Text, or the text of parts (``{"type": "text", "text": …}``)."""
    if isinstance(content, str):
        return content
    return "".join(_text(part.get("text")) for part in _list(content) if isinstance(part, dict))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
