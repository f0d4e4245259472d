"""What a controller and its scorer say to each other: lines of JSON, over the scorer's standard input and output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bluegreen.scorer.base import Rule, Shown, Tally, Wanted
from bluegreen.scorer.counting import Count


def wanted_json(wanted: Mapping[str, Wanted]) -> dict[str, Any]:
    """To the scorer: what is to be scored."""
    return {
        "wanted": {
            app: {
                "rules": [{"key": r.key, "kind": r.kind, "value": r.value, "paths": list(r.paths)} for r in one.rules],
                "redact": list(one.redact),
            }
            for app, one in wanted.items()
        }
    }


def read_wanted(said: Mapping[str, Any]) -> dict[str, Wanted]:
    return {app: Wanted(tuple(_rules(one["rules"])), tuple(one["redact"])) for app, one in said["wanted"].items()}


def _rules(said: Iterable[Mapping[str, Any]]) -> Iterable[Rule]:
    return (Rule(one["key"], one["kind"], one["value"], tuple(one["paths"])) for one in said)


def counts_json(counts: Mapping[str, Mapping[str, Count]]) -> dict[str, Any]:
    """From the scorer, since it started."""
    return {
        backend: {
            key: [one.scored, one.bad, [[upper, number] for upper, number in one.values.items()]]
            for key, one in by_rule.items()
        }
        for backend, by_rule in counts.items()
    }


def read_counts(said: Mapping[str, Any]) -> dict[str, dict[str, Tally]]:
    return {
        backend: {
            key: Tally(scored, bad, {upper: number for upper, number in values})
            for key, (scored, bad, values) in by_rule.items()
        }
        for backend, by_rule in said.items()
    }


def shown_json(shown: Mapping[str, Shown]) -> dict[str, Any]:
    """From the scorer, since it started."""
    return {app: [one.seen, one.dropped] for app, one in shown.items()}


def read_shown(said: Mapping[str, Any]) -> dict[str, Shown]:
    return {app: Shown(seen, dropped) for app, (seen, dropped) in said.items()}
