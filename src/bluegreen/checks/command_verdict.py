"""A source that is a command with a verdict of its own."""

from __future__ import annotations

from collections.abc import Sequence

from bluegreen.checks.said import missing, said
from bluegreen.checks.sources import Watched
from bluegreen.core.errors import PermanentError
from bluegreen.core.evidence import Reading
from bluegreen.core.spec import CommandGuard
from bluegreen.core.verdict import Verdict
from bluegreen.system.command import CommandOutcome, run_command

_VERDICTS = {0: Verdict.ALLOW, 1: Verdict.BLOCK, 2: Verdict.CANNOT_TELL}


class CommandSource:
    """Runs ``sh -c`` in the release's folder: exit 0 allows, 1 blocks, 2 cannot tell; every other end is missing."""

    async def read(self, guard: CommandGuard, watched: Watched) -> Reading:
        """Run it to its end, or for ``within`` seconds. See `bluegreen.checks.sources.Source`."""
        try:
            outcome = await run_command(guard.run, watched.folder, watched.env, guard.within, secrets=watched.secrets)
        except PermanentError as error:
            return missing(f"{error.what} {error.why}", watched)
        verdict = None if outcome.timed_out else _VERDICTS.get(outcome.exit)
        words = _words(outcome)
        return said(verdict, words, watched) if verdict else missing(words, watched)

    async def before(self, guard: CommandGuard, watched: Watched, seconds: float) -> Sequence[float]:
        """Nothing is remembered."""
        return ()


def _words(outcome: CommandOutcome) -> str:
    """How it ended, and the last line that it wrote."""
    lines = outcome.output_tail.strip().splitlines()
    return f"{outcome.ended}: {lines[-1]}" if lines else outcome.ended
