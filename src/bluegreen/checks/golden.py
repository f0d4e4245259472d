"""A check that sends a golden set to the idle environment, and to the live one, and scores the answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2

from bluegreen.checks.asking import Environment, NoAnswer, NotAsked, ask, client_of
from bluegreen.checks.base import Finding, Progress, Target
from bluegreen.checks.golden_answers import Answered, evidence
from bluegreen.checks.workers import each
from bluegreen.config import ConfigError
from bluegreen.config.golden_file import read_cases
from bluegreen.core.golden import judge
from bluegreen.core.golden_cases import GoldenCase, Outcome, Told, measure_of, outcome, used
from bluegreen.core.output import Mask, beginning, printable
from bluegreen.core.spec import Golden
from bluegreen.core.verdict import Verdict
from bluegreen.evaluators.base import Evaluator, Exchange, Setting, Unusable
from bluegreen.evaluators.registry import make

_SHOWN = 500


class GoldenChecker:
    """Each case is asked of the idle environment at its preview address and, when a release is live, of that one past
    the proxy, so that nothing counts as users'. An answer that the live release does not give is not compared."""

    async def run(self, check: Golden, target: Target) -> Finding:
        """Ask, score, judge. See `bluegreen.checks.base.Checker`."""
        started = time.monotonic()
        mask = Mask(target.secrets)

        def finding(verdict: Verdict, reason: str, found: Mapping[str, Any] | None = None) -> Finding:
            shown = beginning(printable(mask.text(reason)), _SHOWN)
            return Finding(check.name, verdict, shown, time.monotonic() - started, found or {})

        try:
            cases = await asyncio.to_thread(read_cases, Path(target.folder), check)
            # In a thread: a model takes seconds to load, in which nothing else would be judged.
            evaluators = await asyncio.to_thread(_evaluators, check, target, cases)
            asking = _Asking(check, target, cases, evaluators)
            await asking.all()
        except ConfigError as error:
            first = error.problems[0]
            return finding(Verdict.CANNOT_TELL, f"{check.file}:{first.line}:{first.column}: {first.message}")
        except Unusable as error:
            return finding(Verdict.CANNOT_TELL, str(error))
        except Exception as error:  # of the check, or of ours: no evidence either way, and so never a yes
            said = str(error) or type(error).__name__
            return finding(Verdict.CANNOT_TELL, f"the check cannot be carried out: {said}")
        live = target.live.release if target.live else ""
        new, old = asking.answers, asking.live_answers
        theirs = [one.outcome for one in old] if old is not None else None
        judged = judge(check, [one.outcome for one in new], theirs, live)
        return finding(
            judged.verdict, judged.reason, evidence(check, judged, [case.id for case in cases], new, old, mask)
        )


class _Asking:
    """The answers of both environments to every case, in the order of the file."""

    def __init__(
        self, check: Golden, target: Target, cases: Sequence[GoldenCase], evaluators: Mapping[str, Evaluator]
    ) -> None:
        self._check = check
        self._target = target
        self._cases = cases
        self._idle = Environment("the idle environment", target.host, url=target.url)
        compared = target.live is not None and check.against_live
        self._live = (
            Environment(target.live.release, target.host, reach=target.live) if compared and target.live else None
        )
        late = Answered(Outcome(None, f"not asked within {check.all_within:g} s"))
        self.answers = [late] * len(cases)
        self.live_answers: list[Answered] | None = [late] * len(cases) if self._live else None
        self._evaluators = evaluators
        self._done = self._failed = self._untold = 0

    async def all(self) -> None:
        """Ask all of them, ``at_once`` at a time, for ``all_within`` seconds."""
        self._tell()
        try:
            async with asyncio.timeout(self._check.all_within), client_of(self._target) as client:
                await each(range(len(self._cases)), self._check.at_once, lambda index: self._case(client, index))
        except TimeoutError:
            return

    async def _case(self, client: httpx2.AsyncClient, index: int) -> None:
        case = self._cases[index]
        self.answers[index] = await self._asked(client, self._idle, case, no_answer=False)
        if self._live and self.live_answers is not None:
            self.live_answers[index] = await self._asked(client, self._live, case, no_answer=None)
        passed = self.answers[index].outcome.passed
        self._done += 1
        self._failed += passed is False
        self._untold += passed is None
        self._tell()

    def _tell(self) -> None:
        cases = len(self._cases)
        said = f"{self._done} of {cases} cases"
        if self._done:
            said += f", {self._failed or 'none'} failed so far"
        if self._untold:
            said += f", {self._untold} cannot be told"
        self._target.tell(Progress(self._done, cases, said))

    async def _asked(
        self, client: httpx2.AsyncClient, environment: Environment, case: GoldenCase, *, no_answer: bool | None
    ) -> Answered:
        try:
            exchange = await ask(client, environment, case, self._check.within)
        except NoAnswer as error:
            return Answered(Outcome(no_answer, str(error)))
        except NotAsked as error:
            return Answered(Outcome(None, str(error)))
        told = await self._scored(exchange, case)
        return Answered(outcome(self._check, case, exchange.status, told), exchange.text, told)

    async def _scored(self, exchange: Exchange, case: GoldenCase) -> Mapping[str, Told]:
        told = {}
        for name in used(self._check, case):
            measure = measure_of(self._check, name)
            assert measure is not None  # `read_cases` let it pass
            score = await self._evaluators[name].score(exchange, case.expected(name, measure.kind))
            told[name] = Told(score.value, score.why)
        return told


def _evaluators(check: Golden, target: Target, cases: Sequence[GoldenCase]) -> Mapping[str, Evaluator]:
    """Those that a set needs, each made once. Raises Unusable."""
    setting = Setting(target.folder, target.env, target.secrets)
    names = dict.fromkeys(name for case in cases for name in used(check, case))
    measures = {name: measure_of(check, name) for name in names}
    return {name: make(measure, setting) for name, measure in measures.items() if measure is not None}
