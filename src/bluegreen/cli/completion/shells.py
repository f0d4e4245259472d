"""Typer's completion, with what the running controller knows, told in the lines that our scripts read.

Typer's own scripts and classes are not used: they load rich for the help of each candidate, and tell zsh by a text that
it evaluates.
"""

from __future__ import annotations

import os
from typing import Any

from typer._click.shell_completion import (
    CompletionItem,
    ShellComplete,
    _resolve_context,
    _resolve_incomplete,
    add_completion_class,
    split_arg_string,
)

from bluegreen.cli.completion.scripts import SCRIPTS
from bluegreen.cli.completion.values import known


class _Lines(ShellComplete):
    """One line for each candidate: kind, value and help, with tabs between them."""

    name = "bluegreen"
    source_template = ""

    def source_vars(self) -> dict[str, Any]:
        return {}

    def get_completion_args(self) -> tuple[list[str], str]:
        words = [_unquoted(word) for word in os.environ["COMP_WORDS"].split("\n")]
        at = int(os.environ["COMP_CWORD"])
        return words[1:at], words[at] if at < len(words) else ""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        ctx = _resolve_context(self.cli, self.ctx_args, self.prog_name, args)
        asked, incomplete = _resolve_incomplete(ctx, args, incomplete)
        found = known(ctx, asked)
        if found is None:
            return _path(asked) or asked.shell_complete(ctx, incomplete)
        return [CompletionItem(value, help=help) for value, help in found if value.startswith(incomplete)]

    def format_completion(self, item: CompletionItem) -> str:
        parts = (item.type, str(item.value), item.help or "")
        return "\t".join(" ".join(part.split()) for part in parts)


def _path(asked: Any) -> list[CompletionItem]:
    """Paths are the shell's business; it is told which kind. None, where a parameter is no path."""
    if getattr(getattr(asked, "type", None), "name", "") != "path":
        return []
    return [CompletionItem("", type="dir" if "DIR" in (asked.metavar or "") else "file")]


def _unquoted(word: str) -> str:
    """A word as the command would get it; one that is not closed yet, as far as it goes."""
    return "".join(split_arg_string(word)) if any(mark in word for mark in "'\"\\") else word


def register() -> None:
    """Make Typer answer completion requests of our scripts."""
    for shell in SCRIPTS:
        add_completion_class(_Lines, shell)
