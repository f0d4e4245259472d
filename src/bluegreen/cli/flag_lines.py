"""Flags as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bluegreen.cli.figures import moment
from bluegreen.core.output import printable

Row = tuple[str, ...]


def flag_table(flags: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """One line for each flag: what it gives, of which variants, and what else there is to know."""
    rows: list[Row] = [("flag", "gives", "of", ""), *map(_row, flags)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(flag: Mapping[str, Any]) -> Row:
    known = ["targeting decides first"] if flag["targeting"] and flag["state"] == "ENABLED" else []
    if flag["edited"]:
        in_file = flag["in_file"]
        known.append("edited by command" + (f", {in_file} in the file" if in_file != flag["gives"] else ""))
    return printable(flag["flag"]), printable(flag["gives"]), printable(", ".join(flag["variants"])), "; ".join(known)


def history_lines(deployments: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Each deployment with what it changed, and how it ended."""
    for d in deployments:
        ended = d["result"] or d["phase"]
        why = f": {printable(d['message'])}" if d["message"] else ""
        kind = "" if d["kind"] == "deploy" else f" ({d['kind']})"
        yield f"{d['number']:>4}  {moment(d['at'])}  {d['release']}{kind} {ended}, by {printable(d['actor'])}{why}"
        yield from (f"        {printable(change['in_words'])}" for change in d["flags"])


def carried_lines(found: Mapping[str, Any] | None) -> Iterator[str]:
    """What became of flags that a command had edited, when a new flag file came."""
    for change in (found or {}).get("kept", []):
        flag, edit, file = printable(change["flag"]), printable(change["to"]), printable(change["from"] or "")
        yield f"flag {flag} stays as a command has set it: {edit} (the file says {file}, as before)"
    for change in (found or {}).get("overruled", []):
        flag, edit = printable(change["flag"]), printable(change["to"])
        if change["from"] is None:
            yield f"flag {flag}, which a command had set to {edit}, is removed by the file"
        else:
            yield f"flag {flag} is as the file changes it: {printable(change['from'])} (a command had set {edit})"
