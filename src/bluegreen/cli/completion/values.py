"""What the running controller knows, for the Tab key: names of applications, releases, deployments, components.

Asked once, and briefly: who presses Tab does not wait for a controller that is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bluegreen.cli.options import app_of
from bluegreen.core.errors import BluegreenError

if TYPE_CHECKING:
    from bluegreen.client import Client

Candidate = tuple[str, str]
"""A value, and a word about it."""
WITHIN = 1.0
"""Seconds that the controller has for an answer."""
NEWEST = 30
"""Deployments that are offered."""


def known(ctx: Any, asked: Any) -> list[Candidate] | None:
    """The candidates for a parameter that the controller can tell; None where it is none of its business."""
    tell = _TELL.get(getattr(asked, "name", None) or "")
    if tell is None or getattr(asked, "is_flag", False) or not hasattr(asked, "param_type_name"):
        return None
    with suppress(BluegreenError, KeyError, TypeError):
        return list(tell(_client(ctx), ctx))
    return []


def _client(ctx: Any) -> Client:
    from bluegreen.client import Client

    home = _given(ctx, "home")
    return Client(Path(home or "~/.bluegreen").expanduser().absolute(), within=WITHIN)


def _given(ctx: Any, name: str) -> Any:
    """What was typed so far for an option, behind the command or before it."""
    while ctx is not None:
        if ctx.params.get(name) and str(ctx.get_parameter_source(name)).endswith(("COMMANDLINE", "ENVIRONMENT")):
            return ctx.params[name]
        ctx = ctx.parent
    return None


def _app(client: Client, ctx: Any) -> str:
    return app_of(client, _given(ctx, "app"))


def _apps(client: Client, _: Any) -> Iterator[Candidate]:
    for status in client.apps():
        live = status["live"]
        yield status["app"], f"{status['environments'][live]['release']} is live" if live else "down"


def _deployments(client: Client, ctx: Any) -> Iterator[Candidate]:
    for d in client.deployments(_app(client, ctx), NEWEST):
        yield str(d["number"]), f"{d['release']} {d['result'] or d['phase']} {d['message']}"


def _releases(client: Client, ctx: Any) -> Iterator[Candidate]:
    seen: set[str] = set()
    for d in client.deployments(_app(client, ctx), NEWEST):
        if d["kind"] == "deploy" and d["release"] not in seen:
            seen.add(d["release"])
            yield d["release"], f"{d['result'] or d['phase']} {d['message']}"


def _components(client: Client, ctx: Any) -> Iterator[Candidate]:
    status = client.status(_app(client, ctx))
    places = [(color, env["instances"]) for color, env in status["environments"].items()]
    seen: dict[str, str] = {}
    for color, instances in places:
        for instance in instances:
            seen.setdefault(instance["component"], color)
    yield from ((name, f"in {color}") for name, color in seen.items())
    yield from ((name, "shared") for name in status["shared"])


def _shared(client: Client, ctx: Any) -> Iterator[Candidate]:
    yield from ((name, "shared") for name in client.status(_app(client, ctx))["shared"])


def _flags(client: Client, ctx: Any) -> Iterator[Candidate]:
    for flag in client.flags(_app(client, ctx))["flags"]:
        yield flag["flag"], f"gives {flag['gives']}"


def _variants(client: Client, ctx: Any) -> Iterator[Candidate]:
    for flag in client.flags(_app(client, ctx))["flags"]:
        yield from ((f"{flag['flag']}={variant}", f"gives {flag['gives']} now") for variant in flag["variants"])


_TELL: dict[str, Callable[[Client, Any], Iterator[Candidate]]] = {
    "app": _apps,
    "number": _deployments,
    "to": _releases,
    "component": _components,
    "shared": _shared,
    "edits": _variants,
    "on": _flags,
    "off": _flags,
    "flag": _flags,
    "release": _releases,
    "from_": _releases,
}
"""By the name of the parameter, which is the same in every command that has it."""
