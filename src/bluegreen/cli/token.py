"""`bluegreen token create`, `list` and `revoke`."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from datetime import datetime
from itertools import product
from typing import Annotated, Any

import typer

from bluegreen.cli.figures import duration, moment
from bluegreen.cli.options import DEFAULT_HOME, Home, Json, client_of
from bluegreen.cli.output import print_json
from bluegreen.core.access import Role
from bluegreen.core.errors import InvalidInput
from bluegreen.core.output import printable

token = typer.Typer(
    help="Who may steer over the network: make tokens, list them, revoke them.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_Name = Annotated[str, typer.Argument(metavar="NAME", help="Who acts with it, as the history and the trail name it.")]
_Roles = Annotated[
    list[Role], typer.Option("--role", help="What it may do; several are given one by one.", show_default=False)
]
_Apps = Annotated[
    list[str] | None,
    typer.Option("--app", metavar="NAME", help="With which application; several are given one by one [all of them]."),
]
_Expires = Annotated[str, typer.Option(metavar="TIME", help="When it ends: `90d`, `2027-01-01`, or `never`.")]
_Id = Annotated[str, typer.Argument(metavar="ID", help="As `bluegreen token list` shows it.")]


@token.command()
def create(
    ctx: typer.Context,
    name: _Name,
    roles: _Roles,
    apps: _Apps = None,
    expires: _Expires = "90d",
    json: Json = False,
    home: Home = DEFAULT_HOME,
) -> None:
    """Make a token. It is printed once, on stdout, and kept nowhere: hand it on, or put it away, at once.

    viewer looks; deployer deploys, rolls back, locks; approver approves, rolls back, locks; admin may do everything.
    """
    before = ctx.find_root().params.get("app")
    named: list[str | None] = [*(apps or [])] or [before]
    grants = [{"role": str(role), "app": app} for role, app in product(roles, named)]
    made = client_of(home).create_token(name=name, grants=grants, lasts=_lasts(expires))
    if json:
        print_json(made)
        return
    until = f"until {moment(made['expires'])}" if made["expires"] else "until it is revoked"
    print(
        f"Token {made['id']} for {printable(name)}: {_granted(made)}, {until}. It is not shown again:", file=sys.stderr
    )
    print(made["token"])


@token.command("list")
def list_(json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """Every token, the newest first: whose it is, what it may do, when it was last used. Never the token itself."""
    found = list(client_of(home).tokens())
    if json:
        print_json({"tokens": found})
        return
    if not found:
        print("No token yet. `bluegreen token create` makes one.")
    now = time.time()
    for one in found:
        used = f"used {duration(max(0.0, now - one['last_used']))} ago" if one["last_used"] else "never used"
        print(f"{one['id']}  {printable(one['name'])}  {_granted(one)}  {_state(one, now)}, {used}")


@token.command()
def revoke(id: _Id, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """End a token now, with every session that was opened with it, and what they follow."""
    done = client_of(home).revoke_token(id)
    if json:
        print_json(done)
    else:
        print(f"Token {done['id']} of {printable(done['name'])} is revoked, and its sessions with it.")


def _lasts(text: str) -> float | None:
    from bluegreen.cli.moments import moment_of

    if text == "never":
        return None
    now = datetime.now().astimezone()
    seconds = (moment_of(text, now) - now).total_seconds()
    if seconds <= 0:
        raise InvalidInput(f"`{text}` is over already.", cure="Write `90d`, a day to come, or `never`.")
    return seconds


def _granted(one: Mapping[str, Any]) -> str:
    """Such as ``deployer on shop, viewer on all``."""
    return ", ".join(f"{grant['role']} on {grant['app'] or 'all'}" for grant in one["grants"])


def _state(one: Mapping[str, Any], now: float) -> str:
    if one["revoked"]:
        return f"revoked {moment(one['revoked'])} by {printable(one['revoked_by'] or 'unknown')}"
    if not one["expires"]:
        return "never ends"
    ended = one["expires"] <= now
    return f"{'expired' if ended else 'ends'} {moment(one['expires'])}"
