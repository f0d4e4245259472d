"""Why an instance did not get ready, in words."""

from __future__ import annotations

import importlib.util
import re
import sys

from bluegreen.core.errors import PermanentError
from bluegreen.core.output import Mask, beginning, printable
from bluegreen.runtimes.base import InstanceState
from bluegreen.runtimes.process.instance import Instance

_LAST_LINES = 20
_LONGEST_LINE = 400
_MISSING = re.compile(r"ModuleNotFoundError: No module named '(\w+)(?:\.[\w.]*)?'")


def not_ready(instance: Instance) -> PermanentError:
    """The error for an instance that ended before it was ready, or is not ready yet."""
    spec, status = instance.spec, instance.status
    mask = Mask(spec.secrets)
    name = f"{spec.id.component}.{spec.id.index} of {spec.id.app} ({spec.id.place}, r{spec.release})"
    if status.state is InstanceState.CRASHED:
        what, why = f"{name} ended before it was ready.", _how_it_ended(status.exit)
    else:
        what = f"{name} was not ready within {spec.ready.within:g} s."
        why = f"The last answer was: {instance.answer}." if instance.answer else "It gave no answer."
    said = [printable(mask.text(line)) for line in instance.last_words(_LAST_LINES)]
    return PermanentError(what, why=mask.text(why) + _output(said), cure=_cure(instance))


def _how_it_ended(how: str | None) -> str:
    if how is None:
        return "How it ended is not known."
    if how.startswith(("exit ", "signal ")):
        return f"`run` ended with {how}."
    return f"It could not be started: {how}."


def _output(lines: list[str]) -> str:
    said = [beginning(line, _LONGEST_LINE) for line in lines if not line.startswith("--- ")]
    return "\n".join(["", "Its last lines:", *(f"  {line}" for line in said)]) if said else "\nIt wrote nothing."


def _only_ours(instance: Instance) -> str | None:
    """The package that a program in Python has missed although our own virtual environment has it."""
    if sys.prefix == sys.base_prefix:
        return None
    for line in instance.last_words(_LAST_LINES):
        if (found := _MISSING.fullmatch(line)) and importlib.util.find_spec(found[1]) is not None:
            return found[1]
    return None


def _cure(instance: Instance) -> str:
    id = instance.spec.id
    if instance.status.exit == "exit 0":
        return "Let the program stay in the foreground: one that puts itself into the background cannot be watched."
    if instance.status.state is InstanceState.CRASHED and (module := _only_ours(instance)):
        return (
            f"Applications do not see the virtual environment that bluegreen itself runs in, which has `{module}`: make"
            " one of their own (`build: python3 -m venv .venv && .venv/bin/pip install …`), and name its Python in"
            f" `run` of {id.component}."
        )
    if instance.status.state is InstanceState.CRASHED:
        return f"Mend what its output says, or `run` of {id.component}, and deploy again."
    return f"Mend what its output says, or give it more time with `ready: {{within: …}}` of {id.component}."
