"""What each evaluator says of answers at its edges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bluegreen.core.refusals import refusal_in
from bluegreen.evaluators.base import Unusable
from bluegreen.evaluators.number import last_number
from tests.evaluators.asking import score


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("42", 42),
        ("It is 41, no: 42.", 42),
        ("1,234.5 euros", 1234.5),
        ("about -3", -3),
        ("about \N{MINUS SIGN}3 degrees", -3),
        ("6.02e23", 6.02e23),
        ("$42", 42),
        ("42%", 42),
        ("3 apples, 12,5", 12),
        ("1" + ",111" * 100_000 + "x", None),
        ("9" * 100_000 + "x", None),
        ("v2 of file7", None),
        ("no number", None),
        ("9" * 50, None),
        ("٤٢", None),
    ],
)
def test_the_number_of_an_answer_is_its_last(text: str, number: float | None) -> None:
    assert last_number(text) == number


@pytest.mark.parametrize(
    ("expected", "text", "right"),
    [
        (42, "42", 1),
        ("42", "42.0", 1),
        (0.3, "0.30000000000000004", 1),
        (42, "42.1", 0),
        ({"is": 42, "within": 0.1}, "42.1", 1),
        ({"is": -200, "within": "5%"}, "-209", 1),
        ({"is": -200, "within": "5%"}, "-211", 0),
        (42, "forty-two", 0),
    ],
)
def test_numbers_within_their_tolerance(expected: Any, text: str, right: int) -> None:
    assert score("number", text, expected).value == right


@pytest.mark.parametrize(
    "expected",
    [
        True,
        None,
        [],
        "x",
        "1e999",
        {"is": 1, "within": -1},
        {"is": 1, "within": "x%"},
        {"within": 1},
        {"a": 2},
        10**400,
    ],
)
def test_what_is_no_number_cannot_be_expected(expected: Any) -> None:
    found = score("number", "1", expected)
    assert found.value is None
    assert "expected" in found.why


def test_schemas_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "answer.schema.json").write_text('{"type": "object", "properties": {"n": {"type": "integer"}}}')
    assert score("schema", '{"n": 1}', "answer.schema.json", tmp_path).value == 1
    wrong = score("schema", '{"n": "x"}', "answer.schema.json", tmp_path)
    assert (wrong.value, wrong.why) == (0, '$.n: "x" is not of type "integer"')
    assert "fence" in score("schema", '```json\n{"n": 1}\n```', "answer.schema.json", tmp_path).why


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ("gone.json", "no file `gone.json`"),
        ("../outside.json", "outside"),
        ("link.json", "outside"),
        ("broken.json", "no JSON"),
        ({"type": "nonsense"}, "no JSON Schema"),
        ({"$ref": "http://127.0.0.1:9/x.json"}, "no JSON Schema that can be used"),
        ({"$ref": "file:///etc/passwd"}, "no JSON Schema that can be used"),
        ({"pattern": "("}, "no JSON Schema"),
    ],
)
def test_a_schema_that_is_none_cannot_be_told(schema: Any, why: str, tmp_path: Path) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    (tmp_path / "outside.json").write_text("{}")
    (folder / "link.json").symlink_to(tmp_path / "outside.json")
    (folder / "broken.json").write_text("{")
    found = score("schema", "{}", schema, folder)
    assert found.value is None
    assert why in found.why


def test_a_pattern_of_a_schema_never_takes_long() -> None:
    assert score("schema", json.dumps("a" * 50_000 + "!"), {"pattern": "^(a+)+$"}).value == 0


def test_a_regular_expression_never_hangs_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bluegreen.evaluators.matches.WITHIN", 0.3)
    found = score("matches", "a" * 50 + "!", "^(a+)+$")
    assert found.value is None
    assert "still being searched for" in found.why


def test_the_nearest_of_several_references_counts() -> None:
    assert score("similar", "It costs 40 euros", ["nothing", "it costs  40 EUROS"]).value == 1
    assert 0.9 < (score("similar", "It costs 90 euros", "It costs 40 euros").value or 0) < 1
    assert score("similar", "", "").value is None


@pytest.mark.parametrize(
    ("expected", "right"),
    [
        ({"at_most": 3, "of": "words"}, 1),
        ({"at_least": 4, "of": "words"}, 0),
        ({"at_least": 9, "at_most": 9}, 1),
        ({"at_most": 8}, 0),
    ],
)
def test_lengths(expected: Any, right: int) -> None:
    assert score("length", " one to 33 \n", expected).value == right


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I cannot help with that.",
        "I\N{RIGHT SINGLE QUOTATION MARK}m  unable to\nprovide this",
        "Sorry, I can not assist with this request",
        "As an AI language model, I cannot have opinions.",
        "I am not able to discuss that.",
    ],
)
def test_refusals(text: str) -> None:
    assert refusal_in(text)
    assert score("refusal", text, False).value == 0
    assert score("refusal", text, True).value == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Paris.",
        "You can't help with the dishes if you are away.",
        "The answer is 42. " * 20 + "I can't help with more.",
        "I can help with that.",
    ],
)
def test_no_refusals(text: str) -> None:
    assert refusal_in(text) is None


def test_a_file_may_add_phrases() -> None:
    assert score("refusal", "Das  DARF ich nicht", False).value == 1
    found = score("refusal", "Das  DARF ich nicht", False, also=["das darf ich nicht"])
    assert (found.value, found.why) == (0, "it refuses: `das darf ich nicht`")


def test_the_kind_has_to_be_there() -> None:
    with pytest.raises(Unusable, match="no evaluator `nonsense`; installed are"):
        score("nonsense", "", None)
