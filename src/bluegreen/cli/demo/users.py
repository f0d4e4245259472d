"""The users of the demo: a constant load in a process of its own."""

from __future__ import annotations

from bluegreen.cli.load import LoadProcess, Plan, Result
from bluegreen.cli.load.process import Progress
from bluegreen.core.errors import PermanentError

WITHIN = 60.0
"""Seconds after which a load that gets too few answers has lost its application."""


class Users:
    """Nobody before `come`, nobody after `leave` or `close`."""

    def __init__(self) -> None:
        self._load: LoadProcess | None = None

    def come(self, plan: Plan) -> None:
        self._load = LoadProcess(plan)

    def seen(self) -> Progress:
        """What they have got so far."""
        return self._load.progress if self._load else Progress()

    def wait(self, requests: int) -> None:
        """Until so many more requests were answered. Raises PermanentError where that takes far too long."""
        if self._load is None:
            return
        try:
            self._load.wait_for_requests(requests, WITHIN)
        except (TimeoutError, RuntimeError) as error:
            raise PermanentError("The users of the demo get no answers.", why=str(error)) from error

    def settle(self) -> None:
        """Until they have told of something that was sent after now: their next report may be on its way already."""
        self.wait(1)
        self.wait(1)

    def leave(self) -> Result:
        """End the load; everything that it saw."""
        assert self._load is not None
        return self._load.stop()

    def close(self) -> None:
        """End it, whatever it does."""
        if self._load is not None:
            self._load.kill()
