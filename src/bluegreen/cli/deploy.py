"""`bluegreen deploy`: pack, send, ask, follow."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bluegreen.cli.options import DEFAULT_HOME, Home, Json, client_of
from bluegreen.cli.output import print_json
from bluegreen.core.errors import InvalidInput
from bluegreen.core.output import printable

if TYPE_CHECKING:
    from bluegreen.client import Client
    from bluegreen.core.spec import AppSpec

_Folder = Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder with bluegreen.yaml.", show_default=False)]
_Artifact = Annotated[Path | None, typer.Option(metavar="FILE", help="A .tar.gz to deploy instead of the folder.")]
_Shared = Annotated[str | None, typer.Option(metavar="NAME", help="Replace this shared component, and nothing else.")]
_Message = Annotated[str, typer.Option("-m", "--message", metavar="TEXT", help="Why; it stays in the history.")]
_Supersede = Annotated[bool, typer.Option("--supersede", help="Take the place of a deployment that is under way.")]
_KeepFailed = Annotated[bool, typer.Option("--keep-failed", help="Keep a failed release running, to look at it.")]
_Override = Annotated[
    str | None, typer.Option("--override-freeze", metavar="WHY", help="Although deployments are frozen; for admins.")
]
_NoWait = Annotated[bool, typer.Option("--no-wait", help="Return as soon as the deployment has begun.")]


def deploy(
    folder: _Folder = Path(),
    artifact: _Artifact = None,
    shared: _Shared = None,
    message: _Message = "",
    supersede: _Supersede = False,
    keep_failed: _KeepFailed = False,
    override: _Override = None,
    no_wait: _NoWait = False,
    json: Json = False,
    home: Home = DEFAULT_HOME,
) -> None:
    """Bring a release live: start it in the idle environment, check it there, switch to it.

    Users see nothing of it before its checks have passed. The folder is packed as .gitignore and .bluegreenignore
    say. Where no controller runs, one is started in the background. Ctrl-C leaves the deployment running.

    Exit codes: 0 live, 1 failed before the switch, 2 wrong usage or file, 3 refused, 4 rolled back, 5 unknown.
    """
    from bluegreen.cli.background import ensure_running
    from bluegreen.cli.flag_lines import carried_lines
    from bluegreen.client.deploying import request_of
    from bluegreen.config import load

    client = client_of(home)
    loaded = load(folder, remote=client.is_remote)
    spec = loaded.spec
    for warning in (*loaded.warnings, *_packed_secrets(spec, folder, artifact)):
        _say(f"warning: {warning}")
    request = {
        **request_of(loaded, folder, remote=client.is_remote),
        "message": message,
        "supersede": supersede,
        "keep_failed": keep_failed,
        "component": shared,
        "override_freeze": override,
    }
    if ensure_running(client):
        _say(f"started a controller in the background for {client.home} (`bluegreen stop` ends it)")
    request["artifact"] = send(client, folder, artifact, quiet=json)
    answer = client.begin(spec.app, request)
    for line in carried_lines(answer.get("flags")):
        _say(line)
    raise typer.Exit(_after(client, spec, answer, no_wait=no_wait, as_json=json))


def _packed_secrets(spec: AppSpec, folder: Path, artifact: Path | None) -> list[str]:
    """Warnings of secrets that lie in the artifact, where everyone who gets it can read them."""
    from bluegreen.system.ignore import packed_files

    files = {Path(c.env_file).as_posix() for c in spec.components if c.env_file is not None}
    if not files or artifact is not None:
        return []
    packed = files.intersection(path for path, _ in packed_files(folder))
    return [f"{file} is packed with the folder: name it in .gitignore or .bluegreenignore" for file in sorted(packed)]


def send(client: Client, folder: Path, artifact: Path | None = None, *, quiet: bool = False) -> str:
    """Bring the artifact to the controller as far as it is missing there; its digest."""
    from bluegreen.cli.upload_view import UploadView

    if artifact is None:
        with UploadView(quiet=quiet) as view:
            return client.send_folder(folder, view.update)
    from bluegreen.system.archive import digest_of

    if not artifact.is_file():
        raise InvalidInput(f"There is no file {artifact}.", cure="Name a .tar.gz of the application's folder.")
    digest = digest_of(artifact)
    if not client.has_artifact(digest):
        client.send_artifact(digest, artifact)
    return digest


def _after(client: Client, spec: AppSpec, answer: Mapping[str, Any], *, no_wait: bool, as_json: bool) -> int:
    from bluegreen.cli.progress import follow_to_end

    if not no_wait:
        by_hand = bool(answer.get("approval", spec.approve == "by hand"))
        return int(follow_to_end(client, spec.app, answer, as_json=as_json, by_hand=by_hand))
    if as_json:
        print_json({"app": spec.app, **answer})
    else:
        print(f"deployment {answer['deployment']} of {spec.app} has begun: {answer['release']}")
        print(f"follow it with `bluegreen events --follow --app {spec.app}`")
    return 0


def _say(text: str) -> None:
    print(printable(text), file=sys.stderr, flush=True)
