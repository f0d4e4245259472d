"""A command whose `--help` is its page: usage, what it does, options in groups, examples, exit codes, see also."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

GROUPS = {
    "Which controller and application": ("home", "url", "token_file", "oidc", "ca", "app"),
    "Output": ("json", "help"),
}
"""Options that most commands have stand behind those that are a command's own."""


class ManualCommand(TyperCommand):
    """Loads its page when it is asked for it, and at no other time."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        for title, rows in option_groups(self, ctx).items():
            with formatter.section(title):
                formatter.write_dl(rows)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        from bluegreen.cli.manual.pages import page_of

        page = page_of(" ".join(ctx.command_path.split()[1:]))
        if page is None:
            return
        with formatter.section("Examples"):
            for example in page.examples:
                formatter.write_text(f"{example.what[:1].upper()}{example.what[1:]}:")
                formatter.write(f"{'':{formatter.current_indent + 2}}{example.command}\n")
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), means) for code, means in page.exit_rows()])
        rows = [("commands", ", ".join(f"bluegreen {name}" for name in page.also))] if page.also else []
        rows += [("pages", ", ".join(f"docs/{path}" for path in page.see))] if page.see else []
        if rows:
            with formatter.section("See also"):
                formatter.write_dl(rows)


def option_groups(command: Any, ctx: Any) -> dict[str, list[tuple[str, str]]]:
    """Arguments and options with their help, by the group that they are shown in."""
    found: dict[str, list[tuple[str, str]]] = {title: [] for title in ("Arguments", "Options", *GROUPS)}
    of = {name: title for title, names in GROUPS.items() for name in names}
    for parameter in command.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if record is not None:
            argument = parameter.param_type_name == "argument"
            found["Arguments" if argument else of.get(parameter.name, "Options")].append(record)
    return {title: rows for title, rows in found.items() if rows}
