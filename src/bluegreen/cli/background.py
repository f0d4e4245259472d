"""A controller in the background, for who has none as a service."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from bluegreen.client import Client
from bluegreen.core.errors import PermanentError, Refused
from bluegreen.core.output import printable

LOG = "controller.log"
_READY_WITHIN = 30.0
_LAST_LINES = 15


def ensure_running(client: Client, environ: Mapping[str, str] = os.environ) -> bool:
    """Start a controller where none runs, of this machine; True when it did.

    Raises:
        Refused: this is a CI job, with which it would end.
        PermanentError: it ended at once, or does not answer.
    """
    if client.is_remote or client.running():
        return False
    if environ.get("CI"):
        raise Refused(
            f"No controller runs for {client.home}.",
            why="$CI is set: a controller that a CI job starts in the background ends with the job, or outlives it.",
            cure="Install it as a service with `bluegreen install`, or run `bluegreen serve` in a step of its own.",
        )
    _start(client)
    return True


def _start(client: Client) -> None:
    from bluegreen.system.process import exit_text, spawn_detached

    client.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = client.home / LOG
    command = [sys.executable, "-m", "bluegreen", "serve", "--home", str(client.home)]
    record = spawn_detached(command, env=os.environ, cwd="/", log=log)
    deadline = time.monotonic() + _READY_WITHIN
    while not client.running():
        ended = exit_text(record)
        # Two commands may have started one at the same time: the loser ends, and the winner answers.
        if ended is not None and not client.running():
            raise PermanentError(
                f"The controller ended at once ({ended}).", why=_last_lines(log), cure=f"Its log is {log}."
            )
        if time.monotonic() > deadline:
            raise PermanentError(
                f"The controller does not answer after {_READY_WITHIN:.0f} s.", why=_last_lines(log), cure=f"See {log}."
            )
        time.sleep(0.02)


def _last_lines(log: Path) -> str:
    try:
        text = log.read_text(errors="replace")
    except OSError:
        return ""
    return printable("\n".join(text.splitlines()[-_LAST_LINES:]))
