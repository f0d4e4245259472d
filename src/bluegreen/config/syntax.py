"""What PyYAML says about text that is not YAML, in words that say what to do."""

from __future__ import annotations

import yaml

from bluegreen.config.problems import Problem

_AT_START = (
    ("expected ',' or ']'", "a list that is opened here with `[` is not closed", "close it with `]`"),
    ("expected ',' or '}'", "a mapping that is opened here with `{` is not closed", "close it with `}`"),
    ("found unexpected end of stream", "a quote that is opened here is not closed", "close it"),
    ("could not find expected ':'", "this is not `key: value`", "a key needs a `:` and a space behind it"),
    ("found unexpected document separator", "a quote that is opened here is not closed", "close it"),
)
"""Shown where it began: where the reader noticed says nothing."""

_WORDS = (
    (
        "but got '?'",
        "a `?` cannot stand between brackets outside of quotes",
        "put the value in quotes",
    ),
    (
        "but got '['",
        "a `[` cannot stand within a value between brackets outside of quotes",
        "put the value in quotes, as any PromQL",
    ),
    ("found character '\\t'", "a tab cannot indent YAML", "use spaces"),
    (
        "mapping values are not allowed",
        "a `:` that YAML does not expect here",
        "put a value that contains `: ` in quotes, and give keys of one mapping the same indentation",
    ),
    (
        "expected <block end>",
        "this does not fit the lines above",
        "keys of one mapping start in the same column; a value that starts with `[`, `{` or a quote ends with it",
    ),
    (
        "expected the node content, but found ':'",
        "a `:` stands where a value should begin",
        'put the value in quotes; an IPv6 address is `"[::1]:8080"`',
    ),
    ("found undefined alias", "this alias has no anchor before it", "define it with `&name` further up"),
    ("found another document", "a second document begins here", "one file describes one application: end it here"),
    ("cannot start any token", "YAML does not allow this character to begin a value", "put the value in quotes"),
)


def syntax_problem(error: yaml.YAMLError, text: str) -> Problem:
    """The one problem that a reader's exception stands for; reading cannot go on behind it."""
    if isinstance(error, yaml.MarkedYAMLError):
        return _marked(error, error.problem or error.context or "this is not YAML")
    if isinstance(error, yaml.reader.ReaderError):
        before = (text[: error.position] + ".").splitlines()
        message = f"the character U+{ord(text[error.position]):04X} cannot be part of a YAML file"
        return Problem(len(before), len(before[-1]), "", message, "remove it")
    return Problem(1, 1, "", "this is not YAML")


def _marked(error: yaml.MarkedYAMLError, said: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    message, hint = said.replace("'\\x00'", "the end of the file"), ""
    for words in (_WORDS, _AT_START):
        found = next((entry for entry in words if entry[0] in said), None)
        if found:
            _, message, hint = found
            mark = (error.context_mark or mark) if words is _AT_START else mark
            break
    return Problem(mark.line + 1, mark.column + 1, "", message, hint) if mark else Problem(1, 1, "", message, hint)
