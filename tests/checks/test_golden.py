"""A golden set against real servers: two environments, that answer well, badly, slowly, never, or with lies."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bluegreen.checks.base import Finding, Progress, Reach, Target
from bluegreen.checks.golden import GoldenChecker
from bluegreen.core.measures import Measure
from bluegreen.core.spec import Golden
from bluegreen.core.verdict import Verdict
from tests.checks.serving import Handler, Respond, Server, cut, drip, serving
from tests.checks.streaming import stream
from tests.evaluators.judging import judge
from tests.evaluators.tiny_model import tiny_model

PATH = "/v1/chat/completions"
SUMS = [{"id": f"sum-{n}", "prompt": f"{n} + 1", "expect": {"number": n + 1}} for n in range(40)]


def model(answer: Callable[[str], str]) -> Respond:
    """A server of chat completions that answers each prompt by a rule."""

    def respond(handler: Handler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        with handler.server.lock:
            handler.server.bodies.append(body)
        message = {"role": "assistant", "content": answer(body["messages"][-1]["content"])}
        told = json.dumps({"object": "chat.completion", "choices": [{"index": 0, "message": message}]})
        handler.answer(200, told.encode(), Content_Type="application/json")

    return respond


def adding(wrong_from: int = 10**9) -> Respond:
    """Adds, and is wrong from some number on."""

    def answer(prompt: str) -> str:
        left = int(prompt.partition(" ")[0])
        return f"It is {left + 1 + (left >= wrong_from)}."

    return model(answer)


@contextlib.contextmanager
def environments(new: Respond, live: Respond | None = None) -> Iterator[tuple[Server, Server]]:
    with serving(**{PATH[1:]: new}) as idle, serving(**{PATH[1:]: live or new}) as other:
        yield idle, other


def check(
    folder: Path,
    idle: Server | str,
    live: Server | str | None = None,
    cases: Any = SUMS,
    secrets: tuple[str, ...] = (),
    env: dict[str, str] | None = None,
    told: list[Progress] | None = None,
    **options: Any,
) -> Finding:
    (folder / "golden.jsonl").write_text("".join(f"{json.dumps(case)}\n" for case in cases))
    address = live if live is None or isinstance(live, str) else live.url.removeprefix("http://")
    reach = Reach("r1", {"/": [address]}) if address else None
    url = idle if isinstance(idle, str) else idle.url
    target = Target(
        url, "shop.example.com", str(folder), env or {"PATH": "/usr/bin:/bin"}, secrets, "shop", None, reach
    )
    if told is not None:
        target = replace(target, tell=told.append)
    golden = Golden("golden.jsonl", **{"to": PATH, "passing": 0.95, **options})
    return asyncio.run(GoldenChecker().run(golden, target))


def test_both_environments_are_asked_the_same(tmp_path: Path) -> None:
    with environments(adding()) as (idle, live):
        found = check(tmp_path, idle, live, request={"model": "chat"}, headers={"X-Eval": "1"})
        assert found.verdict is Verdict.ALLOW
        assert sorted(map(str, idle.bodies)) == sorted(map(str, live.bodies))
        assert len(idle.bodies) == 40
        assert idle.bodies[0]["model"] == "chat"
        method, path, headers = live.seen[0]
        assert (method, path) == ("POST", PATH)
        assert headers["host"] == "shop.example.com"
        assert headers["content-type"] == "application/json"
        assert headers["x-eval"] == "1"
    assert found.reason == (
        "40 of 40 cases pass (100 %; 95 % are asked for); no worse than r1, which is live: "
        "0 pass only there, 0 only here (p = 1.00)"
    )
    assert found.evidence == {
        "cases": 40,
        "passed": 40,
        "cannot tell": 0,
        "live release": "40 of 40 cases pass; 0 pass only there, 0 only here (p = 1.00), of 40",
    }


def test_too_few_that_pass_block_and_the_first_are_shown(tmp_path: Path) -> None:
    with environments(adding(wrong_from=20)) as (idle, _):
        found = check(tmp_path, idle)
    assert found.verdict is Verdict.BLOCK
    assert "20 of 40 cases pass (50 %" in found.reason
    lines = found.evidence["failing"].splitlines()
    assert lines[0] == "sum-20: number: 22 is not 21 | It is 22."
    assert len(lines) == 11
    assert lines[-1] == "and 10 more"


def test_how_far_it_is_is_told_case_by_case(tmp_path: Path) -> None:
    told: list[Progress] = []
    with environments(adding(wrong_from=20)) as (idle, live):
        check(tmp_path, idle, live, told=told, at_once=1)
    assert [progress.done for progress in told] == list(range(41))
    assert {progress.of for progress in told} == {40}
    assert told[0].said == "0 of 40 cases"
    assert told[20].said == "20 of 40 cases, none failed so far"
    assert told[40].said == "40 of 40 cases, 20 failed so far"


def test_cases_that_cannot_be_told_are_counted_apart(tmp_path: Path) -> None:
    told: list[Progress] = []
    check(tmp_path, "nonsense://x", told=told)
    assert told[-1].said == "40 of 40 cases, none failed so far, 40 cannot be told"


def test_worse_than_the_live_release_blocks_above_the_threshold(tmp_path: Path) -> None:
    with environments(adding(wrong_from=32), adding()) as (idle, live):
        alone = check(tmp_path, idle, passing=0.75)
        beside = check(tmp_path, idle, live, passing=0.75)
        unasked = check(tmp_path, idle, live, passing=0.75, against_live=False)
        assert len(live.bodies) == 40
    assert alone.verdict is Verdict.ALLOW
    assert "no live release to compare with" in alone.reason
    assert beside.verdict is Verdict.BLOCK
    assert "8 pass only there, 0 only here (p = 0.004)" in beside.reason
    assert unasked.verdict is Verdict.ALLOW
    assert "live release" not in unasked.evidence


@pytest.mark.parametrize("live", ["127.0.0.1:1", cut])
def test_a_live_release_that_does_not_answer_is_not_compared(live: Any, tmp_path: Path) -> None:
    with environments(adding(), live if callable(live) else None) as (idle, other):
        found = check(tmp_path, idle, other if callable(live) else live)
    assert found.verdict is Verdict.ALLOW
    assert "0 cases compared with r1" in found.reason


def test_instances_of_the_live_release_take_turns(tmp_path: Path) -> None:
    with environments(adding()) as (idle, one), environments(adding()) as (two, _):
        (tmp_path / "golden.jsonl").write_text("".join(f"{json.dumps(case)}\n" for case in SUMS))
        addresses = [server.url.removeprefix("http://") for server in (one, two)]
        reach = Reach("r1", {"/": ["127.0.0.1:1"], "/v1": addresses})
        target = Target(idle.url, None, str(tmp_path), {}, (), "shop", None, reach)
        found = asyncio.run(GoldenChecker().run(Golden("golden.jsonl", PATH), target))
        assert found.evidence["live release"].endswith("of 40")
        assert {len(one.bodies), len(two.bodies)} == {20}


@pytest.mark.parametrize(
    ("respond", "why"),
    [
        (cut, "no whole answer"),
        (drip, "no whole answer within 0.3 s"),
        (stream("a", over_and_over=True), "more than 1 MB"),
    ],
)
def test_an_environment_that_does_not_answer_fails(respond: Respond, why: str, tmp_path: Path) -> None:
    with environments(respond) as (idle, _):
        found = check(tmp_path, idle, cases=SUMS[:4], within=0.3 if respond is drip else 30.0)
    assert found.verdict is Verdict.BLOCK
    assert found.evidence["failing"].count(why) == 4
    assert check(tmp_path, "http://127.0.0.1:1", cases=SUMS[:4]).verdict is Verdict.BLOCK


def test_time_that_is_over_leaves_cases_untold(tmp_path: Path) -> None:
    with environments(drip) as (idle, _):
        found = check(tmp_path, idle, all_within=0.3, at_once=2)
    assert found.verdict is Verdict.CANNOT_TELL
    assert "40 could not be told" in found.reason
    assert "not asked within 0.3 s" in found.evidence["not told"]


def test_no_more_at_once_than_the_file_says(tmp_path: Path) -> None:
    with environments(adding()) as (idle, live):
        check(tmp_path, idle, live, at_once=3)
        assert 1 <= idle.most_at_once <= 3
        assert 1 <= live.most_at_once <= 3


def test_streamed_answers_are_put_together(tmp_path: Path) -> None:
    cases = [{"prompt": "capital of France?", "expect": {"exact": "Paris, of course"}}]
    with environments(stream("Paris", ", ", "of course")) as (idle, _):
        assert check(tmp_path, idle, cases=cases).verdict is Verdict.ALLOW


def test_answers_that_stop_fitting_their_schema_block(tmp_path: Path) -> None:
    (tmp_path / "city.schema.json").write_text('{"type": "object", "required": ["city"]}')
    cases = [{"prompt": "capital of France?", "expect": {"json": {"city": "Paris"}}}] * 1
    with environments(model(lambda _: '{"city": "Paris"}'), model(lambda _: "The city is Paris.")) as (good, bad):
        options: Any = {"cases": cases, "expect": {"schema": "city.schema.json"}}
        assert check(tmp_path, good, **options).verdict is Verdict.ALLOW
        found = check(tmp_path, bad, **options)
    assert found.verdict is Verdict.BLOCK
    assert "schema: it is no JSON" in found.evidence["failing"]


@pytest.mark.parametrize(("word", "verdict"), [("SAME", Verdict.ALLOW), ("FIRST", Verdict.CANNOT_TELL)])
def test_a_judge_that_fails_is_never_a_pass(word: str, verdict: Verdict, tmp_path: Path) -> None:
    cases = [{"prompt": "capital of France?", "expect": "Paris", "id": str(n)} for n in range(5)]
    with environments(model(lambda _: "It is Paris")) as (idle, _), judge(lambda a, b: word) as server:
        measures = (Measure("judge", "judge", {"at": server.url, "model": "m", "key_variable": "KEY"}),)
        options: Any = {"cases": cases, "measures": measures, "score": "judge >= 1", "secrets": ("sk-secret-1",)}
        found = check(tmp_path, idle, env={"KEY": "sk-secret-1"}, **options)
        without = check(tmp_path, idle, **options)
    assert found.verdict is verdict
    assert "sk-secret" not in json.dumps([found.reason, dict(found.evidence)])
    assert word == "SAME" or "contradicts itself" in found.evidence["not told"]
    assert without.verdict is Verdict.CANNOT_TELL
    assert without.reason.startswith("`judge`: there is no `KEY`")


def test_advice_is_shown_and_decides_nothing(tmp_path: Path) -> None:
    tiny_model(tmp_path / "model")
    cases = [{"prompt": "price?", "expect": {"number": 40, "reference": "it costs 40 euros"}}]
    measures = (Measure("near", "meaning", {"model": "model"}),)
    with environments(model(lambda _: "it costs 90 euros"), model(lambda _: "it costs 40 euros")) as (idle, live):
        found = check(tmp_path, idle, live, cases=cases, measures=measures, advice=("near",))
    assert found.verdict is Verdict.BLOCK
    new, old = found.evidence["near (advice)"].split(", ")
    assert old == "live 1.000 of 1"
    assert new.startswith("new 0.9")


def test_a_command_of_the_release_scores(tmp_path: Path) -> None:
    (tmp_path / "tone.sh").write_text('grep -q "\\"text\\": \\"It is" && echo \'{"score": 0.75}\'\n')
    measures = (Measure("tone", "command", {"run": "sh tone.sh"}),)
    with environments(adding()) as (idle, _):
        for score, verdict in (("tone >= 0.7", Verdict.ALLOW), ("tone >= 0.8", Verdict.BLOCK)):
            assert check(tmp_path, idle, cases=SUMS[:3], measures=measures, score=score).verdict is verdict


def test_a_file_that_is_wrong_cannot_be_told(tmp_path: Path) -> None:
    found = check(tmp_path, "http://127.0.0.1:1", cases=[SUMS[0], {"promt": "x"}])
    assert found.verdict is Verdict.CANNOT_TELL
    assert found.reason == "golden.jsonl:2:1: unknown key `promt`"
    gone = check(tmp_path, "http://127.0.0.1:1", measures=(Measure("acme", "acme-tone"),), score="acme >= 1")
    assert gone.verdict is Verdict.CANNOT_TELL
    assert "there is no evaluator `acme-tone`" in gone.reason


def test_evidence_is_bounded_whatever_comes(tmp_path: Path) -> None:
    cases = [{"id": "x" * 190 + str(n), "prompt": "x", "expect": {"exact": "y" * 10_000}} for n in range(30)]
    with environments(model(lambda _: "\x1b[31mlong \ud800" * 20_000)) as (idle, _):
        found = check(tmp_path, idle, cases=cases)
    shown = json.dumps([found.reason, dict(found.evidence)])
    assert len(shown) < 10_000
    assert "\\u001b" not in shown
