"""The file of a golden set: what its lines mean, and what is said of wrong ones, at their lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bluegreen.config import ConfigError, load
from bluegreen.config.golden_file import LARGEST, MOST, read_cases
from bluegreen.core.golden_cases import GoldenCase
from bluegreen.core.measures import Measure
from bluegreen.core.spec import Golden, StreamLatency

CHECK = Golden("golden.jsonl", "/v1/chat/completions", request={"model": "chat"}, expect={"refusal": False})


def cases(folder: Path, *lines: Any, check: Golden | StreamLatency = CHECK) -> list[GoldenCase]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    (folder / "golden.jsonl").write_text(text + "\n", encoding="utf-8")
    return read_cases(folder, check)


def test_what_a_line_means(tmp_path: Path) -> None:
    user = {"role": "user", "content": "2 + 2?"}
    found = cases(
        tmp_path,
        {"prompt": "2 + 2?", "expect": {"number": 4}, "id": "sum"},
        "",
        {"messages": [user], "expect": "four", "note": ["anything"]},
        {"body": {"model": "other", "input": "x"}, "path": "/v1/responses", "headers": {"X-Test": "1"}, "id": 7},
        {"body": [1, 2], "method": "PUT", "expect": {"status": 404, "refusal": True}},
        {"method": "GET", "path": "/items?page=1"},
    )
    body = {"model": "chat", "messages": [user]}
    chat, other = "/v1/chat/completions", {"model": "other", "input": "x"}
    assert found == [
        GoldenCase("sum", 1, "POST", chat, {}, body, None, {"refusal": False, "number": 4}),
        GoldenCase("line 3", 3, "POST", chat, {}, body, None, {"refusal": False}, "four"),
        GoldenCase("7", 4, "POST", "/v1/responses", {"X-Test": "1"}, other, None, {"refusal": False}),
        GoldenCase("line 5", 5, "PUT", chat, {}, [1, 2], 404, {"refusal": True}),
        GoldenCase("line 6", 6, "GET", "/items?page=1", {}, {"model": "chat"}, None, {"refusal": False}),
    ]  # fmt: skip


WRONG = (
    ('{"prompt": "x"', 1, 15, "no JSON: Expecting ',' delimiter", ""),
    ('[{"prompt": "x"}]', 1, 1, "each line is a JSON object", ""),
    ('{"promt": "x"}', 1, 1, "unknown key `promt`", "did you mean `prompt`?"),
    ('{"prompt": "x", "prompt": "y"}', 1, 1, "`prompt` is there twice", ""),
    ('{"prompt": "x", "body": {}}', 1, 1, "`prompt` and `body` are both the request", ""),
    ('{"prompt": 1}', 1, 1, "`prompt` must be text", ""),
    ('{"messages": []}', 1, 1, "`messages` must be a list", "role"),
    ('{"body": {"x": NaN}}', 1, 1, "`NaN` is not JSON", ""),
    ('{"prompt": "x", "method": "FETCH"}', 1, 1, "`FETCH` is not a method", "POST"),
    ('{"prompt": "x", "path": "v1"}', 1, 1, "does not begin with `/`", "`/v1`"),
    ('{"prompt": "x", "path": 1}', 1, 1, "`path` must be text", ""),
    ('{"prompt": "x", "headers": {"a b": "1"}}', 1, 1, "`a b` is no header", ""),
    ('{"prompt": "x", "headers": {"a": "1\\r\\nb: 2"}}', 1, 1, "`a` is no header", ""),
    ('{"prompt": "x", "headers": {"a": 1}}', 1, 1, "`headers` must be an object of texts", ""),
    ('{"prompt": "x", "id": ""}', 1, 1, "`id` must be text", ""),
    ('{"prompt": "x", "id": "a"}\n{"prompt": "y", "id": "a"}', 2, 1, "`a` is the id of line 1 already", ""),
    ('{"prompt": "x", "expect": {"status": 42}}', 1, 1, "`status` must be from 200 to 599", ""),
    ('{"prompt": "x", "expect": {"exakt": "y"}}', 1, 1, "there is no measure `exakt`", ""),
    ('{"prompt": "x", "expect": {"number": "four"}}', 1, 1, "`number` must be a number", ""),
    ('{"prompt": "x", "expect": {"similar": "y"}}', 1, 1, "which score of `similar` is enough", ""),
    ('{"prompt": "x"}\n\n{"prompt": "y", "expect": {"matches": "("}}', 3, 1, "`matches` is not a regular", ""),
    ("[" * 100_000, 1, 1, "nested too deeply", ""),
    ("", 1, 1, "it has no cases", "expect"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "line", "column", "message", "hint"), WRONG)
def test_what_is_wrong(text: str, line: int, column: int, message: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        cases(tmp_path, text)
    first = caught.value.problems[0]
    assert message in first.message
    assert hint in first.hint
    assert (first.line, first.column) == (line, column)
    assert str(caught.value).startswith(f"golden.jsonl:{line}:{column}: ")


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        cases(tmp_path, {"prompt": 1}, {"prompt": "x"}, {"x": 1})
    assert [problem.line for problem in caught.value.problems] == [1, 3]


def test_a_score_needs_something_to_compare_with(tmp_path: Path) -> None:
    check = Golden("golden.jsonl", "/", score="similar >= 0.8 and tone >= 0.5", measures=(Measure("tone", "command"),))
    assert cases(tmp_path, {"prompt": "x", "expect": "y"}, check=check)
    with pytest.raises(ConfigError, match="`similar` has nothing to compare with"):
        cases(tmp_path, {"prompt": "x"}, check=check)


def test_something_has_to_be_expected(tmp_path: Path) -> None:
    check = Golden("golden.jsonl", "/")
    assert cases(tmp_path, {"prompt": "x", "expect": {"status": 200}}, check=check)
    with pytest.raises(ConfigError, match="nothing is expected of the answer"):
        cases(tmp_path, {"prompt": "x"}, check=check)
    with pytest.raises(ConfigError, match="nothing says where this is sent"):
        cases(tmp_path, {"prompt": "x", "expect": {"status": 200}}, check=Golden("golden.jsonl"))


def test_a_check_of_streams_expects_nothing(tmp_path: Path) -> None:
    assert cases(tmp_path, {"prompt": "x"}, check=StreamLatency("golden.jsonl", "/"))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    file = folder / "golden.jsonl"

    def refused() -> str:
        with pytest.raises(ConfigError) as caught:
            read_cases(folder, CHECK)
        return caught.value.problems[0].message

    assert "no such file" in refused()
    file.mkdir()
    assert "no such file" in refused()
    file.rmdir()
    (tmp_path / "outside").write_text('{"prompt": "x"}')
    file.symlink_to(tmp_path / "outside")
    assert "leaves the folder" in refused()
    file.unlink()
    file.write_bytes(b'{"prompt": "x"}\n{"prompt": "\xff"}')
    assert "byte 0xFF is not UTF-8" in refused()
    file.write_bytes(b" " * (LARGEST + 1))
    assert "larger than 16 MB" in refused()
    file.write_text('{"prompt": "x"}\n' * (MOST + 1))
    assert f"more than {MOST:,} cases" in refused()


FILE = """\
app: shop
address: 8080
components: {web: {run: ./web, receives: /, env_file: .env}}
evaluators: {judge: {judge: {at: http://127.0.0.1:9, model: m, prompt: judge.txt, key_variable: JUDGE_KEY}}}
verify:
  - golden: {file: golden.jsonl, to: /, expect: {schema: answer.schema.json, score: judge >= 1}}
"""


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("golden.jsonl", None, "bluegreen.yaml:6:20: there is no file `golden.jsonl`"),
        ("golden.jsonl", '{"prompt": "x"}', "golden.jsonl:1:1: `judge` has nothing to compare with"),
        ("answer.schema.json", None, "bluegreen.yaml:6:58: there is no file `answer.schema.json`"),
        ("answer.schema.json", "{\n  x}", "answer.schema.json:2:3: this is no JSON"),
        ("answer.schema.json", '{"type": "x"}', "bluegreen.yaml:6:58: this is no JSON Schema"),
        ("judge.txt", None, "bluegreen.yaml:4:72: there is no file `judge.txt`"),
        ("judge.txt", "{request} {first}", "`judge.txt` does not hold `{second}`"),
        (".env", "OTHER=1", "there is no `JUDGE_KEY` in the `env_file` of `web`"),
    ],
)
def test_what_is_named_is_looked_at_before_anything_is_sent(
    name: str, content: str | None, message: str, tmp_path: Path
) -> None:
    files = {
        "bluegreen.yaml": FILE,
        ".env": "JUDGE_KEY=sk-1",
        "golden.jsonl": '{"prompt": "x", "expect": "y"}',
        "answer.schema.json": '{"type": "object"}',
        "judge.txt": "{request} {first} {second}",
    }
    for file, text in files.items():
        (tmp_path / file).write_text(text)
    assert load(tmp_path).spec.verify
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(content)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert message in str(caught.value)
    assert "sk-1" not in str(caught.value)
