"""Which commands there are, and a group that imports the one that is run and no other."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "Deploy": {
        "init": ("init", "Write a starter bluegreen.yaml for the folder."),
        "deploy": ("deploy", "Bring a release live, and follow it to its end."),
        "rollback": ("rollback", "Go back to the release before; in milliseconds while it is warm."),
        "approve": ("approval", "Let the deployment that waits for a person go on."),
        "abort": ("approval", "End the deployment under way."),
    },
    "Look": {
        "status": ("status", "What is live, what is in each environment, what is under way."),
        "preview": ("preview", "How to look at the release that users do not get yet."),
        "history": ("history", "The deployments of an application."),
        "show": ("history", "One deployment: its checks, what happened, its verdict, its receipt."),
        "forecast": ("forecast", "Which regression a watch would find at the traffic of now, and how soon."),
        "events": ("events", "Everything that happened, with who and why."),
        "logs": ("logs", "What instances write."),
    },
    "Operate": {
        "lock": ("locks", "Let no deployment start."),
        "unlock": ("locks", "Let deployments start again."),
        "down": ("stop", "Stop an application."),
        "stop": ("stop", "Stop the background controller; applications go on serving."),
        "serve": ("serve", "Run the controller in the foreground."),
        "install": ("install", "Write a systemd unit for the controller."),
        "doctor": ("doctor", "What is missing or wrong on this machine, with the cure."),
        "demo": ("demo", "A tour of a minute, in a folder of its own, under load."),
        "schema": ("schema", "The JSON Schema of bluegreen.yaml, for editors."),
    },
}
"""By section of the help: name, module and help of each command. Its function has the command's name."""

COMMANDS = {name: where for section in SECTIONS.values() for name, where in section.items()}


class Commands(TyperGroup):
    """Loads a command's module when that command is run: `bluegreen rollback` pays for no other."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands: Any = dict.fromkeys(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, help = COMMANDS[cmd_name]
        function = getattr(import_module(f"bluegreen.cli.{module}"), cmd_name)
        only = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
        settings = {"help_option_names": ["-h", "--help"]}
        only.command(cmd_name, short_help=help, context_settings=settings)(function)
        return typer.main.get_command(only)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """As Typer's, by section, from the table above: help imports no command."""
        width = max(len(name) for name in COMMANDS)
        for section, commands in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(name.ljust(width), help) for name, (_, help) in commands.items()])
