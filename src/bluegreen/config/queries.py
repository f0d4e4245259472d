"""The languages inside of the file, PromQL and JSONPath: what is wrong in them is found when the file is read.

Their parsers come with an extra each, and are imported only for a file that needs them.
"""

from __future__ import annotations

import importlib
import re
from types import ModuleType

from bluegreen.config.jsonpaths import compiled
from bluegreen.config.problems import Wrong

LONGEST = 2000
"""Characters of a query. The parser goes down a level for each bracket, and some ten thousand would end the process."""


def promql(value: str) -> str:
    """A PromQL query whose answer can be one number. Raises Wrong."""
    if len(value) > LONGEST:
        raise Wrong(f"longer than {LONGEST:,} characters", "a recording rule can give it a short name")
    parser = _extra("promql_parser", "prometheus")
    try:
        parsed = parser.parse(value)
    except ValueError as error:
        raise Wrong(f"not PromQL: {error}", "try it on Prometheus' own page first") from None
    while isinstance(parsed, parser.ParenExpr):
        parsed = parsed.expr
    if isinstance(parsed, (parser.MatrixSelector, parser.SubqueryExpr)):
        raise Wrong("a range of values, not one number", "wrap it: `sum(rate(orders_total[1m]))`")
    if isinstance(parsed, parser.StringLiteral):
        raise Wrong("a text, not a number", "such as `sum(rate(orders_total[1m]))`")
    return value


def jsonpath(value: str) -> str:
    """A JSONPath (RFC 9535). Raises Wrong."""
    _extra("jsonpath", "json")
    compiled(value)
    return value


def redacted(value: str) -> str:
    """A regular expression, or a JSONPath when it begins with ``$``. Raises Wrong."""
    if value.startswith("$"):
        return jsonpath(value)
    if not value or len(value) > LONGEST:
        raise Wrong("nothing, or longer than 2,000 characters", "such as `[0-9]{16}` or `$.user.email`")
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError) as error:
        hint = "put a `\\` before a character that is meant as itself"
        raise Wrong(f"not a regular expression: {error}", hint) from None
    return value


def _extra(module: str, extra: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        hint = f"pip install 'bluegreen[{extra}]', where the controller runs as well"
        raise Wrong(f"this needs the extra `{extra}`, which is not installed", hint) from None
