"""Asking the three commands: what they are given, what they may answer, and what is said when they do not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.model import Color, Route
from bluegreen.core.router_specs import Commands
from bluegreen.system.command import CommandOutcome, run_command
from bluegreen.system.environ import base_environment


class Asking:
    """Runs one command at a time for each question; each raises TemporaryError when it fails, hangs or talks nonsense.

    A device that does not answer now may do so later, and nobody but its command knows which it is.
    """

    def __init__(self, spec: Commands) -> None:
        self._spec = spec

    async def set(self, told: Mapping[str, Any]) -> None:
        """Move users. What it answers does not matter: `get` is believed."""
        await self._run("set", self._spec.set, told)

    async def get(self, told: Mapping[str, Any]) -> Route | None:
        """The route in force: ``{"epoch": 7, "shares": {"green": 100}}``, or ``{}`` for none."""
        said = await self._answer("get", self._spec.get, told)
        if not said:
            return None
        try:
            shares = {Color(color): _count(share) for color, share in said["shares"].items() if share != 0}
            epoch = _count(said["epoch"])
            if sum(shares.values()) not in (0, 100):
                raise ValueError(f"the shares come to {sum(shares.values())}, not to 100")
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            wanted = '{"epoch": 7, "shares": {"green": 100}}, or {} when there is no route'
            raise self._nonsense("get", said, wanted) from error
        return Route(epoch, shares)

    async def drain(self, told: Mapping[str, Any]) -> Mapping[str, int]:
        """Requests and streams under way, by backend: ``{"active": {"shop/blue/12/web": 0}}``."""
        said = await self._answer("drain", self._spec.drain, told)
        try:
            return {name: _count(said["active"][name]) for name in told["backends"]}
        except (KeyError, ValueError, TypeError) as error:
            wanted = '{"active": {NAME: NUMBER}} with each name that it was given'
            raise self._nonsense("drain", said, wanted) from error

    async def _answer(self, name: str, command: str, told: Mapping[str, Any]) -> dict[str, Any]:
        outcome = await self._run(name, command, told)
        last = outcome.output_tail.strip().rpartition("\n")[2]
        try:
            said = json.loads(last)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise self._nonsense(name, last, "one JSON object as the last line of its output")
        return said

    async def _run(self, name: str, command: str, told: Mapping[str, Any]) -> CommandOutcome:
        given = json.dumps(told).encode() + b"\n"
        spec = self._spec
        try:
            outcome = await run_command(command, spec.folder, base_environment(), spec.within, given=given)
        except PermanentError as error:
            raise TemporaryError(error.what, why=error.why, cure=error.cure, retry_after=2.0) from error
        if not outcome.succeeded:
            tail = outcome.output_tail.strip()[-500:]
            raise TemporaryError(
                f"The router's command `{name}` failed: {outcome.ended}.",
                why=f"`{command}` wrote: {tail}" if tail else f"`{command}` wrote nothing.",
                cure="It is tried again; run it by hand with what docs/how-to/other-routers.md says it is given.",
                retry_after=2.0,
            )
        return outcome

    def _nonsense(self, name: str, said: object, wanted: str) -> TemporaryError:
        return TemporaryError(
            f"The router's command `{name}` answered what cannot be understood.",
            why=f"It wrote {str(said)[:200]!r}; expected is {wanted}.",
            cure="Correct the command; it is asked again.",
            retry_after=2.0,
        )


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is not a whole number")
    return value
