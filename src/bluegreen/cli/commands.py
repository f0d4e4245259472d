"""Which commands there are, and a group that imports the one that is run and no other."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer._click.shell_completion import CompletionItem
from typer.core import TyperCommand, TyperGroup

from bluegreen.cli.manual.command import ManualCommand

SETTINGS = {"help_option_names": ["-h", "--help"]}

SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "Deploy": {
        "init": ("init", "Write a starter bluegreen.yaml for the folder."),
        "deploy": ("deploy", "Bring a release live, and follow it to its end."),
        "rollback": ("rollback", "Go back to the release before; in milliseconds while it is warm."),
        "approve": ("approval", "Let the deployment that waits for a person go on."),
        "abort": ("approval", "End the deployment under way."),
        "models": ("models", "Models: which revisions are loaded, since when, and what needs them."),
        "flags": ("flags", "Feature flags: what is in force, editing it by a deployment, who changed what."),
    },
    "Look": {
        "status": ("status", "What is live, what is in each environment, what is under way."),
        "preview": ("preview", "How to look at the release that users do not get yet."),
        "history": ("history", "The deployments of an application."),
        "show": ("history", "One deployment: its checks, what happened, its verdict, its receipt."),
        "forecast": ("forecast", "Which regression a watch would find at the traffic of now, and how soon."),
        "events": ("events", "Everything that happened, with who and why."),
        "logs": ("logs", "What instances write."),
        "open": ("open", "The dashboard, in a browser, logged in."),
    },
    "Operate": {
        "lock": ("locks", "Let no deployment start."),
        "unlock": ("locks", "Let deployments start again."),
        "freeze": ("freezes", "Let no deployment move users for a time."),
        "unfreeze": ("freezes", "Lift the freeze."),
        "notify": ("notify", "Channels that are told what happens: tests, messages, replays."),
        "down": ("stop", "Stop an application."),
        "stop": ("stop", "Stop the background controller; applications go on serving."),
        "serve": ("serve", "Run the controller in the foreground."),
        "token": ("token", "Who may steer over the network: make tokens, list them, revoke them."),
        "audit": ("audit", "Who asked for what, from where, and what became of it."),
        "router": ("router", "Your own router: what its configuration needs."),
        "install": ("install", "Write a systemd unit for the controller."),
        "doctor": ("doctor", "What is missing or wrong on this machine, with the cure."),
        "demo": ("demo", "Tours under load, in a folder of their own: shop, ai."),
        "schema": ("schema", "The JSON Schema of bluegreen.yaml, for editors."),
        "completion": ("completion", "What makes the Tab key of a shell complete commands, options and names."),
        "help": ("help", "All about a command, in a pager."),
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
        found = getattr(import_module(f"bluegreen.cli.{module}"), cmd_name)
        if isinstance(found, typer.Typer):
            return _group(found, cmd_name)
        only = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
        only.command(cmd_name, short_help=help, context_settings=SETTINGS, cls=ManualCommand)(found)
        return typer.main.get_command(only)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """As Typer's, from the table above: pressing Tab imports no command."""
        found = [CompletionItem(name, help=help) for name, (_, help) in COMMANDS.items() if name.startswith(incomplete)]
        return found + TyperCommand.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """As Typer's, by section, from the table above: help imports no command."""
        width = max(len(name) for name in COMMANDS)
        for section, commands in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(name.ljust(width), help) for name, (_, help) in commands.items()])


class Group(TyperGroup):
    """A command with commands of its own, such as `token create`: what was given before it is theirs."""

    def make_context(self, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
        given = ((parent and parent.default_map) or {}).get(info_name) or {}
        return super().make_context(
            info_name, args, parent, default_map={**given, **dict.fromkeys(self.commands, given)}, **extra
        )


def _group(found: typer.Typer, name: str) -> Any:
    for command in found.registered_commands:
        command.cls, command.context_settings = ManualCommand, SETTINGS
    found.info.cls = Group
    group = typer.main.get_group(found)
    group.name = name
    group.context_settings = SETTINGS
    return group
