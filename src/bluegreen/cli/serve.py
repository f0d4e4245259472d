"""`bluegreen serve`: the controller, in the foreground."""

from __future__ import annotations

import typer

from bluegreen.cli.options import DEFAULT_HOME, Home


def serve(home: Home = DEFAULT_HOME) -> None:
    """Run the controller in the foreground, for systemd or a container.

    TERM and Ctrl-C end the controller alone: applications and the proxy go on serving, and the next controller on
    this home takes them over.
    """
    from bluegreen import daemon

    raise typer.Exit(daemon.serve(home.expanduser().absolute()))
