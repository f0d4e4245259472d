"""Who calls, and which engine answers."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Request

from bluegreen.core.errors import InvalidInput
from bluegreen.engine.engine import Engine

_ACTOR = re.compile(r"[^\x20-\x7e]")


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


def _actor(request: Request) -> str:
    """The name that the caller gives itself: on a socket that only this user may open, nobody else can call."""
    return _ACTOR.sub("?", request.headers.get("x-bluegreen-actor", "unknown"))[:100]


Ours = Annotated[Engine, Depends(_engine)]
Actor = Annotated[str, Depends(_actor)]


def release_number(name: str) -> int:
    """7 for ``r7`` or ``7``. Raises InvalidInput."""
    try:
        return int(name.removeprefix("r"))
    except ValueError as error:
        raise InvalidInput(f"`{name}` is not a release.", cure="Releases are named r1, r2, …") from error
