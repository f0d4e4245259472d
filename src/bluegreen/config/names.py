"""Names: of applications and components, environment variables, signals."""

from __future__ import annotations

import re

from bluegreen.config.hints import did_you_mean
from bluegreen.config.problems import Wrong

NAME = r"^[a-z][a-z0-9-]{0,39}$"
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"
EVENT = r"^[a-z][a-z0-9_.-]{0,63}$"
SIGNALS = ("TERM", "INT", "QUIT", "HUP", "USR1", "USR2", "WINCH", "ABRT", "KILL")
"""Signals that programs take as a request to end."""
OWN_PREFIX = "BLUEGREEN_"


def name(value: str) -> str:
    """The name of an application or component. Raises Wrong."""
    if not re.fullmatch(NAME.strip("^$"), value):
        hint = "lower-case letters, digits and dashes, a letter first, at most 40"
        proposal = re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")[:40]
        if re.fullmatch(NAME.strip("^$"), proposal):
            hint += f": `{proposal}`?"
        raise Wrong(f"`{value[:80]}` is not a name that can be used here", hint)
    return value


def component_name(value: str) -> str:
    """The name of a component, whose address is told to the others in a variable. Raises Wrong."""
    if url_variable(name(value)).startswith(OWN_PREFIX):
        reason = f"its address would be in `{url_variable(value)}`, and `{OWN_PREFIX}*` is bluegreen's own"
        raise Wrong(f"a component cannot be called `{value}`: {reason}", "choose another name")
    return value


def url_variable(component: str) -> str:
    """The environment variable in which other components find this one: ``<COMPONENT>_URL``."""
    return component.upper().replace("-", "_") + "_URL"


def variable(value: str) -> str:
    """The name of an environment variable that a file may set. Raises Wrong."""
    if not re.fullmatch(VARIABLE.strip("^$"), value):
        raise Wrong(
            f"`{value[:80]}` is not the name of an environment variable",
            "letters, digits and underscores, no digit first",
        )
    if value == "PORT" or value.startswith(OWN_PREFIX):
        raise Wrong(
            f"`{value}` is set by bluegreen itself, differently for each instance",
            "use another name; a program that needs it under another name can be told in `run`"
            if value != "PORT"
            else "remove it, and let the program listen on `$PORT`",
        )
    return value


def event(value: str) -> str:
    """The name of a business event. Raises Wrong."""
    if not re.fullmatch(EVENT.strip("^$"), value):
        hint = "small letters, digits, `_`, `.` and `-`, a letter first, at most 64"
        raise Wrong(f"`{value[:80]}` is not the name of an event", hint)
    return value


def signal(value: str) -> str:
    """A signal without ``SIG``, in upper case. Raises Wrong."""
    wanted = value.upper().removeprefix("SIG")
    if wanted not in SIGNALS:
        hint = did_you_mean(wanted, SIGNALS) or "one of " + ", ".join(SIGNALS)
        raise Wrong(f"`{value[:40]}` is not a signal that asks a program to end", hint)
    return wanted
