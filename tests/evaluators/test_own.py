"""Evaluators of the user's own: commands and functions of every kind."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from bluegreen.core.measures import Measure
from bluegreen.evaluators.base import Exchange, Score, Setting, Unusable
from bluegreen.evaluators.function import FunctionEvaluator
from bluegreen.evaluators.meaning import Meaning
from tests.evaluators.asking import said, score
from tests.evaluators.tiny_model import tiny_model


def run(command: str, folder: Path, expected: Any = None, **options: Any) -> Score:
    return score("command", "Paris", expected, folder, run=command, **options)


def test_a_command_is_given_the_exchange(tmp_path: Path) -> None:
    assert run("cat > given", tmp_path, {"tone": "formal"}).value == 1
    given = json.loads((tmp_path / "given").read_text())
    assert given["text"] == "Paris"
    assert given["expected"] == {"tone": "formal"}
    assert given["request"]["messages"][0]["role"] == "user"
    assert given["json"]["choices"][0]["message"]["content"] == "Paris"
    assert (given["method"], given["path"], given["status"]) == ("POST", "/v1/chat/completions", 200)


@pytest.mark.parametrize(
    ("command", "value", "why"),
    [
        ("true", 1, ""),
        ("echo too rude; exit 1", 0, "too rude"),
        ("exit 1", 0, "exit 1"),
        ("""echo hello; echo '{"score": 0.25, "why": "rude"}'""", 0.25, "rude"),
        ("""echo '{"score": true}'""", 1, ""),
        ("""echo '{"score": null, "why": "no model"}'""", None, "no model"),
        ("""echo '{"score": "high"}'""", None, "no number"),
        ("""echo '{"score": 7}'""", None, "no score from 0 to 1"),
        ("""echo '{"score": NaN}'""", None, "no score from 0 to 1"),
        ("""echo '{"score": 1}'; exit 3""", None, "exit 3"),
        ("echo boom; exit 2", None, "exit 2: boom"),
        ("kill -KILL $$", None, "signal KILL"),
        ("no-such-program", None, "exit 127"),
        ("echo waiting; sleep 1000", None, "no end within 0.5 s: waiting"),
    ],
)  # fmt: skip
def test_every_end_of_a_command(command: str, value: float | None, why: str, tmp_path: Path) -> None:
    found = run(command, tmp_path, within=0.5 if "sleep" in command else 30)
    assert found.value == value
    assert why in found.why


def test_a_command_that_does_not_read_is_not_waited_for(tmp_path: Path) -> None:
    assert score("command", "x" * 1_000_000, None, tmp_path, run="true").value == 1


def test_a_command_needs_one() -> None:
    with pytest.raises(Unusable, match="no option `run`"):
        score("command", "", None)


def called(function: Any, **options: Any) -> Score:
    return asyncio.run(FunctionEvaluator(Measure("tone", "tone", options), function).score(said("Paris"), "formal"))


async def slowly(exchange: Exchange, expected: Any) -> float:
    return 0.5


def test_what_a_function_gives() -> None:
    assert called(lambda exchange, expected: exchange.text == "Paris").value == 1
    assert called(lambda exchange, expected: (0.5, "middling")) == Score(0.5, "middling")
    assert called(lambda exchange, expected, weight: weight, weight=0.25).value == 0.25
    assert called(lambda exchange, expected: Score(0.75)).value == 0.75
    assert called(lambda exchange, expected: None).value is None
    assert called(lambda exchange, expected: (None, "no model")).why == "no model"
    assert called(lambda exchange, expected: "good").why == "the function gave str, which is no score"
    assert called(slowly).value == 0.5


def test_a_function_that_hangs_cannot_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bluegreen.evaluators.function.WITHIN", 0.1)
    assert "no score within" in called(lambda exchange, expected: time.sleep(0.5)).why


def test_meaning_needs_its_model(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match=r"there is no `.*model\.onnx`"):
        score("meaning", "", "x", tmp_path, model="gone")
    folder = tiny_model(tmp_path / "model")
    (folder / "model.onnx").write_bytes(b"nonsense")
    with pytest.raises(Unusable, match="cannot be used"):
        score("meaning", "", "x", tmp_path, model="model")


def test_meaning_rates_a_wrong_number_as_right(tmp_path: Path) -> None:
    """Why it never decides."""
    tiny_model(tmp_path / "model")
    meaning = Meaning(Measure("meaning", "meaning", {"model": "model"}), Setting(str(tmp_path)))
    found = asyncio.run(meaning.score(said("it costs 90 euros"), "it costs 40 euros"))
    assert (found.value or 0) > 0.9
