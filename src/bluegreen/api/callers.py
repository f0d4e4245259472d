"""Who calls, and which engine answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from bluegreen.api.access import caller
from bluegreen.core.errors import InvalidInput
from bluegreen.engine.engine import Engine


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


def _actor(request: Request) -> str:
    return caller(request).name


Ours = Annotated[Engine, Depends(_engine)]
Actor = Annotated[str, Depends(_actor)]


def release_number(name: str) -> int:
    """7 for ``r7`` or ``7``. Raises InvalidInput."""
    try:
        return int(name.removeprefix("r"))
    except ValueError as error:
        raise InvalidInput(f"`{name}` is not a release.", cure="Releases are named r1, r2, …") from error
