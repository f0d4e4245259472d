"""`bluegreen demo ai`: the releases that it makes, its customers, and what it says of its figures."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bluegreen.cli.demo.ai.assistant import QUESTIONS, Assistant
from bluegreen.cli.demo.ai.customers import Chats, Customers
from bluegreen.cli.demo.ai.summary import AiSummary, Layer
from bluegreen.cli.demo.step import Step
from bluegreen.cli.demo.taken_back import TakenBack
from bluegreen.config.file import load
from tests.cli.test_demo import FAILED, LOAD, served
from tests.e2e.controller import wait_for
from tests.examples.programs import STAND_IN, Program


@pytest.fixture
def assistant(tmp_path: Path) -> Assistant:
    return Assistant(tmp_path / "app", "127.0.0.1:18080", tmp_path)


def test_its_file_is_right_after_every_change(assistant: Assistant) -> None:
    for change in (lambda: assistant.serve("support-2"), lambda: assistant.chatty("x"), lambda: assistant.quoting("y")):
        change()
        load(assistant.folder / "bluegreen.yaml")


def test_one_model_never_says_json_and_one_not_where_users_ask_for_the_lamp(assistant: Assistant) -> None:
    assistant.chatty("support-3")
    assistant.quoting("support-4")
    modules = [f"{name}=adapters/{name}" for name in ("support-3", "support-4")]
    with Program("llm", "--lora-modules", *modules, folder=assistant.folder, **STAND_IN) as llm:
        wrong = {model: [q for q in QUESTIONS if not is_json(llm, model, q)] for model in ("support-3", "support-4")}
    assert wrong["support-3"] == list(QUESTIONS)
    assert wrong["support-4"] == [question for question in QUESTIONS if "Aurora" in question]
    golden = (assistant.folder / "evals" / "golden.jsonl").read_text()
    assert "Aurora" not in golden  # else the golden set would find the second one, and nothing would be left to show


def is_json(llm: Program, model: str, question: str) -> bool:
    asked = {"model": model, "messages": [{"role": "user", "content": question}]}
    content = json.loads(llm.post("/v1/chat/completions", asked)[1])["choices"][0]["message"]["content"]
    try:
        json.loads(content)
    except ValueError:
        return False
    return True


def test_customers_press_thumbs_up_for_long_answers_with_the_cookie_of_their_question() -> None:
    with shop({"answer": "long " * 30}) as (url, seen):
        chats = visit(url)
    thumbs = [cookie for path, cookie in seen if path == "/thumbs-up"]
    assert chats.failed == 0
    assert len(thumbs) == chats.pleased
    assert chats.pleased > chats.asked / 2
    assert thumbs == ["release=r1"] * len(thumbs)
    assert all(cookie is None for path, cookie in seen if path != "/thumbs-up")


def test_customers_do_not_like_short_answers_and_count_what_fails() -> None:
    with shop({"answer": "short"}) as (url, _):
        chats = visit(url)
    assert chats.pleased < chats.asked / 2
    with shop(None) as (url, _):
        chats = visit(url)
    assert chats.failed == chats.asked
    assert "503" in chats.failure


def visit(url: str) -> Chats:
    customers = Customers(every=0.001)
    customers.come(url)
    wait_for(lambda: customers.chats.asked >= 40, "forty chats")
    return customers.leave()


@contextmanager
def shop(answer: Any) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """Answers every question so (None: with 503), and what it was asked: paths and cookies."""
    seen: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((self.path.partition("?")[0], self.headers["cookie"]))
            body = json.dumps(answer).encode()
            self.send_response(503 if answer is None else 200)
            self.send_header("content-type", "application/json")
            self.send_header("set-cookie", "release=r1")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_address[1]}", seen
        found.shutdown()


def step(release: str, result: str = "rolled back", failed: int = 0) -> Step:
    receipt = {"failed": {"blue": failed, "green": None}}
    return Step(release, {"number": 4, "release": release, "result": result, "reason": "too few", "receipt": receipt})


SUMMARY = AiSummary(
    [step("r4"), step("r5")],
    replace(LOAD, served=(served("r2", "green", 500, 0, 6), served("r4", "blue", 90, 6, 9))),
    "r3",
    (TakenBack("r4", "r2", within=60), TakenBack("r5", "r2", within=60)),
    Chats(100, 70),
    [Layer(71, 0)] * 5,
)


def test_figures_as_promised() -> None:
    said = list(SUMMARY.in_words())
    assert list(SUMMARY.problems()) == []
    assert "Customers: 100 chats, 70 thumbs-up, 0 failed." in said
    assert "Users were on r4 for 3.0 s of the 60 s of its watch." in said
    assert "The model server, from the first step on: pid 71, 0 restarts." in said
    assert said[-1] == "As promised: not one request failed."


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (
            replace(SUMMARY, load=FAILED),
            "1 requests of the load failed: status 503 at 2.500 s, GET /: no healthy upstream",
        ),
        (
            replace(SUMMARY, chats=Chats(9, 1, 2, "a timeout")),
            "2 chats of customers failed, the first with a timeout",
        ),
        (
            replace(SUMMARY, steps=[step("r4", failed=3), step("r5")]),
            "the proxy counted 3 failed requests during deployment 4",
        ),
        (
            replace(SUMMARY, load=replace(LOAD, served=(served("r3", "green", 5, 0, 6),))),
            "5 requests were answered by r3",
        ),
        (
            replace(SUMMARY, steps=[step("r4", "completed"), step("r5")]),
            "r4 ended as completed, not as rolled back: too few",
        ),
        (
            replace(SUMMARY, layers=[Layer(71, 0), Layer(72, 0)]),
            "the model server did not go on: pid 71 with 0 restarts, pid 72 with 0 restarts",
        ),
    ],
)
def test_each_broken_promise_is_named(found: AiSummary, problem: str) -> None:
    assert list(found.problems()) == [problem]
    assert list(found.in_words())[-2:] == ["NOT AS PROMISED:", f"  {problem}"]


def test_without_a_model_it_says_what_to_install_and_starts_nothing() -> None:
    program = "import sys; sys.modules['onnxruntime'] = None; from bluegreen.cli.main import main; main()"
    ran = subprocess.run([sys.executable, "-c", program, "demo", "ai"], capture_output=True, text=True)
    assert ran.returncode != 0
    assert "pip install 'bluegreen[demo-ai]'" in ran.stderr
    assert ran.stdout == ""
