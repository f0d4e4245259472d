"""What has been in one application's history so far, counted: folded once at a start, then entry by entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bluegreen.core import events as e
from bluegreen.core.model import Phase
from bluegreen.engine.families import Buckets

PHASES = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0)
MOVES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
DRAINS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
GUARDS = 50
"""Names of guards that are told apart at most: they come from the file, and releases may change them without end."""
LONGEST = 100
"""Characters of a guard's name."""
OTHERS = "others"

_LEADS_TO: dict[type[e.Event], Phase] = {
    e.Built: Phase.STARTING,
    e.EnvironmentStarted: Phase.VERIFYING,
    e.Approved: Phase.SWITCHING,
    e.StepAllowed: Phase.SWITCHING,
    e.RollbackStarted: Phase.ROLLING_BACK,
}


class Tally:
    """Counters of one application."""

    def __init__(self) -> None:
        self.ended: Counter[tuple[str, str]] = Counter()
        """Deployments by kind and result."""
        self.verdicts: Counter[tuple[str, str]] = Counter()
        """What guards came to, by their name and the verdict."""
        self.phases: dict[Phase, Buckets] = {}
        self.moves = Buckets(MOVES)
        self.drains = Buckets(DRAINS)
        self.cut = 0
        self.crashes: Counter[str] = Counter()
        """Instances that ended by themselves, by place."""
        self.confirmed_at: float | None = None
        """When users were moved last, in seconds since 1970."""
        self._kinds: dict[int, str] = {}
        self._stays: dict[int, tuple[Phase, float]] = {}
        """Since when the deployments under way are in their phase."""

    def take(self, entries: Sequence[e.Entry]) -> None:
        """New entries, in order."""
        for entry in entries:
            self._follow(entry)
            self._count(entry)

    def _count(self, entry: e.Entry) -> None:
        match entry.event:
            case e.RouteConfirmed(took=took, shares=shares) if any(shares.values()):
                self.moves.add(took)
                self.confirmed_at = entry.at
            case e.DrainFinished(seconds=seconds):
                self.drains.add(seconds)
            case e.EnvironmentStopped(cut=cut) | e.SharedStopped(cut=cut):
                self.cut += cut or 0
            case e.InstanceCrashed(place=place):
                self.crashes[place] += 1
            case e.Judged(findings=findings):
                for finding in findings:
                    self.verdicts[self._guard(finding.guard), str(finding.verdict)] += 1

    def _guard(self, name: str) -> str:
        name = name[:LONGEST]
        known = {guard for guard, _ in self.verdicts}
        return name if name in known or len(known) < GUARDS else OTHERS

    # --- the phases of deployments

    def _follow(self, entry: e.Entry) -> None:
        event, at = entry.event, entry.at
        number = getattr(event, "deployment", None)
        if isinstance(event, e.DeploymentRequested):
            self._kinds[event.deployment] = str(event.what)
            waits = any(number != event.deployment for number in self._stays)
            first = Phase.SWITCHING if event.instant else Phase.BUILDING
            self._stays[event.deployment] = (Phase.QUEUED if waits else first, at)
        elif number is None or number not in self._stays:
            return
        elif isinstance(event, e.DeploymentEnded):
            self._end(event, at)
        elif isinstance(event, e.Verified):
            self._enter(event.deployment, Phase.AWAITING_APPROVAL, at)
        else:
            self._was_not_awaiting(number, event)
            if (phase := self._next(number, event)) is not None:
                self._enter(number, phase, at)

    def _next(self, number: int, event: e.Event) -> Phase | None:
        if isinstance(event, e.RouteConfirmed):  # else it is the way back, which goes on until the end
            return Phase.WATCHING if self._stays[number][0] is Phase.SWITCHING else None
        return _LEADS_TO.get(type(event))

    def _was_not_awaiting(self, number: int, event: e.Event) -> None:
        """Whether a person was waited for shows in what comes next: anything but an approval says no."""
        phase, since = self._stays[number]
        if phase is Phase.AWAITING_APPROVAL and not isinstance(event, e.Approved):
            self._stays[number] = Phase.SWITCHING, since

    def _enter(self, number: int, phase: Phase, at: float) -> None:
        before, since = self._stays[number]
        self._stays[number] = phase, at
        self.phases.setdefault(before, Buckets(PHASES)).add(max(0.0, at - since))

    def _end(self, event: e.DeploymentEnded, at: float) -> None:
        self._enter(event.deployment, Phase.ENDED, at)
        del self._stays[event.deployment]
        self.ended[self._kinds.pop(event.deployment, "deploy"), str(event.result)] += 1
        for number, (phase, _) in self._stays.items():
            if phase is Phase.QUEUED:
                self._enter(number, Phase.BUILDING, at)
