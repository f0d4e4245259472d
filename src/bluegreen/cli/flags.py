"""`bluegreen flags`: the feature flags of a release, which are edited by a deployment like any other."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from bluegreen.cli.options import DEFAULT_HOME, App, Home, Json, app_of, client_of
from bluegreen.cli.output import print_json
from bluegreen.core.errors import InvalidInput
from bluegreen.core.output import printable

flags = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Feature flags: what is in force, editing it by a deployment, who changed what.",
)
_Edits = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME=VARIANT]...", help="A flag and its new default variant.")
]
_On = Annotated[list[str] | None, typer.Option("--on", metavar="NAME", help="Enable a flag; give it once for each.")]
_Off = Annotated[
    list[str] | None, typer.Option("--off", metavar="NAME", help="Disable a flag: the code's default holds.")
]
_Message = Annotated[str, typer.Option("-m", "--message", metavar="TEXT", help="Why; it stays in the history.")]
_Supersede = Annotated[bool, typer.Option("--supersede", help="Take the place of a deployment that is under way.")]
_KeepFailed = Annotated[bool, typer.Option("--keep-failed", help="Keep a failed release running, to look at it.")]
_Override = Annotated[
    str | None, typer.Option("--override-freeze", metavar="WHY", help="Although deployments are frozen; for admins.")
]
_NoWait = Annotated[bool, typer.Option("--no-wait", help="Return as soon as the deployment has begun.")]
_Release = Annotated[str | None, typer.Argument(metavar="[RELEASE]", help="Such as r7 [the live one].")]
_Flag = Annotated[str | None, typer.Option("--flag", metavar="NAME", help="Only deployments that changed this flag.")]
_Limit = Annotated[int, typer.Option("-n", "--limit", metavar="N", min=1, max=500, help="How many, newest first.")]
_From = Annotated[str | None, typer.Argument(metavar="[FROM]", help="A release [the one before TO].")]
_To = Annotated[str | None, typer.Argument(metavar="[TO]", help="Another release [the live one].")]
_Folder = Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder with bluegreen.yaml.", show_default=False)]


@flags.command("set", short_help="Edit flags: a deployment of the live release with other flags.")
def set_(
    edits: _Edits = None,
    on: _On = None,
    off: _Off = None,
    message: _Message = "",
    supersede: _Supersede = False,
    keep_failed: _KeepFailed = False,
    override: _Override = None,
    no_wait: _NoWait = False,
    app: App = None,
    json: Json = False,
    home: Home = DEFAULT_HOME,
) -> None:
    """Edit flags: the live release with other flags goes live like any other release, in seconds.

    It is started in the idle environment, checked, switched to and watched. Nothing is sent or built. What a command
    has set stays over later deployments, until the flag file changes that flag itself.
    """
    client = client_of(home)
    name = app_of(client, app)
    request = {
        "variants": dict(_edit(text) for text in edits or []),
        "states": dict.fromkeys(on or [], "ENABLED") | dict.fromkeys(off or [], "DISABLED"),
        "message": message,
        "supersede": supersede,
        "keep_failed": keep_failed,
        "override_freeze": override,
    }
    if both := set(on or []) & set(off or []):
        raise InvalidInput(f"{min(both)} cannot be both on and off.", cure="Keep one of the two.")
    answer = client.edit_flags(name, request)
    raise typer.Exit(_after(client, name, answer, no_wait=no_wait, as_json=json))


def _edit(text: str) -> tuple[str, str]:
    name, equals, variant = text.rpartition("=")
    if not equals or not name or not variant:
        raise InvalidInput(f"`{text}` sets no flag.", cure="Write NAME=VARIANT, such as new-checkout=on.")
    return name, variant


def _after(client: Any, app: str, answer: Mapping[str, Any], *, no_wait: bool, as_json: bool) -> int:
    from bluegreen.cli.progress import follow_to_end

    for notice in answer["notices"]:
        print(f"note: {printable(notice)}", file=sys.stderr)
    if answer["deployment"] is None:
        print_json({"app": app, **answer}) if as_json else print(printable(answer["notice"]))
        return 0
    if not as_json:
        print("\n".join(change_lines(answer["changes"])))
    if not no_wait:
        return int(follow_to_end(client, app, answer, as_json=as_json, by_hand=bool(answer["approval"])))
    if as_json:
        print_json({"app": app, **answer})
    else:
        print(f"deployment {answer['deployment']} of {app} has begun: {answer['release']}")
        print(f"follow it with `bluegreen events --follow --app {app}`")
    return 0


@flags.command("list", short_help="The flags in force.")
def list_(release: _Release = None, app: App = None, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """The flags of the live release, or of another one: what each gives, and which were edited by command."""
    client = client_of(home)
    name = app_of(client, app)
    found = client.flags(name, release)
    if json:
        print_json({"app": name, **found})
    elif found["document"] is None:
        print(f"{found['release']} of {name} has no flags. `flags: FILE` in bluegreen.yaml gives it some.")
    else:
        from bluegreen.cli.flag_lines import flag_table

        print(f"{name}: flags of {found['release']} ({found['file']})\n")
        print("\n".join(flag_table(found["flags"])))


@flags.command("diff", short_help="How the flags of two releases differ.")
def diff(from_: _From = None, to: _To = None, app: App = None, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """What is different in the flags of TO; with one release: between it and the live one."""
    client = client_of(home)
    name = app_of(client, app)
    after = to or client.flags(name)["release"]
    before = from_ or _before(client, name, after)
    found = client.diff(name, before, after)
    if json:
        print_json({"app": name, "from": found["from"], "to": found["to"], "flags": found["flags"]})
        return
    print(f"{name}: flags of {found['to']} against {found['from']}")
    print("\n".join(change_lines(found["flags"])) or "  no difference")


def _before(client: Any, app: str, release: str) -> str:
    kept = [int(one["release"].removeprefix("r")) for one in client.releases(app)]
    older = [number for number in kept if number < int(release.removeprefix("r"))]
    if not older:
        raise InvalidInput(f"No release before {release} is kept.", cure="Name two releases: flags diff r3 r5.")
    return f"r{max(older)}"


@flags.command("history", short_help="Who changed which flags, when and why.")
def history(
    flag: _Flag = None, limit: _Limit = 20, app: App = None, json: Json = False, home: Home = DEFAULT_HOME
) -> None:
    """The deployments that changed flags, newest first, with what they changed and how they ended."""
    from itertools import islice

    client = client_of(home)
    name = app_of(client, app)
    found = list(islice(client.flag_history(name, flag), limit))
    if json:
        print_json({"app": name, "deployments": found})
    elif not found:
        print(f"No deployment of {name} has changed {flag or 'a flag'} yet.")
    else:
        from bluegreen.cli.flag_lines import history_lines

        print("\n".join(history_lines(found)))


@flags.command("pull", short_help="Write the flags in force into the folder's flag file.")
def pull(folder: _Folder = Path(), json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """Write what is in force into the folder's flag file, so that edits by command are in your repository too."""
    from bluegreen.cli.flag_pull import pulled
    from bluegreen.config import load

    client = client_of(home)
    spec = load(folder, remote=client.is_remote).spec
    if spec.flags is None:
        raise InvalidInput("bluegreen.yaml names no flag file.", cure="Write `flags: flags.json` there.")
    found = client.flags(spec.app)
    changes = pulled(folder / spec.flags, found)
    if json:
        print_json({"app": spec.app, "release": found["release"], "file": spec.flags, "changes": changes})
    elif changes:
        print(f"{folder / spec.flags} has the flags of {found['release']} now:")
        print("\n".join(f"  {printable(change)}" for change in changes))
    else:
        print(f"{folder / spec.flags} has the flags of {found['release']} already.")


def change_lines(changes: list[Any]) -> list[str]:
    return [f"  {printable(change['in_words'])}" for change in changes]
