"""Something of everything that is put into words: one event of each kind, times, shares, figures and receipts."""

from __future__ import annotations

from typing import Any

_TICKS = [
    {"span": 1.0, "new": {"answered": 1200, "errors": 3}},
    {"span": 1.2, "new": None},
]

EVENTS: list[dict[str, Any]] = [
    {"kind": "release created", "release": {"number": 7}},
    {"kind": "release removed", "release": 3},
    {"kind": "deployment requested", "deployment": 4, "release": 7, "what": "deploy", "color": "green"},
    {
        "kind": "deployment requested",
        "deployment": 4,
        "release": 7,
        "what": "deploy",
        "color": "blue",
        "override": "now",
    },
    {
        "kind": "deployment requested",
        "deployment": 5,
        "release": 6,
        "what": "rollback",
        "color": "blue",
        "instant": True,
    },
    {
        "kind": "deployment requested",
        "deployment": 5,
        "release": 2,
        "what": "rollback",
        "color": "blue",
        "instant": False,
    },
    {"kind": "deployment requested", "deployment": 6, "release": 7, "what": "shared", "component": "ranker"},
    {"kind": "built"},
    {"kind": "shared component started", "component": "ranker", "release": 7},
    {"kind": "shared component replaced", "component": "ranker"},
    {"kind": "shared component stopped", "component": "ranker~"},
    {"kind": "shared component moved", "component": "ranker+"},
    {"kind": "model loading", "component": "llm", "model": {"served_name": "chat-v12"}},
    {"kind": "model loaded", "component": "llm", "served_name": "chat-v12", "seconds": 2.5},
    {"kind": "models lost", "component": "llm"},
    {"kind": "model unloading", "component": "llm", "served_name": "chat-v11"},
    {"kind": "model unloaded", "component": "llm", "served_name": "chat-v11"},
    {"kind": "environment starting", "release": 7, "color": "green"},
    {"kind": "environment started", "color": "green", "endpoints": {"web": ["a:1", "a:2"], "worker": []}},
    {"kind": "environment moved", "color": "green", "endpoints": {"web": ["a:1"]}},
    {"kind": "check finished", "check": "http /healthz", "verdict": "cannot tell", "seconds": 0.05},
    {"kind": "verified", "color": "green", "digest": "0123456789abcdef"},
    {"kind": "approved"},
    {"kind": "approved", "override": "a hotfix"},
    {"kind": "hook finished", "hook": "migrate", "succeeded": True},
    {"kind": "hook finished", "hook": "migrate", "succeeded": False},
    {"kind": "route requested", "epoch": 9, "shares": {"green": 5, "blue": 95}},
    {"kind": "route confirmed", "epoch": 9, "shares": {"green": 100, "blue": 0}, "took": 0.0123},
    {"kind": "route observed", "epoch": 9, "shares": {}},
    {"kind": "step allowed", "step": 1},
    {"kind": "rollback started"},
    {"kind": "deployment ended", "deployment": 4, "result": "rolled back"},
    {"kind": "drained", "color": "blue", "seconds": 75.0},
    {"kind": "environment stopping", "color": "blue"},
    {"kind": "environment stopped", "color": "blue", "cut": 2, "killed": 1},
    {"kind": "environment stopped", "color": "blue", "cut": None, "killed": 0},
    {"kind": "live components moved", "color": "green"},
    {"kind": "live components unknown"},
    {"kind": "instance crashed", "component": "web", "index": 1, "place": "blue", "exit": "exit 1", "restarts": 3},
    {"kind": "instance crashed", "component": "web", "index": 1, "place": "blue", "exit": None, "restarts": 0},
    {"kind": "action failed", "action": "switch"},
    {"kind": "locked", "why": "the auditors\x1b[31m are here"},
    {"kind": "unlocked"},
    {"kind": "frozen", "why": "holidays", "start": 1700000000.0, "until": 1700086400.0},
    {"kind": "frozen", "why": "holidays", "start": 1700000000.0, "until": None},
    {"kind": "unfrozen"},
    {"kind": "down requested"},
    {"kind": "went down"},
    {"kind": "baseline taken", "baseline": {"requests": 12345, "errors": 12, "seconds": 3600.0}},
    {"kind": "baseline taken", "baseline": {"requests": 0, "errors": 0, "seconds": 0.0}},
    {"kind": "watched", "step": 1, "ticks": _TICKS},
    {"kind": "watch resumed", "missed": 12.5},
    {"kind": "watch extended", "step": 1},
    {"kind": "watch held", "step": 2},
    {"kind": "standby probed", "verdict": "allow"},
    {"kind": "standby probed", "verdict": "block"},
    {"kind": "standby probed", "verdict": "cannot tell"},
    {"kind": "judged", "step": 1, "verdict": "block"},
    {"kind": "something of a later version"},
    {"kind": "environment started"},
]

