"""Customers who chat with the assistant and say whether it helped: what a flag does to them, no error count shows."""

from __future__ import annotations

import json
import random
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import quote

from bluegreen.cli.demo.ai.assistant import QUESTIONS

EVERY = 0.125
"""Seconds between two chats."""
WITHIN = 30.0
HELPFUL = 100
"""Characters from which on an answer tells what a customer needs to know: the short ones of `brief` do not."""
PLEASED, DISPLEASED = 0.85, 0.1
"""Share of customers who press thumbs-up for an answer that is long enough, and for one that is not."""


@dataclass
class Chats:
    """What came of them so far."""

    asked: int = 0
    pleased: int = 0
    failed: int = 0
    failure: str = ""
    """The first one."""


class Customers:
    """From `come` to `leave`, one after the other, each with the cookies of one browser."""

    def __init__(self, every: float = EVERY) -> None:
        self._every = every
        self.chats = Chats()
        self._gone = threading.Event()
        self._thread: threading.Thread | None = None
        self._random = random.Random(5)  # noqa: S311 - whom an answer pleases is no secret

    def come(self, url: str) -> None:
        self._thread = threading.Thread(target=self._run, args=(url,), daemon=True)
        self._thread.start()

    def leave(self) -> Chats:
        self._gone.set()
        if self._thread is not None:
            self._thread.join(2 * WITHIN)
        return self.chats

    def _run(self, url: str) -> None:
        due = time.monotonic()
        while not self._gone.wait(max(0.0, due - time.monotonic())):
            due = max(due + self._every, time.monotonic())
            try:
                self._chat(url)
            except (OSError, ValueError) as error:
                self.chats.failed += 1
                self.chats.failure = self.chats.failure or repr(error)

    def _chat(self, url: str) -> None:
        number = self.chats.asked
        self.chats.asked += 1
        browser = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor())
        question = quote(QUESTIONS[number % len(QUESTIONS)])
        with browser.open(f"{url}/ask?q={question}&chat=c{number}", timeout=WITHIN) as answer:
            text = answer.read().decode()
            told = json.loads(text)["answer"] if answer.headers.get_content_type() == "application/json" else ""
        if self._random.random() < (PLEASED if len(told) >= HELPFUL else DISPLEASED):
            with browser.open(f"{url}/thumbs-up", b"", timeout=WITHIN):
                self.chats.pleased += 1
