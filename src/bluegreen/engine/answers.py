"""How sampled answers of each run were scored, and by which rules: between the file's guards and the scorer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from bluegreen.core.evidence import Answers as AnswersBefore
from bluegreen.core.evidence import Baseline, EventCounts, Reading
from bluegreen.core.model import AppState, Color, Release
from bluegreen.core.spec import AnswerGuard, Outputs, Samples, Watch
from bluegreen.core.statistics.answers import Stretch, count_bad, freeze_answers
from bluegreen.core.statistics.budget import FOR_THE_TEST, alpha
from bluegreen.engine.recorder import Recorded
from bluegreen.scorer.base import NOTHING_SCORED, Rule, Scorer, Tally, Wanted

Counted = Mapping[str, Tally]
"""By the rule's key."""

LARGEST = 1 << 20
"""Bytes of a schema."""
STREAMS = {"ttft_p95": "ttft", "gap_p95": "gap", "tokens_per_second": "rate", "broken": "broken"}


class Answers:
    """What is known of sampled answers. Without a scorer nothing ever is."""

    def __init__(self, scorer: Scorer | None, folder: Callable[[str, Release], Path]) -> None:
        self._scorer = scorer
        self._folder = folder
        self._rules: dict[str, Mapping[str, Rule]] = {}
        """By the release's digest."""

    @property
    def trouble(self) -> str:
        """Why nothing is scored now; empty while it is."""
        return "nothing that scores answers is installed" if self._scorer is None else self._scorer.trouble

    def totals(self, app: str, color: Color, generation: int) -> Counted:
        """How answers of a run were scored since this controller started."""
        if self._scorer is None:
            return {}
        together: dict[str, Tally] = {}
        for backend, by_rule in self._scorer.tallies().items():
            if backend.startswith(f"{app}/{color}/{generation}/"):
                for key, tally in by_rule.items():
                    together[key] = together[key].plus(tally) if key in together else tally
        return together

    def readings(self, watch: Watch) -> Mapping[str, Reading]:
        """Why guards have no evidence now, by their name."""
        trouble = self.trouble if watch.of_answers else ""
        return {guard.name: Reading(why=trouble) for guard in watch.of_answers} if trouble else {}

    def rules(self, app: str, release: Release) -> Mapping[str, Rule]:
        """The rules of a release by the name of their guard; without those whose files are not there (yet)."""
        watch = release.spec.watch
        if watch is None or not watch.of_answers:
            return {}
        known = self._rules.get(release.digest)
        if known is None or len(known) < len(watch.of_answers):
            known = rules_of(watch, self._folder(app, release))
            self._rules[release.digest] = known
        return known

    def wanted(self, state: AppState) -> Wanted | None:
        """What is to be scored of an application; None: nothing."""
        rules: dict[str, Rule] = {}
        redact: dict[str, None] = {}
        for release in watched_releases(state):
            rules |= {rule.key: rule for rule in self.rules(state.app, release).values()}
            redact |= dict.fromkeys(release.spec.watch.samples.redact if release.spec.watch else ())
        return Wanted(tuple(rules.values()), tuple(redact)) if rules else None


def watched_releases(state: AppState) -> list[Release]:
    """The releases whose rules matter now: what is live, and what is to be."""
    if state.down:
        return []
    live, d = state.live_release, state.deployment
    wanted = state.releases.get(d.release) if d is not None else None
    found = {release.number: release for release in (live, wanted) if release is not None}
    return [release for release in found.values() if release.spec.watch and release.spec.watch.of_answers]


def rules_of(watch: Watch, folder: Path) -> Mapping[str, Rule]:
    """The rules of a watch by the name of their guard; ``folder`` is the release's."""
    made = {guard.name: _rule(guard, watch.samples, folder) for guard in watch.of_answers}
    return {name: rule for name, rule in made.items() if rule is not None}


def answers_before(
    recorded: Recorded, rules: Mapping[str, Rule], watch: Watch, stages: int
) -> Mapping[str, AnswersBefore]:
    """How answers of the release before did by the rules of a new one, by guard name."""
    chance, found = alpha(watch, stages), {}
    for guard in (guard for guard in watch.of_answers if guard.name in rules):
        key = rules[guard.name].key
        known = freeze_answers(
            guard,
            [_stretch(seconds, counted.get(key, NOTHING_SCORED)) for seconds, counted in recorded.answers],
            chance * (1.0 - FOR_THE_TEST),
            1.0 / (chance * FOR_THE_TEST),
        )
        if known is not None:
            found[guard.name] = known
    return found


def _stretch(seconds: float, tally: Tally) -> Stretch:
    return Stretch(seconds, tally.scored, tally.bad, tally.values)


def counts_between(
    rules: Mapping[str, Rule],
    guards: Iterable[AnswerGuard],
    baseline: Baseline | None,
    new: tuple[Counted, Counted],
    old: tuple[Counted, Counted],
) -> Mapping[str, EventCounts]:
    """What was scored of the new and of the old run between two looks (before, after), by guard name.

    Of what is measured nothing can be said without the line that comes with the baseline.
    """
    found: dict[str, EventCounts] = {}
    for guard in guards:
        rule = rules.get(guard.name)
        if rule is None:
            continue
        known = baseline.answers.get(guard.name) if baseline else None
        if guard.is_measured and (known is None or known.line is None):
            continue
        bad_new, new_scored = _bad(guard, rule, new, known.line if known else None)
        bad_old, old_scored = _bad(guard, rule, old, known.line if known else None)
        found[guard.name] = EventCounts(bad_new, new_scored, bad_old, old_scored)
    return found


def _bad(guard: AnswerGuard, rule: Rule, run: tuple[Counted, Counted], line: float | None) -> tuple[int, int]:
    before, after = (counted.get(rule.key, NOTHING_SCORED) for counted in run)
    grown = after.since(before)
    if line is None:
        return grown.bad, grown.scored
    return count_bad(guard, grown.values, line), grown.scored


def _rule(guard: AnswerGuard, samples: Samples, folder: Path) -> Rule | None:
    value: Any = ""
    if isinstance(guard, Outputs):
        kind, value = str(guard.rule), guard.value
        if guard.rule == "schema" and (value := _schema(folder, guard.value)) is None:
            return None
    else:
        kind = STREAMS[guard.figure]
    described = json.dumps([kind, value, samples.paths], sort_keys=True)
    return Rule(hashlib.sha256(described.encode()).hexdigest()[:16], kind, value, samples.paths)


def _schema(folder: Path, name: str) -> Any:
    """The JSON in a file of the release; None where there is none that can be read."""
    try:
        root = folder.resolve()
        path = (root / name).resolve()
        if not path.is_relative_to(root) or path.stat().st_size > LARGEST:
            return None
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
