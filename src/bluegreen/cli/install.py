"""`bluegreen install`: the controller as a systemd service."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bluegreen.cli.options import DEFAULT_HOME, Home, Json
from bluegreen.cli.output import print_json
from bluegreen.core.errors import InvalidInput

_System = Annotated[
    bool | None, typer.Option("--system/--user", help="For the machine, or for you [you, unless root].")
]
_Print = Annotated[bool, typer.Option("--print", help="Print the unit and write nothing.")]
_NAME = "bluegreen.service"
_MARK = "# Written by `bluegreen install`."


def install(system: _System = None, only_print: _Print = False, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """Write a systemd unit that runs the controller, and print what to run next.

    Stopping or restarting the service ends the controller alone: applications and the proxy go on serving. With sudo
    and --system it runs as the user who called sudo.
    """
    for_machine = system if system is not None else os.geteuid() == 0
    user = os.environ.get("SUDO_USER") if for_machine else None
    folder = _home_of(user, home.expanduser().absolute())
    text = unit(folder, (user or getpass.getuser()) if for_machine else None)
    file = Path("/etc/systemd/system" if for_machine else "~/.config/systemd/user").expanduser() / _NAME
    if only_print:
        print(text, end="")
        return
    _write(file, text)
    commands = next_commands(for_machine)
    if json:
        print_json({"unit": str(file), "home": str(folder), "next": commands})
    else:
        print(f"wrote {file}\nnow run:\n" + "\n".join(f"  {command}" for command in commands))


def unit(home: Path, user: str | None) -> str:
    """The unit; ``user``: of the machine's own service manager, running as that user."""
    as_user = f"User={user}\n" if user else ""
    command = " ".join(_quoted(part) for part in (sys.executable, "-m", "bluegreen", "serve", "--home", str(home)))
    return f"""{_MARK}
[Unit]
Description=bluegreen controller
Documentation=man:systemd.service(5)
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
{as_user}ExecStart={command}
Restart=always
RestartSec=1
# Applications and the proxy are in this unit's control group and must outlive the controller.
KillMode=process
TimeoutStopSec=30
LimitNOFILE=1048576
TasksMax=infinity
# When memory runs out, one instance is killed and started again, never the whole unit.
OOMPolicy=continue

[Install]
WantedBy={"multi-user.target" if user else "default.target"}
"""


def _home_of(user: str | None, home: Path) -> Path:
    """Under sudo, `~` is the home of root, and not of the user whom the service runs as."""
    if user is None or home != DEFAULT_HOME.expanduser():
        return home
    return Path(f"~{user}").expanduser() / DEFAULT_HOME.name


def next_commands(for_machine: bool) -> list[str]:
    """What is to be run once the unit is there."""
    if for_machine:
        return ["sudo systemctl daemon-reload", f"sudo systemctl enable --now {_NAME}"]
    return ["systemctl --user daemon-reload", f"systemctl --user enable --now {_NAME}", "loginctl enable-linger"]


def _quoted(part: str) -> str:
    """A word of ExecStart, in which `%` and `$` stand for themselves."""
    escaped = part.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if any(char in escaped for char in " '\"\\;") else escaped


def _write(file: Path, text: str) -> None:
    try:
        if file.exists() and not file.read_text(encoding="utf-8").startswith(_MARK):
            raise InvalidInput(
                f"{file} exists already and was not written by bluegreen.", cure="Move it away first, or use --print."
            )
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(
            f"{file} cannot be written.",
            why=f"{error.strerror}.",
            cure="Use sudo with --system, or --user, or --print.",
        ) from error
