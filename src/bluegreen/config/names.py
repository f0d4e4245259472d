"""Names: of applications and components, environment variables, signals."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from bluegreen.config.hints import did_you_mean
from bluegreen.config.problems import Wrong
from bluegreen.core.model_specs import model_variable

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


def model_name(value: str) -> str:
    """The name of a model, which is told to components in a variable. Raises Wrong."""
    if model_variable(name(value)).startswith(OWN_PREFIX):
        reason = f"it would be told in `{model_variable(value)}`, and `{OWN_PREFIX}*` is bluegreen's own"
        raise Wrong(f"a model cannot be called `{value}`: {reason}", "choose another name")
    return value


def served_name(value: str) -> str:
    """The name under which a server knows a revision. Raises Wrong."""
    if not re.fullmatch(r"[^\s\"'{}\\]{1,200}", value) or not value.isprintable():
        raise Wrong(f"`{value[:80]}` is not a name that can be used here", "without spaces, quotes and braces")
    return value


def one_of(what: str, known: Collection[str]) -> Callable[[str], str]:
    """Takes one of several words only; what it refuses is Wrong."""

    def word(value: str) -> str:
        if value not in known:
            hint = did_you_mean(value, known) or "one of " + ", ".join(f"`{one}`" for one in known)
            raise Wrong(f"there is no {what} `{value[:40]}`", hint)
        return value

    return word


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
