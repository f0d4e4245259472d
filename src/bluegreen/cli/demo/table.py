"""The receipts of a demo as a table, a row for each deployment."""

from __future__ import annotations

from bluegreen.cli.demo.step import Step

COLUMNS = ("#", "what", "result", "blue", "green", "failed", "switch", "late", "cut")
LEGEND = (
    "blue, green: users' requests that each answered meanwhile",
    "switch: from the decision to the confirmed route",
    "late: requests to the old environment after that",
    "cut: streams, when the old environment was stopped after `drain`",
    "–: nothing to count, or not known (yet)",
)
"""Cells fit into 80 columns."""


def row(step: Step) -> tuple[str, ...]:
    """The cells of one deployment, in the order of `COLUMNS`."""
    deployment, receipt = step.deployment, step.deployment["receipt"]
    requests, failed = receipt["requests"], receipt["failed"].values()
    switch = receipt["switch_seconds"]
    return (
        str(deployment["number"]),
        step.what,
        f"live in {deployment['color']}" if deployment["result"] == "completed" else deployment["result"],
        _count(requests["blue"]),
        _count(requests["green"]),
        _count(None if None in failed else sum(failed)),
        "–" if switch is None else f"{switch * 1000:.1f} ms",
        _count(receipt["after_confirmed"]),
        _count(receipt["streams_cut"]),
    )


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"
