"""How an application stands, for people and tools: what was observed, next to what was asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from bluegreen.core.announcements import missing_channels
from bluegreen.core.closing import closed_for
from bluegreen.core.commands import warm_release
from bluegreen.core.errors import BluegreenError
from bluegreen.core.model import AppState, Color, Deployment, Environment, EnvironmentState, Route, Traffic
from bluegreen.core.overlap import overlap
from bluegreen.core.steps import shift_of
from bluegreen.core.taking import waits_for
from bluegreen.engine.application import Application
from bluegreen.engine.flag_status import changes_json
from bluegreen.engine.held import held_warnings
from bluegreen.engine.local_time import moment
from bluegreen.engine.model_status import model_changes_json, model_warnings, models_json
from bluegreen.engine.routing import backend_name, front_of
from bluegreen.engine.services import Services
from bluegreen.engine.standby import standby_is_healthy
from bluegreen.runtimes.base import InstanceStatus


async def status_of(services: Services, app: Application) -> dict[str, Any]:
    """The whole status of one application as JSON values; what cannot be observed now is None."""
    state = app.state
    statuses = await services.runtime.instances(state.app)
    traffic, observed = None, None
    try:
        traffic = await services.router.traffic(state.app)
        observed = await services.router.route(state.app)
    except BluegreenError:
        pass  # reported as unknown
    front = front_of(state)
    preview = front and (front.preview or f"127.0.0.1:{services.port_of(f'preview/{state.app}')}")
    return {
        "app": state.app,
        "address": front.address if front else None,
        "url": url_of(front.address, tls=front.tls is not None, hosts=front.hosts) if front else None,
        "preview": {"address": preview, "url": f"http://{preview}"} if preview else None,
        "live": state.live,
        "epoch": state.epoch,
        "down": state.down or not state.seq,
        "route": {
            "requested": route_json(state.requested),
            "confirmed": route_json(state.confirmed),
            "observed": route_json(observed),
        },
        "environments": {color: _environment(state, state.environments[color], statuses, traffic) for color in Color},
        "shared": {key: _shared(state, key, statuses) for key in state.shared},
        "deployment": deployment_json(state, state.deployment) if state.deployment else None,
        "checks": app.performer.checking.as_json(),
        "watch": watch_json(app),
        "samples": app.sampling.json(app.name),
        "next": {"rollback": _rollback(app, statuses), "takes": _takes(state)},
        "freeze": asdict(state.freeze) if state.freeze else None,
        "window": _window(state, services.clock()),
        "models": models_json(state),
        "overlap": _overlap(state, services.clock()),
        "lock": {"why": state.lock.why, "actor": state.lock.actor, "since": state.lock.since} if state.lock else None,
        "warnings": [
            *_warnings(app, observed, services.business_events.trouble),
            *held_warnings(state, traffic or {}, services.clock()),
            *_untold(state, services.channels),
        ],
    }


def url_of(address: str, *, tls: bool, hosts: Sequence[str]) -> str:
    """Where a person on this machine opens an address."""
    host, _, port = address.rpartition(":")
    if host in ("0.0.0.0", "[::]"):  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    if hosts and not hosts[0].startswith("*"):
        host = hosts[0]
    return f"{'https' if tls else 'http'}://{host}:{port}"


def route_json(route: Route | None) -> dict[str, Any] | None:
    return {"epoch": route.epoch, "shares": dict(route.shares)} if route else None


def _environment(
    state: AppState, env: Environment, statuses: Sequence[InstanceStatus], traffic: Mapping[str, Traffic] | None
) -> dict[str, Any]:
    release = state.releases.get(env.release) if env.release is not None else None
    own = [s for s in statuses if s.id.place == env.color and s.id.generation == env.generation]
    return {
        "color": env.color,
        "state": env.state,
        "release": release.name if release else None,
        "digest": release.digest if release else None,
        "verified": bool(release and env.verified == release.digest),
        "since": env.since or None,
        "keep_until": env.keep_until,
        "share": state.confirmed.share(env.color) if state.confirmed else 0,
        "traffic": _traffic(state, env, traffic),
        "instances": [instance_json(s) for s in sorted(own, key=lambda s: s.id)],
    }


def _traffic(state: AppState, env: Environment, traffic: Mapping[str, Traffic] | None) -> dict[str, int] | None:
    if traffic is None:
        return None
    prefix = backend_name(state.app, env.color, env.generation, "")
    own = [counters for name, counters in traffic.items() if name.startswith(prefix)]
    if not all(counters.counted for counters in own):
        return None
    asked = ("requests", "failed", "active", "explicit")
    return {what: sum(getattr(counters, what) for counters in own) for what in asked}


def instance_json(status: InstanceStatus) -> dict[str, Any]:
    return {
        "component": status.id.component,
        "index": status.id.index,
        "state": status.state,
        "address": status.address,
        "pid": status.pid,
        "restarts": status.restarts,
        "exit": status.exit,
        "since": status.since or None,
    }


def _shared(state: AppState, key: str, statuses: Sequence[InstanceStatus]) -> dict[str, Any]:
    run = state.shared[key]
    own = [
        s
        for s in statuses
        if s.id.place == "shared" and s.id.generation == run.generation and s.id.component == run.component
    ]
    return {"release": f"r{run.release}", "digest": run.digest, "instances": [instance_json(s) for s in own]}


def deployment_json(state: AppState, d: Deployment) -> dict[str, Any]:
    """One deployment, under way or ended."""
    return {
        "number": d.number,
        "release": f"r{d.release}",
        "kind": d.what,
        "phase": d.phase,
        "result": d.result,
        "reason": d.reason,
        "color": d.color,
        "component": d.component,
        "instant": d.instant,
        "actor": d.actor,
        "message": d.message,
        "at": d.at,
        "phase_since": d.phase_since,
        "ended": d.ended,
        "step": d.step,
        "steps": list(shift_of(state, d)) if d.release in state.releases else [],
        "previous": f"r{d.previous}" if d.previous is not None else None,
        "flags": changes_json(d.flags),
        "models": model_changes_json(state, d),
    }


def watch_json(app: Application) -> dict[str, Any] | None:
    """The watch under way, with the evidence up to now; None when there is none."""
    d, watching = app.state.deployment, app.performer.watcher.ahead or app.state.watching
    if d is None or watching is None:
        return None
    return {
        "deployment": d.number,
        "step": watching.step,
        "share": watching.judging.share,
        "seconds": watching.limit,
        "least": watching.judging.least,
        "elapsed": round(watching.elapsed, 3),
        "missed": round(watching.missed, 3),
        "extended": watching.extended,
        "verdict": watching.verdict,
        "reason": watching.reason,
        "held": watching.held or None,
        "guards": [asdict(finding) for finding in watching.findings()],
    }


def _rollback(app: Application, statuses: Sequence[InstanceStatus]) -> dict[str, Any] | None:
    state = app.state
    possible = warm_release(state, standby_healthy=standby_is_healthy(state, statuses))
    if possible is None:
        return None
    number, instant = possible["release"], bool(possible["instant"])
    assert isinstance(number, int)
    warm = next((color for color, env in state.environments.items() if env.release == number and env.warm), None)
    missing = [model.served_name for model in waits_for(state, warm, back=True)] if instant and warm else []
    known = app.recent.rollback_json(number, instant=instant)
    if missing:
        known["seconds"] = None  # how long the shared component takes to load them again is not known
    return {"release": f"r{number}", "instant": instant, "waits_for": missing, **known}


def _window(state: AppState, now: float) -> dict[str, Any]:
    """Whether deployments may move users now; None: not known, and why not."""
    try:
        return asdict(closed_for(state, None, moment(now)))
    except BluegreenError as error:
        return {"open": None, "why": error.what, "opens": ""}


def _overlap(state: AppState, now: float) -> dict[str, Any] | None:
    found = overlap(state)
    if found is None:
        return None
    seconds = max(0.0, now - found.since)
    return {
        "since": found.since,
        "seconds": seconds,
        "cost": found.cost(now),
        "per_hour": found.per_hour,
        "saved": found.saved(now),
        "saved_per_hour": found.shared_per_hour,
    }


def _takes(state: AppState) -> str | None:
    """What the next deployment will end: announced beforehand (DESIGN, invariant 4)."""
    if state.live is None or state.deployment is not None:
        return None
    idle = state.environments[state.idle]
    if idle.state is EnvironmentState.EMPTY:
        return None
    return f"the {idle.state} r{idle.release} in {idle.color}"


def _untold(state: AppState, channels: Collection[str]) -> list[str]:
    return [
        f"`notify` names the channel `{name}`, which this controller does not have: nobody is told there."
        " Add it to controller.yaml and restart the controller."
        for name in missing_channels(state, channels)
    ]


def _warnings(app: Application, observed: Route | None, trouble: str) -> list[str]:
    state = app.state
    warnings = [f"{name}: {what}" for name, what in app.troubles.items()]
    if state.confirmed is not None and not state.going_down:
        if observed is None:
            warnings.append("The router does not answer: what users get now is unknown.")
        elif observed.epoch != state.epoch and state.unconfirmed is None:
            warnings.append(f"The router has epoch {observed.epoch}, the journal {state.epoch}.")
    warnings += model_warnings(state)
    if trouble:
        warnings.append(trouble)
    if app.history.unsaved:
        warnings.append(f"{app.history.why_unsaved}: {app.history.unsaved} events are not in the journal yet.")
    live = state.live_release
    for key, run in state.shared.items():
        wanted = next((c for c in live.spec.shared if c.name == key), None) if live else None
        running = state.releases[run.release].spec.component(key)
        if wanted is not None and wanted != replace(running, cost_per_hour=wanted.cost_per_hour):
            warnings.append(
                f"{key} runs as r{run.release} described it; `bluegreen deploy --shared {key}` replaces it."
            )
    return warnings
