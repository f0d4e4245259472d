"""The tour's copy of the assistant, and the releases that are made of it."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from bluegreen.cli.demo.application import Application
from bluegreen.cli.load import Plan

RATE = 6
"""Questions a second of the load: each is a run of the model, on cores that others need as well."""
DRAIN = 2
"""Seconds."""
QUESTIONS = (
    "When do I get my money back?",
    "Is the Aurora dimmable?",
    "When will my parcel arrive?",
    "How can I pay?",
    "Which bulb fits into the Aurora?",
    "I forgot my password",
    "My lamp is broken",
    "How bright is the Aurora?",
    "Where are your shops?",
    "Do you deliver to Norway?",
)
"""Of the load, in turns: three in ten are about a lamp that no case of the golden set is about."""


class Assistant(Application):
    """An application whose answers are a model's, over a model server that both environments share."""

    name, shown = "assistant", "An assistant over a language model"

    def __init__(self, folder: Path, address: str, data: Path) -> None:
        super().__init__(folder, address, data)
        self.change_file(lambda file: _fit(file, address))

    def plan(self) -> Plan:
        asked = tuple(f"/ask?q={quote_plus(question)}" for question in QUESTIONS)
        return Plan(self.url, asked, rate=RATE, connections=8, fresh=0.1, timeout=30.0)

    def serve(self, revision: str) -> None:
        """A release with another revision of the model."""
        self.change_file(lambda file: file["models"]["chat"].update(name=revision, source=f"./adapters/{revision}"))

    def chatty(self, revision: str) -> None:
        """A revision that replies in prose, whatever it is asked."""
        self._derive(revision, lambda settings: settings.update(reply="Sure! $answer Anything else?"))

    def quoting(self, revision: str) -> None:
        """A revision that puts a lamp's name in quotes, and so breaks its own JSON when it is asked about that lamp."""
        self._derive(revision, lambda settings: None)
        knowledge = self.folder / "adapters" / revision / "knowledge.jsonl"
        passages = [json.loads(line) for line in knowledge.read_text(encoding="utf-8").splitlines()]
        for passage in passages:
            passage["answer"] = passage["answer"].replace("Aurora", '"Aurora"')
        knowledge.write_text("".join(json.dumps(passage) + "\n" for passage in passages), encoding="utf-8")

    def _derive(self, revision: str, change: Callable[[dict[str, Any]], object]) -> None:
        folder = self.folder / "adapters" / revision
        shutil.copytree(self.folder / "adapters" / "support-2", folder)
        settings = json.loads((folder / "adapter.json").read_text(encoding="utf-8"))
        change(settings)
        (folder / "adapter.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
        self.serve(revision)


def _fit(file: dict[str, Any], address: str) -> None:
    """Give the file what is the tour's own: address, drain, and the Python that has the model's packages."""
    file["address"] = address
    file["switch"]["drain"] = f"{DRAIN}s"
    for component in file["components"].values():
        component["run"] = component["run"].replace("python3", shlex.quote(sys.executable), 1)
