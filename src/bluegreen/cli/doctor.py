"""`bluegreen doctor`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from bluegreen.cli.exits import Exit
from bluegreen.cli.options import DEFAULT_HOME, Home, Json, client_of
from bluegreen.cli.output import print_json


def doctor(json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """What is missing or wrong on this machine, with the cure.

    ✓ is as it should be, ! works but could be better, ✗ has to be put right. Exit code 1 when there is an ✗.
    """
    from bluegreen.cli.examination import examine

    findings = examine(client_of(home), Path.cwd())
    well = all(finding.mark != "wrong" for finding in findings)
    if json:
        print_json({"well": well, "findings": [asdict(finding) for finding in findings]})
    else:
        width = max(len(finding.subject) for finding in findings)
        for finding in findings:
            print(f"{_MARKS[finding.mark]} {finding.subject:<{width}}  {finding.what}")
            if finding.cure:
                print(f"  {'':<{width}}  → {finding.cure}")
    raise typer.Exit(int(Exit.DONE if well else Exit.FAILED))


_MARKS = {"well": "✓", "hint": "!", "wrong": "✗"}
