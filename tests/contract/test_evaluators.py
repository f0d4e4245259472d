"""What every evaluator promises, whatever it measures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bluegreen.core.measures import Measure
from bluegreen.evaluators.base import Evaluator, Exchange, Score, Setting
from bluegreen.evaluators.exchange import exchange_of
from bluegreen.evaluators.registry import make
from tests.evaluators.asking import REQUEST, said
from tests.evaluators.judging import judge
from tests.evaluators.tiny_model import tiny_model

SECRET = "hunter2-hunter2"


@dataclass
class Case:
    """One evaluator, with an answer that is right and one that is wrong by it."""

    kind: str
    expected: Any
    right: str
    wrong: str
    options: dict[str, Any] = field(default_factory=dict)
    unfit: Any = ()
    """What cannot be expected; (): anything can be."""
    of_part: bool = False


SCHEMA = {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}}
CASES = (
    Case("exact", "Paris", " Paris\n", "paris", unfit=3),
    Case("matches", "^P[a-z]+$", "Paris", "the city of Paris", unfit="("),
    Case("number", {"is": 42, "within": "1%"}, "It is 42.1", "It is 43", unfit={"is": "x"}),
    Case("parses", "json", '{"a": 1}', '```json\n{"a": 1}\n```', unfit="xml"),
    Case("schema", SCHEMA, '{"city": "Paris"}', '{"city": 1}', unfit=3),
    Case("json", {"city": "Paris"}, '{"city": "Paris", "n": 1}', '{"city": "Rome"}'),
    Case("similar", ["Paris", "It is Paris."], "it is  Paris.", "42", unfit=""),
    Case("length", {"at_most": 10}, "Paris", "Paris, the capital of France", unfit={}),
    Case("refusal", False, "Paris", "I\N{RIGHT SINGLE QUOTATION MARK}m unable to help with that.", of_part=True),
    Case("command", None, "Paris", "Rome", {"run": "grep -q Paris"}),
    Case("judge", "Paris", "It is Paris", "Rome", unfit=[]),
    Case("meaning", "the capital of France", "the capital of France", "seven green onions", unfit=1),
)


def for_paris(first: str, second: str) -> str:
    """A judge that prefers whichever answer names Paris."""
    if ("Paris" in first) is ("Paris" in second):
        return "SAME"
    return "FIRST" if "Paris" in first else "SECOND"


@pytest.fixture(params=CASES, ids=lambda case: case.kind)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    case: Case = request.param
    if case.kind == "judge":
        with judge(for_paris) as served:
            yield Case(**{**vars(case), "options": {"at": served.url, "model": "m", "key_variable": "KEY"}})
    elif case.kind == "meaning":
        yield Case(**{**vars(case), "options": {"model": str(tiny_model(tmp_path / "model"))}})
    else:
        yield case


def evaluator(case: Case) -> Evaluator:
    setting = Setting("/", {"PATH": "/usr/bin:/bin", "KEY": SECRET}, (SECRET,))
    return make(Measure("mine", case.kind, case.options), setting)


def scores(case: Case, *exchanges: Exchange, expected: Any = ...) -> list[Score]:
    async def all_of_them() -> list[Score]:
        made = evaluator(case)
        wanted = case.expected if expected is ... else expected
        return await asyncio.gather(*(made.score(exchange, wanted) for exchange in exchanges))

    found = asyncio.run(all_of_them())
    for score in found:
        assert score.value is None or 0 <= score.value <= 1
        assert isinstance(score.value, (float, type(None)))
        assert score.why or score.value == 1
        assert len(score.why) < 400
        assert "\n" not in score.why
        assert SECRET not in score.why
        json.dumps(dict(score.evidence))
    return found


def test_it_has_the_name_of_the_file(case: Case) -> None:
    assert evaluator(case).name == "mine"


def test_right_is_better_than_wrong(case: Case) -> None:
    right, wrong = scores(case, said(case.right), said(case.wrong))
    assert right.value is not None
    assert right.value > 0.9
    assert wrong.value is not None
    assert wrong.value < 0.5
    assert wrong.why


def test_many_at_once_do_not_disturb_one_another(case: Case) -> None:
    found = scores(case, *[said(case.right), said(case.wrong)] * 8)
    assert {round(score.value or 0) for score in found[::2]} == {1}
    assert {round(score.value or 0) for score in found[1::2]} == {0}


STRANGE = (
    b"",
    b"\x00\xff\xfe\x80",
    b"[" * 200_000,
    b'{"choices": []}',
    b'{"choices": [{"message": {"content": null}}]}',
    b'{"choices": [{"message": {"content": ["\\ud800"]}}]}',
    b'{"choices": [{"message": {"content": "\\ud800 hunter2-hunter2 \\u0000"}}]}',
    b"9" * 5000,
    b"1e999999",
    "ﷺ\N{RIGHT-TO-LEFT OVERRIDE}".encode() * 1000,
    b"hunter2-hunter2 " * 100,
    b'{"city": "hunter2-hunter2", "a": 1}',
)


@pytest.mark.parametrize("body", STRANGE, ids=range(len(STRANGE)))
def test_it_raises_for_no_answer(case: Case, body: bytes) -> None:
    for kind in ("application/json", "text/event-stream", "text/plain"):
        scores(case, exchange_of("POST", "/", REQUEST, 200, {"content-type": kind}, body))


def test_what_cannot_be_expected_cannot_be_told(case: Case) -> None:
    if case.unfit != ():
        (score,) = scores(case, said(case.right), expected=case.unfit)
        assert score.value is None
        assert "expected" in score.why


def test_a_part_of_an_answer_cannot_be_told(case: Case) -> None:
    (score,) = scores(case, said(case.right, cut=True))
    assert (score.value is None) is not case.of_part


def test_cancelling_it_is_heard(case: Case) -> None:
    async def scenario() -> None:
        task = asyncio.create_task(evaluator(case).score(said(case.right), case.expected))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=30)
        # One that waits for nothing has ended before it could be heard.
        assert task.cancelled() or task.result().value == 1

    asyncio.run(scenario())
