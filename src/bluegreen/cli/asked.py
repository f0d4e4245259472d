"""What the events of a deployment do not tell, asked of the controller besides. Missing, it harms nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bluegreen.cli.notes import one_line
from bluegreen.client import Client, Json
from bluegreen.core.errors import BluegreenError

_WITHIN = 3.0
"""Seconds: what somebody follows does not wait longer for what is only said besides."""


@dataclass(frozen=True)
class Now:
    """How a deployment stands, as far as no event says it."""

    watch: Json | None = None
    checks: Sequence[Json] = ()
    """Those that run."""


class Asked:
    """One deployment's questions; every answer may be None."""

    def __init__(self, client: Client, app: str, number: int) -> None:
        self.app = app
        self._client = client.patient(_WITHIN)
        self._number = number

    def forecast(self) -> str | None:
        """How soon which regression would be found, in a sentence."""
        try:
            return one_line(self._client.forecast(self.app)["sentence"], 400) or None
        except (BluegreenError, KeyError):
            return None

    def watch(self) -> Json | None:
        """The watch of the deployment as it stands."""
        return self.now().watch

    def now(self) -> Now:
        """How the deployment stands."""
        try:
            status: Json = self._client.status(self.app)
            watch, deployment = status.get("watch"), status.get("deployment")
            checks = status.get("checks", ()) if deployment and deployment["number"] == self._number else ()
            return Now(watch if watch and watch["deployment"] == self._number else None, checks)
        except (BluegreenError, KeyError):
            return Now()
