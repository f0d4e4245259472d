"""Answers in the shape of the OpenAI API: whole, or as a stream of server-sent events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Completion:
    id: str
    created: int
    model: str
    fingerprint: str
    words: list[str]
    """What is sent one by one where a stream was asked for."""
    finish: str
    prompt_tokens: int
    chat: bool = True
    """Whether messages were sent; else it is an answer to a bare prompt."""

    @property
    def usage(self) -> dict[str, int]:
        made = len(self.words)
        total = self.prompt_tokens + made
        return {"prompt_tokens": self.prompt_tokens, "completion_tokens": made, "total_tokens": total}

    def whole(self) -> dict[str, Any]:
        text = "".join(self.words)
        said = {"message": {"role": "assistant", "content": text}} if self.chat else {"text": text}
        choice = {"index": 0, **said, "finish_reason": self.finish, "logprobs": None}
        return {
            **self._head("chat.completion" if self.chat else "text_completion"),
            "choices": [choice],
            "usage": self.usage,
        }

    def events(self, *, usage: bool) -> Iterator[str]:
        yield self._event(self._part({"role": "assistant", "content": ""}) if self.chat else self._part(""))
        for word in self.words:
            yield self._event(self._part({"content": word} if self.chat else word))
        yield self._event(self._part({} if self.chat else "", self.finish))
        if usage:
            yield self._event([], usage=self.usage)
        yield "data: [DONE]\n\n"

    def _part(self, said: object, finish: str | None = None) -> list[dict[str, Any]]:
        return [{"index": 0, "delta" if self.chat else "text": said, "finish_reason": finish, "logprobs": None}]

    def _event(self, choices: list[dict[str, Any]], **more: Any) -> str:
        head = self._head("chat.completion.chunk" if self.chat else "text_completion")
        return f"data: {json.dumps({**head, 'choices': choices, **more})}\n\n"

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": self.fingerprint,
        }
