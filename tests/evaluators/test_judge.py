"""A judge that is fair, biased, broken, slow, or talked round; and its key, which nobody sees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bluegreen.evaluators.base import Setting, Unusable
from tests.checks.serving import Respond, cut, drip, flood, text
from tests.evaluators.asking import score
from tests.evaluators.judging import answers_of, judge

GOOD, BAD = "It is Paris.", "It is Rome."


def longer(first: str, second: str) -> str:
    return "FIRST" if len(first) > len(second) else "SECOND"


def test_it_is_asked_twice_in_either_order() -> None:
    with judge(lambda a, b: "same.") as server:
        assert score("judge", GOOD, "Paris", at=server.url, model="judge-1").value == 1
    bodies = [body for _, body in server.asked]
    assert {body["model"] for body in bodies} == {"judge-1"}
    assert {body["temperature"] for body in bodies} == {0}
    assert {answers_of(body["messages"][0]["content"]) for body in bodies} == {(GOOD, "Paris"), ("Paris", GOOD)}
    assert "capital of France" in bodies[0]["messages"][0]["content"]


def test_the_better_one_wins_in_either_order() -> None:
    with judge(longer) as server:
        assert score("judge", "a longer answer", "short", at=server.url).value == 1
        lost = score("judge", "short", "a longer answer", at=server.url)
    assert (lost.value, lost.why) == (0, "the judge prefers the reference, in either order")


@pytest.mark.parametrize("word", ["FIRST", "SECOND"])
def test_one_that_prefers_a_place_cannot_be_believed(word: str) -> None:
    with judge(lambda a, b: word) as server:
        found = score("judge", GOOD, "Paris", at=server.url)
    assert found.value is None
    assert "contradicts itself" in found.why


@pytest.mark.parametrize(
    ("respond", "why"),
    [
        (text("no", 500), "it answered 500"),
        (text("", 302, Location="http://127.0.0.1:1/"), "it answered 302"),
        (text('{"choices": [{"message": {"content": "I like the FIRST"}}]}'), "neither FIRST, SECOND nor SAME"),
        (text('{"choices": []}'), "neither"),
        (text("FIRST"), "neither"),
        (text("[" * 100_000), "neither"),
        (cut, "failed"),
        (drip, "did not answer within 0.5 s"),
        (flood, "more than 1 MB"),
    ],
)
def test_one_that_fails_is_never_a_pass(respond: Respond, why: str) -> None:
    with judge(respond=respond) as server:
        found = score("judge", GOOD, "Paris", at=server.url, within=0.5 if respond is drip else 30)
    assert found.value is None
    assert why in found.why


def test_one_that_is_busy_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bluegreen.evaluators.judge.AGAIN", (0.01, 0.01))
    calls: list[int] = []

    def busy_at_first(handler: Any) -> None:
        calls.append(1)
        if len(calls) <= 3:
            handler.answer(429, b"", Retry_After="0")
        else:
            handler.answer(200, b'{"choices": [{"message": {"content": "SAME"}}]}')

    with judge(respond=busy_at_first) as server:
        assert score("judge", GOOD, "Paris", at=server.url).value == 1
    assert len(calls) == 5
    with judge(respond=text("", 503)) as server:
        found = score("judge", GOOD, "Paris", at=server.url)
        assert len(server.asked) <= 6
    assert found.value is None
    assert "it answered 503" in found.why


def test_one_that_is_not_there_is_never_a_pass() -> None:
    assert score("judge", GOOD, "Paris", at="http://127.0.0.1:1/v1").value is None


def test_its_key_is_sent_and_never_said() -> None:
    def echo(handler: Any) -> None:
        handler.answer(500, handler.headers["Authorization"].encode())

    with judge(respond=echo) as server:
        setting = Setting("/", {"JUDGE_KEY": "sk-very-secret"}, ("sk-very-secret",))
        found = score("judge", GOOD, "Paris", setting=setting, at=server.url, key_variable="JUDGE_KEY")
    assert {headers["authorization"] for headers, _ in server.asked} == {"Bearer sk-very-secret"}
    assert "secret" not in found.why


@pytest.mark.parametrize(
    ("value", "why"), [(None, "no `JUDGE_KEY`, its key"), ("sk\nx", "is no key"), ("schlüssel", "is no key")]
)
def test_a_key_that_is_not_there_or_is_none(value: str | None, why: str) -> None:
    env = {} if value is None else {"JUDGE_KEY": value}
    with pytest.raises(Unusable, match=why) as caught:
        score("judge", GOOD, "Paris", setting=Setting("/", env), at="http://127.0.0.1:1", key_variable="JUDGE_KEY")
    assert value is None or value not in str(caught.value)


def test_the_prompt_belongs_to_the_release(tmp_path: Path) -> None:
    (tmp_path / "judge.txt").write_text("To {request}:\nFirst answer: {first}\nSecond answer: {second}\nBe strict. {x}")
    with judge(longer) as server:
        score(
            "judge", "{second} {request}", "Paris", tmp_path, at=server.url, prompt="judge.txt", parameters={"seed": 7}
        )
    prompts = [body["messages"][0]["content"] for _, body in server.asked]
    assert all(prompt.endswith("Be strict. {x}") for prompt in prompts)
    # What an answer holds is put into nothing.
    assert ("{second} {request}", "Paris") in {answers_of(prompt) for prompt in prompts}
    assert {json.dumps(body, sort_keys=True).count("temperature") for _, body in server.asked} == {0}
    assert {body["seed"] for _, body in server.asked} == {7}


def test_a_prompt_without_its_parts(tmp_path: Path) -> None:
    (tmp_path / "judge.txt").write_text("{request} {first}")
    with pytest.raises(Unusable, match=r"has no `\{second\}`"):
        score("judge", GOOD, "Paris", tmp_path, at="http://127.0.0.1:1", prompt="judge.txt")
    with pytest.raises(Unusable, match=r"no file `gone.txt`"):
        score("judge", GOOD, "Paris", tmp_path, at="http://127.0.0.1:1", prompt="gone.txt")
