"""The evidence of an alarm: bad answers, redacted, in files that only this user may read, for a bounded time."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from bluegreen.core import events as e
from bluegreen.core.model import AppState
from bluegreen.core.output import Mask
from bluegreen.core.verdict import Verdict
from bluegreen.engine.answers import Answers
from bluegreen.scorer.base import Scorer
from bluegreen.system.atomic import replace_file

log = structlog.get_logger(__name__)


class KeptAnswers:
    """Keeps the answers that a guard has found bad, and deletes them in time."""

    def __init__(self, home: Path, scorer: Scorer | None, answers: Answers) -> None:
        self._home = home
        self._scorer = scorer
        self._answers = answers

    async def keep(self, state: AppState, judged: e.Judged, now: float, mask: Mask) -> None:
        """Keep what the guards that this verdict hangs on have found bad. What cannot be kept is not."""
        d = state.deployment
        if self._scorer is None or d is None or d.number != judged.deployment:
            return
        release = state.releases[d.release]
        watch, rules = release.spec.watch, self._answers.rules(state.app, release)
        bad = {finding.guard for finding in judged.findings if finding.verdict is Verdict.BLOCK}
        if watch is None or watch.samples.keep <= 0:
            return
        backends = f"{state.app}/{d.color}/{state.environments[d.color].generation}/"
        for name in (name for name in rules if name in bad):
            found = await self._scorer.evidence(state.app, backends, rules[name].key)
            if found:
                file = self._folder(state.app) / f"{d.number}-{_slug(name)}.json"
                kept = {"guard": name, "until": round(now + watch.samples.keep, 3), "answers": _masked(found, mask)}
                await asyncio.to_thread(_write, file, kept)

    def of(self, app: str, deployment: int, now: float) -> list[dict[str, Any]]:
        """What is kept of a deployment, without the answers' bodies."""
        return [
            {
                "guard": kept["guard"],
                "until": kept["until"],
                "file": str(file),
                "answers": [{key: value for key, value in one.items() if key != "body"} for one in kept["answers"]],
            }
            for file, kept in self._files(app)
            if file.name.startswith(f"{deployment}-") and kept["until"] > now
        ]

    def delete_old(self, app: str, now: float) -> None:
        """Delete what has been kept for long enough."""
        for file, kept in self._files(app):
            if kept["until"] <= now:
                file.unlink(missing_ok=True)

    def _files(self, app: str) -> Iterator[tuple[Path, dict[str, Any]]]:
        for file in sorted(self._folder(app).glob("*.json")):
            try:
                yield file, json.loads(file.read_bytes())
            except (OSError, ValueError):
                # Nobody can tell for how long it may be kept.
                file.unlink(missing_ok=True)

    def _folder(self, app: str) -> Path:
        return self._home / "apps" / app / "answers"


def _write(file: Path, kept: Mapping[str, Any]) -> None:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(file, json.dumps(kept, indent=1, ensure_ascii=False).encode())
    except OSError as error:
        log.warning("the evidence of an alarm could not be kept", file=str(file), error=str(error))


def _masked(found: Sequence[Mapping[str, Any]], mask: Mask) -> list[dict[str, Any]]:
    return [{key: mask.text(value) if isinstance(value, str) else value for key, value in one.items()} for one in found]


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]
