"""Files of secrets: ``KEY=VALUE`` lines. No message about one ever holds any of its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bluegreen.config.names import VARIABLE, variable
from bluegreen.config.problems import ConfigError, Problem, Wrong
from bluegreen.config.textfile import read_text

_START = re.compile(r"[ \t]*(?:export[ \t]+)?(?P<key>[^=\s]+)[ \t]*=[ \t]*")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def read_env_file(path: Path) -> dict[str, str]:
    """Read ``KEY=VALUE`` lines; ``export``, quotes (also over several lines) and comments are understood.

    Nothing is expanded: ``$`` stands for itself.

    Raises:
        ConfigError: the file cannot be read or understood: with file and line, never with its text.
    """
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    text = read_text(path, "the file of secrets")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise _error(path, line, "the character U+0000 cannot be used", "encode the value, in base64 say")
    for line, key, value in _entries(text, str(path)):
        if key in values:
            raise _error(path, line, f"`{key}` is set in line {lines[key]} already", "remove one of the two")
        values[key], lines[key] = value, line
    return values


def _entries(text: str, name: str) -> Iterator[tuple[int, str, str]]:
    at, line = 0, 1
    while at < len(text):
        end = _line_end(text, at)
        stripped = text[at:end].strip()
        if stripped and not stripped.startswith("#"):
            key, value, end = _entry(text, at, end, line, name)
            yield line, key, value
        line += text.count("\n", at, end) + 1
        at = end + 1


def _entry(text: str, at: int, end: int, line: int, name: str) -> tuple[str, str, int]:
    """The entry that begins at ``at``; ``end`` is the end of its line, and of its last one in what is returned."""
    start = _START.match(text, at, end)
    if start is None or not re.fullmatch(VARIABLE.strip("^$"), start["key"]):
        raise _error(name, line, "not a `KEY=VALUE` line", "a value of several lines needs quotes around it")
    try:
        key = variable(start["key"])
    except Wrong as wrong:
        raise _error(name, line, wrong.message, wrong.hint) from None
    quote = text[start.end() : start.end() + 1]
    if quote not in ("'", '"') or start.end() >= end:
        return key, _unquoted(text[start.end() : end]), end
    value, after = _quoted(text, start.end(), quote)
    if after < 0:
        raise _error(name, line, f"the quote behind `{key}=` is not closed", "add it, or remove the first one")
    end = _line_end(text, after)
    rest = text[after:end].strip()
    if rest and not rest.startswith("#"):
        raise _error(name, line, f"something stands behind the quotes of `{key}`", "put the whole value in quotes")
    return key, value, end


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _unquoted(text: str) -> str:
    return re.split(r"(?:^|[ \t])#", text, maxsplit=1)[0].strip()


def _quoted(text: str, at: int, quote: str) -> tuple[str, int]:
    """The value whose quote opens at ``at``, and where it ends; -1 when it never does."""
    close = re.compile(r"'" if quote == "'" else r'(?<!\\)(?:\\\\)*"').search(text, at + 1)
    if close is None:
        return "", -1
    inner = text[at + 1 : close.end() - 1]
    if quote == '"':
        inner = re.sub(r"\\([nrt\"\\$`])", lambda found: _ESCAPES.get(found[1], found[1]), inner)
    return inner, close.end()


def _error(path: Path | str, line: int, message: str, hint: str) -> ConfigError:
    return ConfigError([Problem(line, 1, "", message, hint)], name=str(path))
