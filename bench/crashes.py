"""A controller killed (-9) before and after each append to the journal, each action and each side effect.

The points are not listed anywhere: one run of each scenario tells which ones the code passes. Then, for each of them,
a controller is started that dies there, and another one after it. It has converged when everything is at rest: no
deployment without a result, exactly one live environment, the observed route is the confirmed one, the processes that
run are those that the status names, and the journal is whole. Loads run all the while, on the application itself
while it is up, and always on another one of the same controller.

``python -m bench.crashes [--quick]`` prints Markdown.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.e2e.crashes import MOVES, REMOVAL, Case, Crashes, crashes

KINDS: dict[str, Callable[[str], bool]] = {
    "an append to the journal": lambda point: " append " in point,
    "an action": lambda point: point.split("#")[0].split(" ")[-1][0].isupper(),
    "a side effect (files, processes, ports)": lambda point: True,
}


def kind_of(point: str) -> str:
    return next(name for name, matches in KINDS.items() if matches(point))


def rows(cases: Iterable[Case]) -> list[str]:
    """Lines of the table."""
    found = list(cases)
    lines = []
    for scenario in (MOVES, REMOVAL):
        for kind in KINDS:
            own = [case for case in found if case.scenario == scenario and kind_of(case.point) == kind]
            if own:
                lines.append(row(f"{scenario}: before or after {kind}", own))
    return [*lines, row("all", found)]


def row(name: str, cases: list[Case]) -> str:
    reached = [case for case in cases if case.reached]
    seconds = [case.seconds for case in reached] or [0.0]
    cells = [
        name,
        f"{len(cases)}",
        f"{len(reached)}",
        f"{sum(not case.problems for case in reached)}",
        f"{sum(case.failed for case in reached)}",
        f"{statistics.median(seconds):.1f} / {max(seconds):.1f} s",
    ]
    return "| " + " | ".join(cells) + " |"


HEADER = """\
| killed | points | killed there | converged | failed requests | at rest after the restart, median / worst |
| --- | --- | --- | --- | --- | --- |"""


def take(run: Crashes, scenario: str, todo: list[str]) -> Iterator[Case]:
    """Take points from the front of the list, until one case has not converged: the next ones need a new home."""
    while todo:
        case = run.case(scenario, todo.pop(0))
        print(f"{scenario}, {len(todo)} more: {case}", file=sys.stderr, flush=True)
        yield case
        if case.problems:
            return


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="every sixteenth point: about a minute")
    parser.add_argument("--every", type=int, help="take every so-manieth point (1)")
    parser.add_argument("--matching", default="", metavar="TEXT", help="only points whose name contains it")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    every = options.every or (16 if options.quick else 1)
    cases: list[Case] = []
    failures: list[str] = []
    for scenario in (MOVES, REMOVAL):
        todo: list[str] | None = None
        while todo is None or todo:
            with tempfile.TemporaryDirectory(prefix="bgc-") as folder, crashes(Path(folder)) as run:
                points = [point for point in run.points(scenario) if options.matching in point][::every]
                todo = points if todo is None else todo
                cases += take(run, scenario, todo)
                failures += run.ends()
    print(HEADER, *rows(cases), sep="\n")
    for case in cases:
        if case.problems or case.failed or not case.reached:
            print(f"- {case.scenario}, {case.point}: {'killed' if case.reached else 'never reached'}; {case.problems}")
    print(*(f"- {failure}" for failure in failures), sep="\n")
    return 1 if any(case.problems or case.failed for case in cases) else 0


if __name__ == "__main__":
    sys.exit(main())
