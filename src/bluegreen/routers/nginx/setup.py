"""What nginx needs in its configuration, for `bluegreen router init` and `bluegreen doctor`."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator, Sequence

from bluegreen.core.errors import TemporaryError
from bluegreen.core.router_specs import Nginx
from bluegreen.core.spec import AppSpec
from bluegreen.routers.nginx.configuration import PATH, words
from bluegreen.routers.nginx.include import variable
from bluegreen.routers.nginx.master import Master
from bluegreen.routers.setup import Sight

WITHIN = 30.0

SNIPPET = """\
# 1. Once, as root: a folder for the files that bluegreen writes. USER runs `bluegreen serve`: root, or the user that
#    nginx's master process runs as.
#        install -d -o USER -m 755 {folder}
# 2. In {config}, inside `http {{ … }}`:

    include {folder}/*.conf;

    server {{
        listen {port};{names}

        location / {{
            proxy_pass http://${variable};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $http_host;
            # WebSockets and other upgrades, and kept connections to instances.
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection ${variable}_connection;
            # Answers are passed on as they come, streams included.
            proxy_buffering off;
            proxy_read_timeout 1h;
        }}
    }}

# 3. In the outermost part of the file: streams that go on in old workers end at last.

    worker_shutdown_timeout 1h;

# 4. Then `bluegreen deploy`. Its first deployment writes the file that defines ${variable}, and reloads nginx; until
#    then nginx calls the variable unknown, so leave it running as it is.
"""


class NginxSetup:
    """See `bluegreen.routers.setup.Setup`."""

    def snippet(self, app: AppSpec) -> str:
        """The configuration for this application."""
        spec = _spec(app)
        names = f"\n        server_name {' '.join(app.hosts)};" if app.hosts else ""
        port = app.address.rpartition(":")[2]
        return SNIPPET.format(
            folder=spec.folder, config=spec.config, variable=variable(app.app), port=port, names=names
        )

    def examine(self, app: AppSpec) -> Sequence[Sight]:
        """Whether that is in place."""
        return [*_examine_process(_spec(app)), *_examine_configuration(app, _spec(app))]


def _spec(app: AppSpec) -> Nginx:
    assert isinstance(app.router, Nginx)
    return app.router


def _examine_process(spec: Nginx) -> Iterator[Sight]:
    try:
        master = Master(spec.pid).find()
    except TemporaryError as error:
        yield Sight("wrong", f"nginx does not run: {error.why}", error.cure)
        return
    yield Sight("well", f"nginx runs (pid {master.pid})")
    try:
        os.kill(master.pid, 0)
    except PermissionError:
        cure = "run bluegreen as root, or as the user that nginx's master process runs as"
        yield Sight("wrong", "nginx's master process is another user's: it could not be reloaded", cure)
    except ProcessLookupError:
        yield Sight("wrong", "nginx has just ended", "start it again")


def _examine_configuration(app: AppSpec, spec: Nginx) -> Iterator[Sight]:
    command = [*shlex.split(spec.program), "-T", "-q", "-c", spec.config]
    try:
        shown = subprocess.run(  # noqa: S603 - the program that the file names
            command, capture_output=True, text=True, timeout=WITHIN, env={"PATH": PATH, "LC_ALL": "C"}, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        yield Sight(
            "wrong", f"`{shlex.join(command)}` cannot be run: {error}", "correct `program` below `router: nginx`"
        )
        return
    name = variable(app.app)
    if shown.returncode != 0 and f'unknown "{name}' in shown.stderr:
        yield Sight("hint", f"${name} is not defined yet", "deploy the application for the first time")
        return
    if shown.returncode != 0:
        yield Sight("wrong", f"nginx's configuration is broken: {words(shown.stderr)}", "mend it: it is not reloaded")
        return
    yield from _examine_text(shown.stdout, name, spec)


def _examine_text(text: str, name: str, spec: Nginx) -> Iterator[Sight]:
    missing = [part for part in (f"{spec.folder}/*.conf", f"${name};") if part not in text]
    for part in missing:
        yield Sight(
            "wrong", f"nginx's configuration has no `{part}`", "`bluegreen router init nginx` prints what it needs"
        )
    if not missing:
        yield Sight("well", "nginx's configuration includes what bluegreen writes, and leads users by it")
    if "worker_shutdown_timeout" not in text:
        cure = "set `worker_shutdown_timeout 1h;` in the outermost part of its configuration"
        yield Sight("hint", "workers that a reload has replaced live as long as any connection that they have", cure)
