"""The evidence of a watch as a table: a line for each tick, which is about a second."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from bluegreen.cli.figures import quantity
from bluegreen.cli.findings import guard_name, verdict_words
from bluegreen.cli.notes import one_line

Object = Mapping[str, Any]

_HEAD = ("time", "step", "span", "new", "failed", "slow", "old", "failed", "slow", "what sources said")


def evidence_lines(deployment: Object) -> Iterator[str]:
    """Every tick, and whether the same verdict follows from them again."""
    ticks = deployment.get("ticks") or []
    yield ""
    if not ticks:
        yield "  no evidence was gathered: the release was not watched"
    else:
        yield "  evidence, about a second a line: answered, failed, and slower than each limit"
        rows = [_HEAD, *(_row(tick) for tick in ticks)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
        for row in rows:
            cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=False)]
            yield f"  {'  '.join([*cells, row[-1]])}".rstrip()
    yield from _replayed(deployment.get("replayed"))
    for kept in deployment.get("kept_answers") or ():
        yield from _kept(kept)


def _row(tick: Object) -> tuple[str, ...]:
    at = time.strftime("%H:%M:%S", time.localtime(tick["at"]))
    counted = (*_counted(tick["new"]), *_counted(tick["old"]))
    return (at, str(tick["step"]), quantity(tick["span"], "seconds"), *counted, "; ".join(_sources(tick)))


def _counted(counted: Object | None) -> tuple[str, str, str]:
    if counted is None:
        return ("-", "-", "-")
    slow = "/".join(str(count) for count in counted["slow"])
    return str(counted["answered"]), str(counted["errors"]), f"{slow} of {counted['timed']}" if slow else "-"


def _sources(tick: Object) -> Iterator[str]:
    if tick["missing"]:
        yield f"missing: {one_line(tick['missing'])}"
    for name, reading in tick["readings"].items():
        yield f"{guard_name(name)}: {_reading(reading)}"
    for name, (new, new_per, old, old_per) in tick["events"].items():
        yield f"{guard_name(name)}: new {new} of {new_per}, old {old} of {old_per}"


def _reading(reading: Object) -> str:
    why = f" ({one_line(reading['why'], 80)})" if reading["why"] else ""
    if reading["value"] is not None:
        return f"{quantity(reading['value'], '')}{why}"
    return f"{reading['verdict'] or 'missing'}{why}"


def _kept(kept: Object) -> Iterator[str]:
    until = time.strftime("%Y-%m-%d %H:%M", time.localtime(kept["until"]))
    yield f"  bad answers by {guard_name(kept['guard'])}, kept until {until}: {kept['file']}"
    for one in kept["answers"]:
        at = time.strftime("%H:%M:%S", time.localtime(one["at"]))
        said = f"{at}  {one['method']} {one['path']}  {one['status']}  {one['why']}"
        yield f"    {one_line(said)}"


def _replayed(replayed: Object | None) -> Iterator[str]:
    if replayed is None or replayed["same"] is None:  # nothing was judged
        return
    if replayed["same"]:
        yield f"  ✓ judged again from the journal: the same verdict ({verdict_words(replayed['verdict'])})"
        return
    yield "  ✗ judged again from the journal: ANOTHER verdict than then; please report it"
    for step in replayed["steps"]:
        then, again = verdict_words(step["recorded"]), verdict_words(step["again"])
        yield f"      step {step['step']}: {then} then, {again} now"
