"""`bluegreen notify`: the channels that messages go to, and what became of each message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Annotated, Any

import typer

from bluegreen.cli.figures import moment
from bluegreen.cli.options import DEFAULT_HOME, Home, Json, client_of
from bluegreen.cli.output import print_json
from bluegreen.core.errors import PermanentError
from bluegreen.core.output import printable

Object = Mapping[str, Any]

notify = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Messages to people: the channels of the controller, tests, and what became of each message.",
)
_Name = Annotated[str, typer.Argument(metavar="NAME", help="A channel of controller.yaml.")]
_Id = Annotated[str, typer.Argument(metavar="ID", help="Of a message: `bluegreen notify deliveries` shows it.")]
_Limit = Annotated[int, typer.Option("-n", "--limit", metavar="N", min=1, max=10_000, help="How many, newest first.")]
_Channel = Annotated[str | None, typer.Option("--channel", metavar="NAME", help="Only those of one channel.")]
_State = Annotated[
    str | None,
    typer.Option("--state", metavar="STATE", help="Only those that are waiting, delivered, failed or given up."),
]


@notify.command("channels", short_help="Where messages go, and whether they arrive.")
def channels(json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """The channels of controller.yaml: how many messages wait, when one arrived last, and what failed last."""
    found = list(client_of(home).channels())
    if json:
        print_json({"channels": found})
    elif not found:
        print("This controller has no channels: docs/how-to/notifications.md shows how to add one.")
    else:
        rows = [("channel", "kind", "target", "waiting", "last arrived", "last failure"), *map(_channel, found)]
        print("\n".join(_table(rows)))


@notify.command("test", short_help="Send a message that says that it is a test.")
def send_test(name: _Name, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """Send one message through a channel, now and once. Exit code 1: it did not arrive."""
    tried = client_of(home).test_channel(name)
    answer = tried["attempts"][-1]["answer"]
    if json:
        print_json(tried)
    if tried["state"] != "delivered":
        cure = "Correct the channel in controller.yaml and restart the controller, or mend the receiver."
        raise PermanentError(f"The test did not arrive at {name}.", why=answer, cure=cure)
    if not json:
        print(f"The test arrived at {name}: {printable(answer)}.")


@notify.command("deliveries", short_help="Messages and what became of them.")
def deliveries(
    channel: _Channel = None,
    state: _State = None,
    limit: _Limit = 20,
    json: Json = False,
    home: Home = DEFAULT_HOME,
) -> None:
    """Messages, newest first: what each tells, whether it arrived, and what the receiver answered last."""
    wanted = {"channel": channel, "state": state, "limit": min(limit, 500)}
    filters = {key: value for key, value in wanted.items() if value is not None}
    found = list(islice(client_of(home).deliveries(**filters), limit))
    if json:
        print_json({"deliveries": found})
    elif not found:
        print("No message was sent yet.")
    else:
        rows = [("id", "at", "channel", "state", "tries", "what", "last answer"), *map(_delivery, found)]
        print("\n".join(_table(rows)))


@notify.command("replay", short_help="Send a message once more.")
def replay(id: _Id, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """Send a message once more: with the same id and content, so that the receiver knows it again."""
    again = client_of(home).replay_delivery(id)
    if json:
        print_json(again)
    else:
        print(f"{again['id']} is sent to {again['channel']} once more: {printable(again['title'])}")


def _channel(channel: Object) -> tuple[str, ...]:
    arrived, failure = channel["last_delivered"], channel["last_failure"]
    failed = f"{moment(failure['at'])}: {failure['answer']}" if failure else "none"
    return (
        channel["name"],
        channel["kind"],
        channel["target"],
        str(channel["waiting"]),
        moment(arrived) if arrived else "never",
        f"asked for no more. {failed}" if channel["gone"] else failed,
    )


def _delivery(delivery: Object) -> tuple[str, ...]:
    attempts = delivery["attempts"]
    answer = attempts[-1]["answer"] if attempts else ""
    shown = (delivery["id"], moment(delivery["at"]), delivery["channel"], delivery["state"])
    return (*shown, str(len(attempts)), delivery["title"], answer)


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    plain = [tuple(printable(cell) for cell in row) for row in rows]
    widths = [max(len(row[column]) for row in plain) for column in range(len(plain[0]))]
    for row in plain:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
