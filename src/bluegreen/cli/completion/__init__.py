"""`bluegreen completion`: what makes the Tab key of a shell complete commands, options and names."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Shell(StrEnum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


_Shell = Annotated[Shell, typer.Argument(metavar="bash|zsh|fish", help="Which shell it is for.", show_default=False)]


def completion(shell: _Shell) -> None:
    """Print the script that makes a shell complete commands, options, and what the controller knows.

    Applications, releases, deployments and components are asked of the running controller at each press of Tab; where
    none answers within a second, nothing is offered for them.
    """
    from bluegreen.cli.completion.scripts import SCRIPTS

    print(SCRIPTS[shell], end="")
