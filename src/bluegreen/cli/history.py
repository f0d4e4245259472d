"""`bluegreen history` and `bluegreen show`: what was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from bluegreen.cli.figures import duration, moment
from bluegreen.cli.judgements import but, judgement_lines
from bluegreen.cli.options import DEFAULT_HOME, App, Home, Json, app_of, client_of
from bluegreen.cli.output import print_json
from bluegreen.core.output import printable

_Limit = Annotated[int, typer.Option("-n", "--limit", metavar="N", min=1, max=500, help="How many, newest first.")]
_Evidence = Annotated[bool, typer.Option("--evidence", help="Also what the guards judged by, second by second.")]
_Number = Annotated[int, typer.Argument(metavar="N", min=1, help="Number of the deployment.")]


def history(limit: _Limit = 20, app: App = None, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """The deployments of an application, newest first: how each ended, who asked for it, and why."""
    client = client_of(home)
    name = app_of(client, app)
    found = client.deployments(name, limit)
    if json:
        print_json({"app": name, "deployments": found})
    elif not found:
        print(f"{name} has had no deployment yet.")
    else:
        print("\n".join(_table([_row(deployment) for deployment in found])))


def _row(d: Mapping[str, Any]) -> tuple[str, ...]:
    took = duration(d["ended"] - d["at"]) if d["ended"] else ""
    result = d["result"] or d["phase"]
    if d["result"] == "completed" and but(d["reason"] or ""):
        result = "completed, not judged"
    what = d["release"] if d["kind"] == "deploy" else f"{d['release']} ({d['kind']})"
    why = d["message"] if d["result"] in (None, "completed") else d["reason"]
    first = (printable(why or "").splitlines() or [""])[0]
    where = d["component"] or d["color"]
    return str(d["number"]), what, result, where, moment(d["at"]), took, d["actor"], first[:100]


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    rows = [("#", "release", "result", "in", "began", "took", "by", "why"), *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def show(
    number: _Number, evidence: _Evidence = False, app: App = None, json: Json = False, home: Home = DEFAULT_HOME
) -> None:
    """One deployment: its phases, its checks with their evidence, its guards' judgements, and its receipt.

    With --evidence also every second that the guards judged by, and whether the same judgement follows from it again.
    """
    client = client_of(home)
    name = app_of(client, app)
    found = client.deployment(name, number, evidence=evidence)
    if json:
        print_json({"app": name, **found})
        return
    print("\n".join(_story(name, found)))
    if evidence:
        from bluegreen.cli.ticks import evidence_lines

        print("\n".join(evidence_lines(found)))


def _story(name: str, d: Mapping[str, Any]) -> Iterator[str]:
    from bluegreen.cli.receipts import receipt_lines
    from bluegreen.cli.timeline import Timeline

    where = d["component"] or d["color"]
    yield f"{name}: deployment {d['number']} ({d['kind']}), {d['release']} in {where}: {d['result'] or d['phase']}"
    yield f"  by {d['actor']}, {moment(d['at'])}" + (f": {printable(d['message'])}" if d["message"] else "")
    timeline = Timeline()
    for entry in d["events"]:
        if entry["event"]["kind"] != "judged":  # told below, with more to it
            timeline.take(entry)
    yield ""
    for stretch in timeline.stretches:
        took = "under way" if stretch.until is None else duration(stretch.until - stretch.since)
        yield f"  {'✓' if stretch.good else '✗'} {stretch.phase:<17} {took:>9}"
        for note in stretch.notes:
            yield from (f"      {line}" for line in note.lines())
    judgements = list(judgement_lines(d))
    yield from ["", "  judgements"] if judgements else []
    yield from (f"    {line}" for line in judgements)
    if d["reason"]:
        yield f"\n  {printable(d['reason'])}"
    yield from (f"  {line}" for line in timeline.details)
    figures = receipt_lines(d)
    yield from ([""] if figures else [])
    yield from (f"  {what:<12} {text}" for what, text in figures)
