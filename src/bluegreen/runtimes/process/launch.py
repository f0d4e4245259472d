"""Starting the process of an instance, so that it can be found again whatever happens in between."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from pathlib import Path

from bluegreen.runtimes.base import InstanceSpec
from bluegreen.runtimes.process.logs import Logs
from bluegreen.runtimes.process.records import MARKER, PROBE_MARKER, InstanceRecord, Records
from bluegreen.runtimes.readiness import Probed
from bluegreen.system.faults import point
from bluegreen.system.ports import find_holder, try_bind
from bluegreen.system.process import spawn_detached

_SHELL_SYNTAX = re.compile(r"[;&|<>()`\n#!{}]|\$\(")
_SHELL_WORDS = {"cd", "command", "eval", "exec", "exit", "export", "for", "if", "set", "source", "trap", "ulimit"}
_SHELL_WORDS |= {"umask", "unset", "until", "wait", "while", ".", ":"}


class LaunchError(Exception):
    """The process could not be started; the text says why."""


def launch(spec: InstanceSpec, record: InstanceRecord, records: Records, logs: Logs) -> InstanceRecord:
    """Start the process and return its record; the intent is on disk before, the outcome after.

    It does not wait for anything: nothing can come between. Raises LaunchError.
    """
    if not has_folder(spec):
        raise LaunchError(f"its folder {spec.folder} is missing")
    _check_port(record.port)
    intent = replace(record, process=None, ready=False)
    log = logs.of(spec.id)
    try:
        _note_intent(intent, records)
        point("intent to start noted")
        with contextlib.suppress(OSError):
            log.append(f"--- {spec.id.app} r{spec.release} {spec.id.component}.{spec.id.index} started")
        process = spawn_detached(
            ["/bin/sh", "-c", shell_line(spec.command)],
            env=environment(spec, record, records),
            cwd=spec.folder,
            log=log.path,
        )
    except OSError as error:
        raise LaunchError(str(error)) from error
    point("instance started")
    started = replace(intent, process=process)
    # It runs: a full disk is no reason to give it up, and by its marker it can be found without this, too.
    with contextlib.suppress(OSError):
        records.save(started)
    point("start noted")
    return started


def shell_line(command: str) -> str:
    """The command for ``sh -c``: a plain one takes the shell's place.

    Then the pid that is shown is the program's own, and no shell waits beside each instance.
    """
    first = command.split(maxsplit=1)[0] if command.strip() else ""
    plain = not _SHELL_SYNTAX.search(command) and first not in _SHELL_WORDS and "=" not in first
    return f"exec {command}" if plain else command


def _note_intent(intent: InstanceRecord, records: Records) -> None:
    try:
        records.save(intent)
    except OSError:
        # One that served users is started again even when the disk is full; a new one is not begun.
        if intent.restarts == 0:
            raise


def has_folder(spec: InstanceSpec) -> bool:
    """Whether the release's folder is in place."""
    return Path(spec.folder).is_dir()


def environment(spec: InstanceSpec, record: InstanceRecord, records: Records) -> dict[str, str]:
    """All variables of the instance's process."""
    port = {} if record.port is None else {"PORT": str(record.port)}
    return {**spec.env, **port, MARKER: records.marker(spec.id)}


def probed(spec: InstanceSpec, record: InstanceRecord, records: Records) -> Probed:
    """The instance, as readiness is asked of it."""
    return Probed(record.port, environment(spec, record, records) | {PROBE_MARKER: "1"}, spec.folder)


def _check_port(port: int | None) -> None:
    if port is None:
        return
    try:
        try_bind("127.0.0.1", port)
    except OSError as error:
        holder = find_holder("127.0.0.1", port) or "another program"
        raise LaunchError(f"its port {port} is held by {holder}") from error
