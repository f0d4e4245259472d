"""Every operation of the API as a request, for both clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bluegreen.client.wire import Ask, Json, under

if TYPE_CHECKING:
    from bluegreen.client import answers as a

# --- the controller


def controller() -> Ask[a.Controller]:
    return Ask("GET", under("controller"))


def stop(everything: bool) -> Ask[a.Stopping]:
    return Ask("POST", under("controller", "stop"), body={"all": everything})


def me() -> Ask[a.Me]:
    return Ask("GET", under("me"))


# --- applications


def apps() -> Ask[list[a.Status]]:
    return Ask("GET", under("apps"), pick="apps")


def status(app: str) -> Ask[a.Status]:
    return Ask("GET", _app(app))


def preview(app: str) -> Ask[a.Preview]:
    return Ask("GET", _app(app, "preview"))


def forecast(app: str) -> Ask[a.Forecast]:
    return Ask("GET", _app(app, "forecast"))


def figures(app: str, seconds: int) -> Ask[a.FiguresSince]:
    return Ask("GET", _app(app, "figures"), {"seconds": seconds})


def rollback(app: str, to: str | None) -> Ask[a.RolledBack]:
    return Ask("POST", _app(app, "rollback"), body={"to": to})


def lock(app: str, why: str) -> Ask[a.Notice]:
    return Ask("PUT", _app(app, "lock"), body={"why": why})


def unlock(app: str) -> Ask[a.Notice]:
    return Ask("DELETE", _app(app, "lock"))


def freeze(app: str, why: str, start: str | None, until: str | None) -> Ask[a.Notice]:
    return Ask("PUT", _app(app, "freeze"), body={"why": why, "from": start, "until": until})


def unfreeze(app: str) -> Ask[a.Notice]:
    return Ask("DELETE", _app(app, "freeze"))


def down(app: str) -> Ask[a.GoingDown]:
    return Ask("POST", _app(app, "down"))


# --- deployments


def begin(app: str, request: Mapping[str, Any]) -> Ask[a.Begun]:
    return Ask("POST", _app(app, "deployments"), body=request)


def deployments(app: str, filters: Mapping[str, Any]) -> Ask[list[a.Deployment]]:
    return Ask("GET", _app(app, "deployments"), filters, pick="deployments")


def deployment(app: str, number: int, evidence: bool) -> Ask[a.Deployment]:
    return Ask("GET", _app(app, "deployments", number), {"evidence": evidence or None})


def receipt(app: str, number: int) -> Ask[a.Receipt]:
    return Ask("GET", _app(app, "deployments", number, "receipt"))


def approve(app: str, number: int, override: str | None) -> Ask[a.Steered]:
    return Ask(
        "POST", _app(app, "deployments", number, "approve"), body={"override_freeze": override} if override else None
    )


def abort(app: str, number: int) -> Ask[a.Steered]:
    return Ask("POST", _app(app, "deployments", number, "abort"))


# --- releases


def releases(app: str) -> Ask[list[a.Release]]:
    return Ask("GET", _app(app, "releases"), pick="releases")


def release(app: str, name: str) -> Ask[a.Release]:
    return Ask("GET", _app(app, "releases", name))


def diff(app: str, name: str, other: str) -> Ask[a.ReleaseDiff]:
    return Ask("GET", _app(app, "releases", name, "diff", other))


# --- flags


def flags(app: str, release: str | None) -> Ask[a.FlagSet]:
    return Ask("GET", _app(app, "flags"), {"release": release})


def edit_flags(app: str, request: Mapping[str, Any]) -> Ask[a.FlagsEdited]:
    return Ask("POST", _app(app, "flags"), body=request)


def flag_history(app: str, flag: str | None) -> Ask[list[a.Deployment]]:
    return Ask("GET", _app(app, "flags", "history"), {"flag": flag}, pick="deployments")


# --- models


def models(app: str) -> Ask[list[a.Model]]:
    return Ask("GET", _app(app, "models"), pick="models")


def unload_model(app: str, name: str) -> Ask[a.Notice]:
    return Ask("POST", _app(app, "models", "unload"), body={"name": name})


# --- what happens


def events(app: str, after: int, limit: int) -> Ask[list[a.Entry]]:
    return Ask("GET", _app(app, "events"), {"after": after, "limit": limit}, pick="events")


def stream(app: str, after: int) -> Ask[None]:
    return Ask("GET", _app(app, "events"), {"after": after})


def live(app: str, after: int | None) -> Ask[None]:
    return Ask("GET", _app(app, "live"), {"after": after})


def logs(app: str, component: str, place: str, lines: int, follow: bool) -> Ask[None]:
    query = {"component": component, "place": place, "lines": lines, "follow": follow}
    return Ask("GET", _app(app, "logs"), query)


# --- access and messages


def start_session(token: str | None, code: str | None) -> Ask[a.Session]:
    return Ask("POST", under("session"), body={"token": token} if code is None else {"code": code})


def end_session() -> Ask[Json]:
    return Ask("DELETE", under("session"))


def session_link() -> Ask[a.LoginLink]:
    return Ask("POST", under("session", "links"))


def tokens() -> Ask[list[a.Token]]:
    return Ask("GET", under("tokens"), pick="tokens")


def create_token(wanted: Mapping[str, Any]) -> Ask[a.CreatedToken]:
    return Ask("POST", under("tokens"), body=wanted)


def revoke_token(id: str) -> Ask[a.Token]:
    return Ask("DELETE", under("tokens", id))


def audit(filters: Mapping[str, Any]) -> Ask[list[a.Attempt]]:
    return Ask("GET", under("audit"), filters, pick="audit")


def channels() -> Ask[list[a.Channel]]:
    return Ask("GET", under("channels"), pick="channels")


def channel_test(name: str) -> Ask[a.Delivery]:
    return Ask("POST", under("channels", name, "test"))


def deliveries(filters: Mapping[str, Any]) -> Ask[list[a.Delivery]]:
    return Ask("GET", under("deliveries"), filters, pick="deliveries")


def replay_delivery(id: str) -> Ask[a.Delivery]:
    return Ask("POST", under("deliveries", id, "replay"))


def _app(app: str, *more: str | int) -> str:
    return under("apps", app, *more)
