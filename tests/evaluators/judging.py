"""A server that speaks OpenAI's chat completions and judges by a rule: a stand-in for a model, for tests only."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.checks.serving import Handler, Respond, serving

Rule = Callable[[str, str], str]
"""The word for a first and a second answer."""


@dataclass
class JudgeServer:
    url: str
    asked: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    """Headers (names in lower case) and body of each question."""


def answers_of(prompt: str) -> tuple[str, str]:
    """The first and the second answer of a prompt as ours has them."""
    first, second = re.findall(r"^(?:First|Second) answer: (.*)$", prompt, re.MULTILINE)
    return json.loads(first), json.loads(second)


@contextlib.contextmanager
def judge(rule: Rule | None = None, respond: Respond | None = None) -> Iterator[JudgeServer]:
    """Serve a judge; ``respond`` instead of a rule answers by itself."""

    def answer(handler: Handler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        server.asked.append(({name.lower(): value for name, value in handler.headers.items()}, body))
        if respond is not None:
            respond(handler)
            return
        assert rule is not None
        word = rule(*answers_of(body["messages"][0]["content"]))
        told = {"choices": [{"index": 0, "message": {"role": "assistant", "content": word}}]}
        handler.answer(200, json.dumps(told).encode(), Content_Type="application/json")

    with serving(**{"v1/chat/completions": answer}) as served:
        server = JudgeServer(f"{served.url}/v1")
        yield server
