"""A controller's HTTP API for scripts, CI and the command line (docs/reference/client.md).

`Client` needs the standard library alone and is there at once; `AsyncClient` (on httpx2) and the types of the answers
are loaded when they are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bluegreen.client.address import SOCKET, SOCKET_PATH_BYTES
from bluegreen.client.errors import AnswerLost, NoController, NotAllowed
from bluegreen.client.sync import ANSWER_WITHIN, Client
from bluegreen.client.wire import Json

if TYPE_CHECKING:
    from bluegreen.client import answers
    from bluegreen.client.aio import AsyncClient
    from bluegreen.client.deploying import Deploying

__all__ = [
    "ANSWER_WITHIN",
    "SOCKET",
    "SOCKET_PATH_BYTES",
    "AnswerLost",
    "AsyncClient",
    "Client",
    "Deploying",
    "Json",
    "NoController",
    "NotAllowed",
    "answers",
]

_LATER = {"AsyncClient": "aio", "Deploying": "deploying"}


def __getattr__(name: str) -> Any:
    if name == "answers":
        return import_module("bluegreen.client.answers")
    if name in _LATER:
        return getattr(import_module(f"bluegreen.client.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
