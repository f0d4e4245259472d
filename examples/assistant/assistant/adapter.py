"""One revision of the assistant's model: what it knows and how it replies, over the base model that all share."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Protocol

Vector = Sequence[float]


class Base(Protocol):
    """The model under every revision."""

    name: str

    def tokens(self, text: str) -> int: ...

    def embed(self, text: str) -> Vector:
        """Of length 1."""
        ...


@dataclass(frozen=True)
class Passage:
    topic: str
    answer: str
    meaning: Vector


class Adapter:
    """A folder with ``adapter.json`` and ``knowledge.jsonl``, read once. Raises OSError, ValueError, KeyError."""

    def __init__(self, name: str, folder: Path, embed: Callable[[str], Vector]) -> None:
        self.name = name
        files = [folder / "adapter.json", folder / "knowledge.jsonl"]
        self.fingerprint = hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:12]
        settings = json.loads(files[0].read_text(encoding="utf-8"))
        self._sure: float = settings["sure"]
        self._unknown: str = settings["unknown"]
        self._reply = Template(settings["reply"])
        self._styles = [(style, embed(text)) for style, text in settings["styles"].items()]
        lines = [json.loads(line) for line in files[1].read_text(encoding="utf-8").splitlines()]
        self._passages = [
            Passage(each["topic"], each["answer"], embed(f"{each['asked']} {each['answer']}")) for each in lines
        ]

    def reply(self, instruction: Vector | None, question: Vector) -> str:
        """The passage that is nearest in meaning, in the style that is nearest to what the prompt asks for."""
        confidence, passage = max(((_dot(question, p.meaning), p) for p in self._passages), key=lambda each: each[0])
        sure = confidence >= self._sure
        answer = passage.answer if sure else self._unknown
        if instruction is not None and max(self._styles, key=lambda style: _dot(instruction, style[1]))[0] == "brief":
            answer = answer.split(". ")[0].removesuffix(".") + "."
        topic = passage.topic if sure else "unknown"
        return self._reply.substitute(answer=answer, topic=topic, confidence=round(max(confidence, 0.0), 3))


def _dot(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
