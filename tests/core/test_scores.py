"""Expressions over scores: what they mean, and what is said of wrong ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.core.scores import NotAnExpression, parse

SCORES = {"similar": 0.85, "number": 1.0, "judge": None, "my-tone": 0.2}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("similar >= 0.8", True),
        ("similar>=85%", True),
        ("similar > 0.85", False),
        ("similar <= .85", True),
        ("similar < 0.85", False),
        ("number == 1", True),
        ("my-tone >= 0.5", False),
        ("similar >= 0.8 and number == 1", True),
        ("similar >= 0.9 or number == 1", True),
        ("similar >= 0.9 and number == 1 or my-tone < 1", True),
        ("similar >= 0.9 and (number == 1 or my-tone < 1)", False),
        ("judge >= 0.5", None),
        ("judge >= 0.5 or number == 1", True),
        ("judge >= 0.5 or number < 1", None),
        ("judge >= 0.5 and number < 1", False),
        ("judge >= 0.5 and number == 1", None),
        ("unheard >= 0.5", None),
        ("  (  similar >= 0.8  )  ", True),
    ],
)
def test_what_holds(text: str, holds: bool | None) -> None:
    assert parse(text).holds(SCORES) is holds


def test_names_are_known() -> None:
    assert list(parse("a >= 0 and (b < 1 or a == 1)").names()) == ["a", "b", "a"]


@pytest.mark.parametrize(
    ("text", "character", "message", "hint"),
    [
        ("", 1, "the name of a score is missing at the end", "similar >= 0.8"),
        ("similar", 8, "`>=`, `>`, `<=`, `<` or `==` is missing", ""),
        ("similar >=  ", 11, "a number from 0 to 1 is missing", ""),
        ("0.8 <= similar", 1, "`0.8` stands where the name", ""),
        ("similar = 0.8", 9, "`=` means nothing here", "`==`"),
        ("similar >= 80", 12, "`80` is no score", "80%"),
        ("similar >= -1", 12, "`-` means nothing here", ""),
        ("similar >= 0.8 number == 1", 16, "`number` cannot follow here", "`and`"),
        ("similar >= 0.8 and", 19, "the name of a score is missing", ""),
        ("and >= 0.8", 1, "`and` stands where the name", ""),
        ("(similar >= 0.8", 16, "`)` is missing", ""),
        ("similar >= 0.8)", 15, "`)` cannot follow here", ""),
        (")", 1, "`)` closes nothing", ""),
        ("similar >= judge", 12, "`judge` stands where a number", ""),
        ("similar * 2 >= 1", 9, "`*` means nothing here", ""),
        ("not similar >= 1", 5, "`similar` stands where", ""),
        ("similar >= 0.8; import os", 15, "`;` means nothing here", ""),
        ("(" * 30 + "a > 0" + ")" * 30, 21, "too many brackets", ""),
        ("a" * 501, 501, "longer than 500", ""),
        ("similar >= 1e3", 13, "`e3` cannot follow", ""),
        ("similar >= ٣", 12, "means nothing here", ""),
    ],
)
def test_what_is_wrong(text: str, character: int, message: str, hint: str) -> None:
    with pytest.raises(NotAnExpression) as caught:
        parse(text)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.character == character


@given(st.text(alphabet="ab01.%<>=() andor\t", max_size=60))
def test_any_text_is_an_expression_or_says_where_it_is_none(text: str) -> None:
    try:
        parse(text).holds({"a": 0.5})
    except NotAnExpression as error:
        place = error.character
    else:
        place = 1
    assert 1 <= place <= len(text) + 1
