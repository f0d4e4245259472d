"""The built files that ship are those that the source builds to, and word things as the command line does."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from bluegreen.cli.figures import duration, percent, quantity, span
from bluegreen.cli.findings import figure_words, verdict_words
from bluegreen.cli.receipts import receipt_lines
from bluegreen.cli.wording import sentence
from bluegreen.core.events import Event
from tests.dashboard.node import SOURCE, install, run
from tests.dashboard.spoken import DEPLOYMENTS, EVENTS, FIGURES, SECONDS, SHARES

SHIPPED = Path(str(files("bluegreen") / "dashboard"))

SAY = """
import { sentence } from "./src/words/sentence";
import { duration, percent, quantity, span } from "./src/words/figures";
import { figureWords, verdictWords } from "./src/words/verdict";
import { receiptLines } from "./src/words/receipt";
const { events, seconds, shares, figures, deployments } = JSON.parse(await new Response(process.stdin as never).text());
console.log(JSON.stringify({
  events: events.map(sentence),
  durations: seconds.map(duration),
  spans: seconds.map(span),
  quantities: seconds.map((value: number) => quantity(value, "seconds")),
  shares: shares.map(percent),
  figures: figures.map(figureWords),
  verdicts: ["allow", "block", "cannot tell"].map((verdict) => [verdictWords(verdict), verdictWords(verdict, true)]),
  receipts: deployments.map((d: never) => receiptLines(d, (d as any).receipt, (d as any).judgements)),
}));
"""

DRAW = """
import { curvesOf } from "./src/words/gaps";
const asked = JSON.parse(await new Response(process.stdin as never).text());
console.log(JSON.stringify(curvesOf(asked, [{ color: "blue", what: "rps" }, { color: "green", what: "rps" }])));
"""


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("dashboard-build"))


def test_a_fresh_build_is_byte_for_byte_what_ships(workshop: Path) -> None:
    built = workshop.parent / "built"
    run(["npm", "run", "build", "--", "--outDir", str(built)], workshop)
    fresh = {str(file.relative_to(built)): file.read_bytes() for file in built.rglob("*") if file.is_file()}
    shipped = {str(file.relative_to(SHIPPED)): file.read_bytes() for file in SHIPPED.rglob("*") if file.is_file()}
    assert sorted(fresh) == sorted(shipped), "run `make dashboard`"
    assert fresh == shipped, "run `make dashboard`"


def test_the_dashboard_words_things_as_the_command_line_does(workshop: Path) -> None:
    (workshop / "say.ts").write_text(SAY)
    run(["npx", "vite", "build", "--ssr", "say.ts", "--outDir", "said"], workshop)
    assert {event["kind"] for event in EVENTS} >= {get_type_hints(kind)["kind"].__args__[0] for kind in get_args(Event)}
    asked = {
        "events": EVENTS,
        "seconds": SECONDS,
        "shares": SHARES,
        "figures": FIGURES,
        "deployments": DEPLOYMENTS,
    }
    said: dict[str, Any] = json.loads(run(["node", "said/say.js"], workshop, json.dumps(asked)))
    assert said["events"] == [sentence(event) for event in EVENTS]
    assert said["durations"] == [duration(value) for value in SECONDS]
    assert said["spans"] == [span(value) for value in SECONDS]
    assert said["quantities"] == [quantity(value, "seconds") for value in SECONDS]
    assert said["shares"] == [percent(share) for share in SHARES]
    assert said["figures"] == [figure_words(figure) for figure in FIGURES]
    assert said["verdicts"] == [
        [verdict_words(verdict), verdict_words(verdict, so_far=True)] for verdict in ("allow", "block", "cannot tell")
    ]
    assert said["receipts"] == [[list(line) for line in receipt_lines(d)] for d in DEPLOYMENTS]


def test_a_line_does_not_cross_what_nobody_has_measured(workshop: Path) -> None:
    (workshop / "draw.ts").write_text(DRAW)
    run(["npx", "vite", "build", "--ssr", "draw.ts", "--outDir", "drawn"], workshop)

    def point(at: float, blue: float | None) -> dict[str, Any]:
        return {"at": at, "environments": {"blue": {"rps": blue}, "green": None}}

    points = [point(100, 5), point(101, 6), point(111, 7), point(155, 8), point(156, None)]
    drawn = json.loads(run(["node", "drawn/draw.js"], workshop, json.dumps(points)))
    assert drawn == [[100, 101, 111, 133, 155, 156], [5, 6, 7, None, 8, None], [None] * 6]


def test_no_address_of_a_registry_stands_in_the_lock_file() -> None:
    assert '"resolved"' not in (SOURCE / "package-lock.json").read_text()