SECONDS = [
    0.0004,
    0.0041,
    0.0123,
    0.0999,
    0.1,
    0.95,
    1.0,
    2.54,
    9.96,
    10.4,
    42.0,
    59.9,
    60.0,
    90.0,
    3599.0,
    3661.0,
    7200.0,
]
SHARES = [0.0, 0.00084, 0.0123, 0.02, 0.099, 0.12, 0.5, 1.0]
FIGURES = [
    {"name": "errors", "unit": "share", "before": 0.001, "now": 0.0012, "limit": 0.0021},
    {"name": "p95", "unit": "seconds", "before": 0.012, "now": None, "limit": None},
    {"name": "queue", "unit": "", "before": None, "now": 12345.0, "limit": 0.123456},
]

_DEPLOYMENT = {"number": 4, "release": "r7", "kind": "deploy", "previous": "r6", "result": "completed"}
_FINDING = {"step": 1, "share": 100, "at": 0.0, "missed": 0.0, "guards": []}
_JUDGED = {**_FINDING, "verdict": "allow", "reason": "healthy so far", "elapsed": 42.0}
_REGRESSED = {
    **_FINDING,
    "verdict": "block",
    "reason": "errors: 12 % of the requests fail",
    "elapsed": 9.0,
    "missed": 2.0,
}
_RECEIPT = {
    "requests": {"blue": 1234, "green": None},
    "failed": {"blue": 0, "green": None},
    "explicit": {"blue": 0, "green": 0},
    "switch_seconds": 0.0123,
    "after_confirmed": 0,
    "drain_seconds": 0.5,
    "streams_cut": None,
    "overlap_seconds": None,
    "complete": False,
}
_WHOLE = {
    **_RECEIPT,
    "explicit": {"blue": 0, "green": 3},
    "streams_cut": 2,
    "overlap_seconds": 4000.0,
    "complete": True,
}

_FLAGS = {**_WHOLE, "flags": ["new-checkout: off → on", "banner added (red)"]}
_SURE = {"sure": "by chance at most once in 412 releases that are no worse"}

DEPLOYMENTS: list[dict[str, Any]] = [
    {**_DEPLOYMENT, "receipt": _FLAGS, "judgements": [_JUDGED], "taken_back": None},
    {**_DEPLOYMENT, "receipt": _FLAGS, "judgements": [_REGRESSED], "taken_back": _SURE, "result": "rolled back"},
    {**_DEPLOYMENT, "receipt": _RECEIPT, "judgements": [_JUDGED]},
    {**_DEPLOYMENT, "receipt": _RECEIPT, "judgements": [_JUDGED], "models": [{"in_words": "chat: v1 → v2"}] * 2},
    {**_DEPLOYMENT, "receipt": _RECEIPT, "judgements": [_JUDGED], "models": None},
    {**_DEPLOYMENT, "receipt": _WHOLE, "judgements": []},
    {**_DEPLOYMENT, "receipt": _WHOLE, "judgements": [_REGRESSED], "result": "rolled back"},
    {**_DEPLOYMENT, "receipt": {**_RECEIPT, "drain_seconds": None}, "judgements": [], "previous": None},
    {**_DEPLOYMENT, "receipt": {**_RECEIPT, "switch_seconds": None}, "judgements": [], "result": "failed"},
]
