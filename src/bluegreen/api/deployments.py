"""Deployments: begun, followed, approved, aborted; and rollbacks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from bluegreen.api.access import Caller, needs
from bluegreen.api.callers import Actor, Ours, release_number
from bluegreen.api.entries import entry_json
from bluegreen.api.freezes import allowed_override
from bluegreen.api.judgements import evidence_json, judgements_json
from bluegreen.api.models import RELEASE, ApprovalBody, DeploymentBody, RollbackBody
from bluegreen.api.paging import LAST, Limit, page
from bluegreen.config import parse
from bluegreen.core.access import Right
from bluegreen.core.approval import needs_approval
from bluegreen.core.blame import blame
from bluegreen.core.commands import Outcome
from bluegreen.core.errors import InvalidInput, NotFound
from bluegreen.core.events import CheckFinished, DeploymentEnded, Entry, Judged, Watched
from bluegreen.core.model import AppState, Deployment, Kind, Phase, Result
from bluegreen.core.overlap import overlap_cost
from bluegreen.core.receipt import Receipt, receipt, story
from bluegreen.core.replay import judge_again
from bluegreen.core.spec import AppSpec
from bluegreen.engine.application import Application, users_are_back
from bluegreen.engine.engine import Engine
from bluegreen.engine.flag_status import changes_json, merged_json
from bluegreen.engine.requests import Begun, Edited, Request
from bluegreen.engine.status import deployment_json

router = APIRouter(prefix="/apps/{app}", tags=["deployments"])
Number = Annotated[int, Path(ge=1, le=LAST)]
PAGE = 5000
"""Entries that are read at a time."""


@router.post("/deployments", status_code=202, openapi_extra=needs(Right.DEPLOY))
async def deploy(app: str, body: DeploymentBody, engine: Ours, caller: Caller, response: Response) -> dict[str, Any]:
    """Begin a deployment; follow it by the events after ``after``, or at ``Location``."""
    local = caller.via == "socket"
    folder = FilePath(body.folder) if body.folder and local else None
    spec = await asyncio.to_thread(parse, body.config, name=body.config_name, folder=folder)
    if not local:
        _refuse_relative_paths(spec)
    if spec.app != app:
        raise InvalidInput(f"The file is for `{spec.app}`, not for `{app}`.")
    request = Request(
        spec=spec,
        artifact=body.artifact,
        secrets=body.secrets,
        message=body.message,
        supersede=body.supersede,
        keep_failed=body.keep_failed,
        component=body.component,
        override=allowed_override(body.override_freeze, caller, app),
    )
    begun = await engine.deploy(request, caller.name)
    return begun_json(engine.application(app).state, begun, response) | {"flags": merged_json(begun.flags)}


def begun_json(state: AppState, begun: Begun | Edited, response: Response) -> dict[str, Any]:
    """What is answered to who began a deployment: its number, and how it is followed."""
    number = begun.outcome.deployment
    if number is not None:
        response.headers["Location"] = f"/v1/apps/{state.app}/deployments/{number}"
    return {
        "deployment": number,
        "release": begun.release.name,
        "after": begun.after,
        "approval": _waits_for_approval(state, number),
        "follow": f"/v1/apps/{state.app}/events?after={begun.after}",
    }


def _refuse_relative_paths(spec: AppSpec) -> None:
    """From elsewhere nobody says which folder of this machine is meant. Raises InvalidInput."""
    for path in (spec.tls.cert, spec.tls.key) if spec.tls else ():
        if not path.startswith("/"):
            raise InvalidInput(
                f"`{path}` is not the path of a file on the controller's machine.",
                why="The file was sent over the network, so that it does not tell relative to which folder that is.",
                cure="Write the whole path under which the controller finds it, beginning with `/`.",
            )


def _waits_for_approval(state: AppState, number: int | None) -> bool:
    """Whether a person has to agree to it after its checks."""
    return any(needs_approval(state, d) for d in _all(state) if d.number == number)


@router.get("/deployments", openapi_extra=needs(Right.READ))
async def deployments(
    app: str,
    engine: Ours,
    limit: Limit = 50,
    before: Annotated[int | None, Query(ge=1, le=LAST)] = None,
    result: Result | None = None,
    kind: Kind | None = None,
    release: Annotated[str | None, Query(pattern=RELEASE, description="Such as r7.")] = None,
    actor: Annotated[str | None, Query(max_length=200)] = None,
) -> dict[str, Any]:
    """Newest first, those that fit everything that is asked for."""
    state = engine.application(app).state
    number = release_number(release) if release is not None else None
    wanted = (
        d
        for d in sorted(_all(state), key=lambda d: d.number, reverse=True)
        if (before is None or d.number < before)
        and result in (None, d.result)
        and kind in (None, d.what)
        and number in (None, d.release)
        and actor in (None, d.actor)
    )
    asked = {"result": result, "kind": kind, "release": release, "actor": actor}
    path = f"/v1/apps/{app}/deployments"
    found, following = page(wanted, limit, path=path, cursor=lambda d: {"before": d.number}, **asked)
    return {"deployments": [deployment_json(state, d) for d in found], "next": following}


@router.get("/deployments/{number}", openapi_extra=needs(Right.READ))
async def deployment(app: str, number: Number, engine: Ours, evidence: bool = False) -> dict[str, Any]:
    """One deployment with its checks, judgements, history and receipt; ``evidence``: all that was judged by."""
    application = engine.application(app)
    found = _find(application, number)
    entries = await _entries(engine, application, found)
    own = story(found, entries)
    judged = judgements_json(own)
    if evidence:
        judged |= evidence_json(own) | await _judged_again(engine, app, number)
        judged["kept_answers"] = await asyncio.to_thread(engine.kept_answers.of, app, number, engine.services.clock())
    return {
        **deployment_json(application.state, found),
        "receipt": receipt_json(application.state, found, receipt(found, entries)),
        "checks": [_check(entry, entry.event) for entry in own if isinstance(entry.event, CheckFinished)],
        **judged,
        "taken_back": _taken_back(found, own),
        "events": [entry_json(entry) for entry in own if not isinstance(entry.event, Watched)][:500],
    }


@router.get("/deployments/{number}/receipt", openapi_extra=needs(Right.READ))
async def deployment_receipt(app: str, number: Number, engine: Ours) -> dict[str, Any]:
    """What it did to users, in figures; ``complete`` when nothing of it can change any more."""
    application = engine.application(app)
    found = _find(application, number)
    entries = await _entries(engine, application, found)
    return receipt_json(application.state, found, receipt(found, entries))


async def _judged_again(engine: Engine, app: str, number: int) -> dict[str, Any]:
    entries = await engine.services.journal.read(app)
    again = await asyncio.to_thread(judge_again, app, entries, number)
    return {
        "replayed": {
            "verdict": again[-1].again if again else None,
            "same": all(one.same for one in again) if again else None,
            "steps": [{"step": one.step, "recorded": one.recorded, "again": one.again} for one in again],
        }
    }


@router.post("/deployments/{number}/approve", openapi_extra=needs(Right.APPROVE))
async def approve(
    app: str, number: Number, engine: Ours, caller: Caller, body: ApprovalBody | None = None
) -> dict[str, Any]:
    """Let it go on to the switch."""
    override = allowed_override(body.override_freeze if body else None, caller, app)
    outcome = await engine.approve(app, number, caller.name, override=override)
    return {"deployment": outcome.deployment, "notice": outcome.notice}


@router.post("/deployments/{number}/abort", openapi_extra=needs(Right.ROLL_BACK))
async def abort(app: str, number: Number, engine: Ours, actor: Actor) -> dict[str, Any]:
    """End it; once it has begun to switch, users are led back first."""
    outcome = await engine.abort(app, number, actor)
    return {"deployment": outcome.deployment, "notice": outcome.notice}


@router.post("/rollback", openapi_extra=needs(Right.ROLL_BACK))
async def rollback(app: str, body: RollbackBody, engine: Ours, actor: Actor) -> dict[str, Any]:
    """Lead users back. When that is instant, the answer comes with the route confirmed."""
    application = engine.application(app)
    after = application.state.seq
    to = release_number(body.to) if body.to is not None else None
    outcome = await engine.rollback(app, to, actor)
    return rollback_json(application.state, outcome, after)


def rollback_json(state: AppState, outcome: Outcome, after: int) -> dict[str, Any]:
    """What became of a rollback so far."""
    live = state.live_release
    d = next((d for d in _all(state) if d.number == outcome.deployment), None)
    taken_back = d is not None and d.what is not Kind.ROLLBACK
    target = d and (d.previous if taken_back else d.release)
    return {
        "deployment": outcome.deployment,
        "instant": d is not None and (d.instant or taken_back),
        "confirmed": users_are_back(state, d.number) if d is not None else state.unconfirmed is None,
        "release": live.name if live else None,
        "target": f"r{target}" if target is not None else None,
        "live": state.live,
        "epoch": state.epoch,
        "notice": outcome.notice,
        "after": after,
    }


def _all(state: AppState) -> list[Deployment]:
    return [*state.ended, *(d for d in (state.deployment, state.queued) if d is not None)]


def _find(application: Application, number: int) -> Deployment:
    found = next((d for d in _all(application.state) if d.number == number), None)
    if found is None:
        raise NotFound(f"{application.name} has no deployment {number}.", cure="`bluegreen history` lists them.")
    return found


async def _entries(engine: Engine, application: Application, d: Deployment) -> list[Entry]:
    """What happened from its request on, until what it left behind was stopped (which a later one may have done).

    A release that a person is waited for is watched for days, a few entries each minute.
    """
    entries: list[Entry] = []
    after, ended = max(0, d.seq - 1), False
    while page := await engine.services.journal.read(application.name, after=after, limit=PAGE):
        entries += page
        after = page[-1].seq
        ended = ended or any(isinstance(x.event, DeploymentEnded) and x.event.deployment == d.number for x in page)
        if ended and receipt(d, entries).complete:
            break
    return entries


def _taken_back(d: Deployment, entries: Sequence[Entry]) -> dict[str, Any] | None:
    """Why users were led back from it, once they are or are being led."""
    if d.result is not Result.ROLLED_BACK and d.phase is not Phase.ROLLING_BACK:
        return None
    judged = [entry.event.findings for entry in entries if isinstance(entry.event, Judged)]
    found = blame(d, judged[-1] if judged else ())
    return {**asdict(found), "flags": changes_json(found.flags)}


def _check(entry: Entry, event: CheckFinished) -> dict[str, Any]:
    return {
        "check": event.check,
        "verdict": event.verdict,
        "reason": entry.reason,
        "seconds": event.seconds,
        "evidence": dict(event.evidence),
    }


def receipt_json(state: AppState, d: Deployment, value: Receipt) -> dict[str, Any]:
    cost, saved = overlap_cost(state, d, value.overlap_seconds)
    return {**asdict(value), "flags": list(value.flags), "overlap_cost": cost, "sharing_saved": saved}
