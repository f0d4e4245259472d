"""What PyYAML says about text that is not YAML, in words that say what to do."""

from __future__ import annotations

import yaml

from bluegreen.config.problems import Problem

_WORDS = (
    ("found character '\\t'", "a tab cannot indent YAML", "use spaces"),
    ("mapping values are not allowed", "a `: ` that YAML does not expect here",
     "put a value that contains `: ` in quotes, and give keys of one mapping the same indentation"),
    ("could not find expected ':'", "this is not `key: value`", "a key needs a `:` and a space behind it"),
    ("expected <block end>", "this does not fit the indentation of the lines above",
     "keys of one mapping start in the same column; a value that starts with `[`, `{` or a quote ends with it"),
    ("expected ',' or ']'", "a list that was opened with `[` is not closed", "close it with `]`"),
    ("expected ',' or '}'", "a mapping that was opened with `{` is not closed", "close it with `}`"),
    ("expected the node content, but found ':'", "a `:` stands where a value should begin",
     'put the value in quotes; an IPv6 address is `"[::1]:8080"`'),
    ("found unexpected end of stream", "a quote that was opened is not closed", ""),
    ("found undefined alias", "this alias has no anchor before it", "define it with `&name` further up"),
    ("expected a single document", "a second document begins here", "one file describes one application: remove `---`"),
    ("cannot start any token", "YAML does not allow this character to begin a value", "put the value in quotes"),
)  # fmt: skip


def syntax_problem(error: Exception, text: str) -> Problem:
    """The one problem that a reader's exception stands for; reading cannot go on behind it."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        said = error.problem or error.context or "it cannot be read"
        message, hint = _in_words(said)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return Problem(line, column, "", message, hint)
    if isinstance(error, yaml.reader.ReaderError):
        before = (text[: error.position] + ".").splitlines()
        line, column = len(before), len(before[-1])
        message = f"the character U+{ord(text[error.position]):04X} cannot be part of a YAML file"
        return Problem(line, column, "", message, "remove it")
    return Problem(1, 1, "", "this is not valid YAML", "")


def _in_words(said: str) -> tuple[str, str]:
    for start, message, hint in _WORDS:
        if start in said:
            return message, hint
    return said, ""
