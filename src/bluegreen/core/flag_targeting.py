"""What is wrong with a targeting rule. JsonLogic (https://jsonlogic.com/operations.html) with flagd's own operators
(https://flagd.dev/reference/flag-definitions/#targeting-rules): what the evaluator does not know fails for every user.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from typing import Any

from bluegreen.core.flaw import Flaw, Path

_TEXTUAL = "min max cat log var substr merge missing missing_some if and or filter reduce map all some none in"
_FLAGD = "fractional starts_with ends_with sem_ver"
_SIGNS = "== != === !== < > <= >= ! !! + * - / % ?:"
OPERATORS = frozenset(f"{_TEXTUAL} {_FLAGD} {_SIGNS}".split())
DEEPEST = 50


def targeting_flaws(rule: Any, path: Path, evaluators: Collection[str]) -> Iterator[Flaw]:
    """Unknown operators, references to rules that are not there, and nesting that no evaluator can follow."""
    if len(path) > DEEPEST:
        yield Flaw(path[:4], "nested too deeply")
    elif isinstance(rule, list):
        for index, item in enumerate(rule):
            yield from targeting_flaws(item, (*path, index), evaluators)
    elif isinstance(rule, dict) and len(rule) == 1:  # any other object is plain data to JsonLogic
        ((operator, operands),) = rule.items()
        if operator == "$ref":
            if not isinstance(operands, str) or operands not in evaluators:
                yield Flaw((*path, operator), f"there is no rule `{operands}` in `$evaluators`")
            return
        if operator not in OPERATORS:
            near = difflib.get_close_matches(operator, OPERATORS, n=1)
            hint = f"did you mean `{near[0]}`?" if near else "operators are those of JsonLogic and of flagd"
            yield Flaw((*path, operator), f"there is no operator `{operator}`", hint, on_key=True)
        yield from targeting_flaws(operands, (*path, operator), evaluators)
