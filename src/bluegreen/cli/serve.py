"""`bluegreen serve`: the controller, in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bluegreen.cli.options import DEFAULT_HOME, Home

_Listen = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        show_default=False,
        help="Serve the dashboard and the API here too, beyond this machine only with TLS [controller.yaml].",
    ),
]
_Cert = Annotated[
    Path | None, typer.Option("--tls-cert", metavar="FILE", show_default=False, help="The certificate chain for that.")
]
_Key = Annotated[
    Path | None, typer.Option("--tls-key", metavar="FILE", show_default=False, help="The certificate's key.")
]


def serve(listen: _Listen = None, tls_cert: _Cert = None, tls_key: _Key = None, home: Home = DEFAULT_HOME) -> None:
    """Run the controller in the foreground, for systemd or a container.

    TERM and Ctrl-C end the controller alone: applications and the proxy go on serving, and the next controller on
    this home takes them over. `controller.yaml` in the home says who is let in (docs/reference/controller.md).
    """
    from bluegreen import daemon

    raise typer.Exit(daemon.serve(home.expanduser().absolute(), daemon.Listen(listen, tls_cert, tls_key)))
