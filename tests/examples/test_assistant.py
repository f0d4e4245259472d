"""The assistant's application, over the stand-in for its model."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from tests.e2e.controller import wait_for
from tests.examples.programs import ASSISTANT, STAND_IN, Program, get

SCHEMA = json.loads((ASSISTANT / "answer.schema.json").read_text())
LOADED = ("--lora-modules", "support-1=adapters/support-1")
BACK = "When do I get my money back?"
NAMES = {"BLUEGREEN_RELEASE": "r7", "BLUEGREEN_COLOR": "green", "BLUEGREEN_DIGEST": "d7", "CHAT_MODEL": "support-1"}


@pytest.fixture(scope="module")
def llm() -> Iterator[Program]:
    with Program("llm", *LOADED, **STAND_IN) as found:
        yield found


@pytest.fixture(scope="module")
def web(llm: Program) -> Iterator[Program]:
    with Program("web", LLM_URL=llm.url, ASSISTANT_SHOP="Lamp & Co", **NAMES) as found:
        yield found


def test_an_answer_fits_the_schema_and_names_all_that_it_is_made_of(web: Program) -> None:
    answer = web.ask(BACK)
    jsonschema_rs.validate(SCHEMA, answer)
    assert answer["topic"] == "returns"
    assert answer["answer"].startswith("The refund is on its way")
    parts = {key: answer[key] for key in ("release", "color", "digest", "code", "prompt", "model", "shop")}
    assert parts == {
        "release": "r7",
        "color": "green",
        "digest": "d7",
        "code": "1",
        "prompt": "code",
        "model": "support-1",
        "shop": "Lamp & Co",
    }


def test_the_page_shows_what_it_is_without_letting_it_be_markup(web: Program) -> None:
    _, page = get(web.url + "/")
    assert "Ask Lamp &amp; Co" in page
    assert "release r7 in green" in page


def test_what_comes_in_parts_is_what_comes_whole(web: Program) -> None:
    asked = {"messages": [{"role": "user", "content": BACK}], "user": "someone"}
    whole = json.loads(web.post("/v1/chat/completions", asked)[1])
    status, stream = web.post("/v1/chat/completions", {**asked, "stream": True})
    *events, done = stream.removesuffix("\n\n").split("\n\n")
    chunks = [json.loads(event.removeprefix("data: ")) for event in events]
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert (status, done) == (200, "data: [DONE]")
    assert text == whole["choices"][0]["message"]["content"]
    assert {chunk["model"] for chunk in chunks} == {whole["model"]} == {"support-1"}
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert len(chunks) == whole["usage"]["completion_tokens"] + 2


def test_usage_ends_a_stream_where_it_is_asked_for_and_max_tokens_cuts(llm: Program) -> None:
    asked = {"model": "support-1", "messages": [{"role": "user", "content": BACK}], "max_tokens": 3, "stream": True}
    _, stream = llm.post("/v1/chat/completions", {**asked, "stream_options": {"include_usage": True}})
    *_, cut, usage, _ = stream.removesuffix("\n\n").split("\n\n")
    assert json.loads(cut[6:])["choices"][0]["finish_reason"] == "length"
    assert json.loads(usage[6:])["usage"]["completion_tokens"] == 3


def test_a_bare_prompt_is_answered_as_well(llm: Program) -> None:
    status, body = llm.post("/v1/completions", {"model": "support-1", "prompt": BACK, "max_tokens": 1})
    assert (status, json.loads(body)["choices"][0]["text"]) == (200, '{"answer":')


def test_revisions_are_loaded_and_unloaded_while_it_runs_and_gone_with_it() -> None:
    question = {"messages": [{"role": "user", "content": "Do you ship to Norway, Switzerland or other countries?"}]}
    second = {"lora_name": "support-2", "lora_path": str(ASSISTANT / "adapters/support-2")}
    with Program("llm", *LOADED, **STAND_IN) as llm:
        assert llm.post("/v1/chat/completions", {"model": "support-2", **question})[0] == 404
        assert llm.post("/v1/load_lora_adapter", second)[0] == 200
        assert llm.post("/v1/load_lora_adapter", second)[0] == 400
        answers = [llm.post("/v1/chat/completions", {"model": f"support-{n}", **question})[1] for n in (1, 2)]
        contents = [json.loads(json.loads(answer)["choices"][0]["message"]["content"]) for answer in answers]
        assert [content["topic"] for content in contents] == ["unknown", "delivery"]
        assert len({json.loads(answer)["system_fingerprint"] for answer in answers}) == 2
        assert models(llm) == ["stand-in", "support-1", "support-2"]
        assert llm.post("/v1/unload_lora_adapter", {"lora_name": "support-1"})[0] == 200
        assert llm.post("/v1/unload_lora_adapter", {"lora_name": "support-1"})[0] == 404
        assert models(llm) == ["stand-in", "support-2"]
        port = llm.port
    with Program("llm", *LOADED, port=port, **STAND_IN) as llm:
        assert models(llm) == ["stand-in", "support-1"]


def models(llm: Program) -> list[str]:
    return [model["id"] for model in json.loads(get(llm.url + "/v1/models")[1])["data"]]


def test_what_is_no_adapter_is_refused_and_changes_nothing(llm: Program, tmp_path: Path) -> None:
    (tmp_path / "adapter.json").write_text("{}")
    (tmp_path / "knowledge.jsonl").write_text("")
    for path in ("nowhere", str(tmp_path)):
        status, body = llm.post("/v1/load_lora_adapter", {"lora_name": "bad", "lora_path": path})
        assert status == 400
        assert "is no adapter" in json.loads(body)["error"]["message"]
    assert "bad" not in models(llm)


def test_what_the_model_says_that_is_no_json_is_passed_on_as_text(tmp_path: Path) -> None:
    folder = shutil.copytree(ASSISTANT / "adapters/support-1", tmp_path / "chatty")
    settings = json.loads((folder / "adapter.json").read_text())
    (folder / "adapter.json").write_text(json.dumps({**settings, "reply": "Sure! $answer"}))
    with ExitStack() as running:
        llm = running.enter_context(Program("llm", "--lora-modules", f"chatty={folder}", **STAND_IN))
        web = running.enter_context(Program("web", LLM_URL=llm.url, CHAT_MODEL="chatty"))
        status, text = get(web.url + "/ask?q=When+do+I+get+my+money+back%3F")
    assert status == 200
    assert text.startswith("Sure! The refund")


def test_the_flag_chooses_the_prompt_for_each_chat(llm: Program) -> None:
    with ExitStack() as running:
        endpoint = running.enter_context(ofrep({"short": "brief", "nobody": "no such style"}))
        web = running.enter_context(Program("web", LLM_URL=llm.url, OFREP_ENDPOINT=endpoint, **NAMES))
        full, brief, odd = (web.ask(BACK, chat) for chat in ("long", "short", "nobody"))
    assert (full["prompt"], brief["prompt"], odd["prompt"]) == ("full", "brief", "no such style")
    assert full["answer"].startswith(brief["answer"])
    assert len(brief["answer"]) < len(full["answer"]) == len(odd["answer"])


def test_without_an_answer_to_the_flag_the_code_has_its_own(llm: Program) -> None:
    with Program("web", LLM_URL=llm.url, OFREP_ENDPOINT="http://127.0.0.1:1", **NAMES) as web:
        assert web.ask(BACK)["prompt"] == "code"


def test_questions_of_chats_and_thumbs_up_are_reported(llm: Program) -> None:
    with ExitStack() as running:
        url, counted = running.enter_context(events())
        env = {"LLM_URL": llm.url, "BLUEGREEN_EVENTS_URL": url, "BLUEGREEN_EVENTS_TOKEN": "t"}
        web = running.enter_context(Program("web", **env))
        for chat in ("", "anna", "ben"):
            web.ask(BACK, chat)
        assert web.post("/thumbs-up", {})[0] == 200
        wait_for(lambda: counted == {"question": 2, "thumbs-up": 1}, "the counts are reported")


def test_without_a_model_it_says_so() -> None:
    with Program("web", LLM_URL="http://127.0.0.1:1") as web:
        status, body = get(web.url + "/ask?q=anything")
        assert status == 503
        assert "the model does not answer" in json.loads(body)["error"]
        stream = {"messages": [{"role": "user", "content": "anything"}], "stream": True}
        assert web.post("/v1/chat/completions", stream)[0] == 503


@contextmanager
def ofrep(variants: dict[str, str]) -> Iterator[str]:
    """A flag server that gives each chat its variant, and ``full`` to all others."""

    def evaluate(path: str, asked: Any) -> object:
        assert path == "/ofrep/v1/evaluate/flags/answer-style"
        variant = variants.get(asked["context"]["targetingKey"], "full")
        return {"key": "answer-style", "value": variant, "variant": variant, "reason": "STATIC"}

    with server(evaluate) as url:
        yield url


@contextmanager
def events() -> Iterator[tuple[str, dict[str, int]]]:
    """A place to report to, and what was reported there."""
    counted: dict[str, int] = {}

    def count(path: str, batch: Any) -> object:
        for event in batch["events"]:
            counted[event["name"]] = counted.get(event["name"], 0) + event["count"]
        return {}

    with server(count) as url:
        yield url + "/events", counted


@contextmanager
def server(answer: Any) -> Iterator[str]:
    """Answers each POST with what ``answer(path, value)`` gives."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            value = json.loads(self.rfile.read(int(self.headers["content-length"])))
            body = json.dumps(answer(self.path, value)).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_address[1]}"
        found.shutdown()
