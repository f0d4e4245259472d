"""What is wrong with a file, where exactly, and how it is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bluegreen.core.errors import InvalidInput

SHOWN = 20
"""Problems that are printed; a file with more is most likely not meant for us."""
WIDTH = 100
"""Characters of a source line that are printed."""

_CREDENTIALS = re.compile(r"(?<=://)\S+(?=@)")


class Wrong(ValueError):
    """One value is wrong: what about it, and what to write instead. Where it stands is known further up."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a file. Lines and columns count from 1."""

    line: int
    column: int
    path: str
    """Where in the file's structure, such as ``components.web.instances``; empty for the whole file."""
    message: str
    hint: str = ""


class ConfigError(InvalidInput):
    """A file cannot be used; ``problems`` holds everything that is wrong with it, in the order of its lines."""

    def __init__(self, problems: Sequence[Problem], *, name: str, text: str = "") -> None:
        # An alias repeats what is wrong with its anchor.
        distinct = {(problem.line, problem.column, problem.message): problem for problem in reversed(problems)}
        self.problems = tuple(distinct[key] for key in sorted(distinct))
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        lines = text.splitlines()
        blocks = [_block(problem, name, lines) for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            blocks.append(f"... and {len(self.problems) - SHOWN} more")
        super().__init__(f"{name} has {count}", why="\n".join(blocks), cure="Nothing was changed.")

    def __str__(self) -> str:
        return self.why


def _block(problem: Problem, name: str, lines: Sequence[str]) -> str:
    shown = [f"{name}:{problem.line}:{problem.column}: {_visible(problem.message)}"]
    if problem.line <= len(lines) and lines[problem.line - 1].strip():
        shown += _excerpt(lines[problem.line - 1], problem)
    if problem.hint:
        shown.append(f"  hint: {_visible(problem.hint)}")
    return "\n".join(shown)


def _excerpt(line: str, problem: Problem) -> list[str]:
    """The source line, without credentials in URLs, and a caret under the column."""
    line = _CREDENTIALS.sub(lambda found: "*" * len(found[0]), line)
    first = max(0, problem.column - WIDTH + 20)
    margin = f"{problem.line:>5} | "
    caret = " " * (len(margin) + problem.column - 1 - first) + "^"
    return [margin + _visible(line.replace("\t", " "))[first : first + WIDTH], caret]


def _visible(text: str) -> str:
    """The text without what a terminal would obey."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
