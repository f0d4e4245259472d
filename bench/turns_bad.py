"""A release that turns bad while users are on it: how soon they are back on the old one.

Real Envoy, real processes, 200 requests a second. The second release turns bad 20 s after the switch: 5 % of its
answers fail from then on. The time runs from then to the confirmed route back.
``python -m bench.turns_bad [--quick]`` prints Markdown.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.controller import Controller, wait_for
from tests.e2e.flaky_app import FlakyApp

from bench.application import controller, moment

BASELINE = 60.0
"""Seconds of live traffic before the first deployment; the record of the release that users come back to goes on."""
BETWEEN = 15.0
TURNS_AFTER = 20.0
SHARE = 0.05


@dataclass(frozen=True)
class Run:
    detected: float
    """Seconds from turning bad to the decision to go back."""
    back: float
    """Seconds from turning bad to the confirmed route back."""
    failed: int
    """Requests of users that failed, of those of this run."""
    requests: int


def run(found: Controller, app: FlakyApp, seconds: float) -> Run:
    app.change()
    with app.load(rate=200.0, connections=16) as load:
        time.sleep(seconds)
        answer = found.send(app.folder)
        wait_for(lambda: found.status(app.name)["watch"], "the release is under watch")
        time.sleep(TURNS_AFTER)
        turned = time.time()
        app.turn(**{answer["release"]: {"errors": SHARE}})
        ended = found.ended(answer["deployment"], app.name)
        result = load.stop()
    if ended["result"] != "rolled back":
        raise RuntimeError(f"it was not rolled back: {ended['result']}, {ended['reason']}")
    app.turn()
    events = ended["events"]
    return Run(
        detected=moment(events, "rollback started") - turned,
        back=moment(events, "route confirmed") - turned,
        failed=result.failed,
        requests=result.requests,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two runs")
    options = parser.parse_args()
    runs = []
    with tempfile.TemporaryDirectory(prefix="bgb-") as scratch, controller() as found:
        app = FlakyApp(Path(scratch) / "app", watch={"for": "5m"})
        found.deploy(app.folder)
        for number in range(2 if options.quick else 10):
            runs.append(run(found, app, BETWEEN if number else BASELINE))
    backs = sorted(one.back for one in runs)
    detected = [one.detected for one in runs]
    print("| runs | turning bad → decision, median / worst | turning bad → back, median / worst | failed requests |")
    print("| --- | --- | --- | --- |")
    print(
        f"| {len(runs)} | {statistics.median(detected):.1f} / {max(detected):.1f} s "
        f"| {statistics.median(backs):.1f} / {backs[-1]:.1f} s "
        f"| {sum(one.failed for one in runs):,} of {sum(one.requests for one in runs):,} |"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
