"""Expressions over scores, such as ``similar >= 0.8 and (number == 1 or judge >= 1)``.

``expression = all {"or" all}``, ``all = one {"and" one}``, ``one = "(" expression ")" | NAME ( ">=" | ">" | "<=" | "<"
| "==" ) NUMBER``; a number is from 0 to 1, or in per cent. Nothing else: no calls, no arithmetic, no negation.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

LONGEST = 500
DEEPEST = 20

OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
_TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_-]*)|(?P<number>[0-9]*\.?[0-9]+%?)|(?P<operator>>=|<=|==|>|<)|(?P<bracket>[()]))"
)
_EXAMPLE = "such as `similar >= 0.8`"


class NotAnExpression(ValueError):
    """What is wrong, at which character (from 1), and what would be right."""

    def __init__(self, message: str, character: int, hint: str = _EXAMPLE) -> None:
        super().__init__(message)
        self.message = message
        self.character = character
        self.hint = hint


@dataclass(frozen=True)
class Comparison:
    """``name operator bound``: one score against a fixed number."""

    name: str
    operator: str
    bound: float

    def holds(self, scores: Mapping[str, float | None]) -> bool | None:
        """Whether it holds; None when the score is not known."""
        value = scores.get(self.name)
        return None if value is None else OPERATORS[self.operator](value, self.bound)

    def names(self) -> Iterator[str]:
        yield self.name

    def __str__(self) -> str:
        return f"{self.name} {self.operator} {self.bound:g}"


@dataclass(frozen=True)
class Junction:
    """Several expressions, all of which (``and``) or one of which (``or``) must hold."""

    word: str
    parts: tuple[Expression, ...]

    def holds(self, scores: Mapping[str, float | None]) -> bool | None:
        """Whether it holds; None when that depends on a score that is not known (Kleene's logic)."""
        found = [part.holds(scores) for part in self.parts]
        settles = self.word == "or"
        if settles in found:
            return settles
        return None if None in found else not settles

    def names(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.names()


Expression = Comparison | Junction


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def parse(text: str) -> Expression:
    """Read an expression. Raises NotAnExpression."""
    if len(text) > LONGEST:
        raise NotAnExpression(f"longer than {LONGEST} characters", LONGEST + 1)
    reader = _Reader(list(_tokens(text)), len(text.rstrip()) + 1)
    expression = reader.junction("or", 0)
    if (rest := reader.peek()) is not None:
        raise NotAnExpression(f"`{rest.text}` cannot follow here", rest.at, "join comparisons by `and` or `or`")
    return expression


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            hint = "write `==`" if text[start] == "=" else _EXAMPLE
            raise NotAnExpression(f"`{text[start]}` means nothing here", start + 1, hint)
        kind = str(found.lastgroup)
        word = found[kind]
        yield _Token("word" if word in ("and", "or") else kind, word, found.start(kind) + 1)
        at = found.end()


class _Reader:
    def __init__(self, tokens: list[_Token], end: int) -> None:
        self._tokens = tokens
        self._end = end
        self._next = 0

    def peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def junction(self, word: str, depth: int) -> Expression:
        parts = [self._below(word, depth)]
        while (token := self.peek()) is not None and token.text == word:
            self._next += 1
            parts.append(self._below(word, depth))
        return parts[0] if len(parts) == 1 else Junction(word, tuple(parts))

    def _below(self, word: str, depth: int) -> Expression:
        return self.junction("and", depth) if word == "or" else self._one(depth)

    def _one(self, depth: int) -> Expression:
        token = self._take("name", "bracket", wanted="the name of a score")
        if token.text == "(":
            if depth == DEEPEST:
                raise NotAnExpression("too many brackets inside each other", token.at)
            inside = self.junction("or", depth + 1)
            closing = self._take("bracket", wanted="`)`")
            if closing.text != ")":
                raise NotAnExpression("`)` is missing", closing.at, "close each bracket")
            return inside
        if token.kind == "bracket":
            raise NotAnExpression("`)` closes nothing", token.at)
        compared = self._take("operator", wanted="`>=`, `>`, `<=`, `<` or `==`")
        return Comparison(token.text, compared.text, _bound(self._take("number", wanted="a number from 0 to 1")))

    def _take(self, *kinds: str, wanted: str) -> _Token:
        token = self.peek()
        if token is None:
            raise NotAnExpression(f"{wanted} is missing at the end", self._end)
        if token.kind not in kinds:
            raise NotAnExpression(f"`{token.text}` stands where {wanted} belongs", token.at)
        self._next += 1
        return token


def _bound(token: _Token) -> float:
    number = float(token.text.rstrip("%")) / (100 if token.text.endswith("%") else 1)
    if not 0 <= number <= 1:
        raise NotAnExpression(f"`{token.text}` is no score: those are from 0 to 1", token.at, "such as `0.8` or `80%`")
    return number
