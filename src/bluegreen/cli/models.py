"""`bluegreen models`: the revisions of models that shared components serve, and what needs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from bluegreen.cli.figures import moment
from bluegreen.cli.options import DEFAULT_HOME, App, Home, Json, app_of, client_of
from bluegreen.cli.output import print_json
from bluegreen.core.output import printable

Object = Mapping[str, Any]

models = typer.Typer(
    no_args_is_help=False,
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Models: which revisions are loaded, since when, and what needs them.",
)
_Name = Annotated[str, typer.Argument(metavar="NAME", help="Under which the shared component serves it.")]


@models.callback()
def none(context: typer.Context, app: App = None, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """Models: which revisions are loaded, since when, and what needs them."""
    if context.invoked_subcommand is None:
        list_(app, json, home)


@models.command("list", short_help="Which revisions are loaded, since when, and what needs them.")
def list_(app: App = None, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """Each revision of a model: which shared component serves it, since when, and what needs it; and models that are
    files of a release."""
    client = client_of(home)
    name = app_of(client, app)
    found = list(client.models(name))
    if json:
        print_json({"app": name, "models": found})
    elif not found:
        print(f"{name} has no models. `models:` in bluegreen.yaml gives it some.")
    else:
        print("\n".join(_table([("model", "revision", "in", "state", "since", "needed by"), *map(_row, found)])))


def _row(one: Object) -> tuple[str, ...]:
    where = one["component"] or "the folder"
    place = where if one["copy"] in (None, "in use") else f"{where} ({one['copy']})"
    state = f"{one['state']}: {one['why']}" if one["why"] else one["state"]
    by = ", ".join(one["needed_by"]) or "nothing"
    return one["model"], printable(one["name"]), place, printable(state), moment(one["since"]), by


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


@models.command("unload", short_help="Unload a revision that nothing needs.")
def unload(name: _Name, app: App = None, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """Unload a revision. It is refused, with the reason, while the live release, the standby or a deployment needs it.

    Nobody has to do this: what nothing needs any more is unloaded by itself. It tells why something is still there.
    """
    client = client_of(home)
    answer = client.unload_model(app_of(client, app), name)
    print_json(answer) if json else print(printable(answer["notice"]))
