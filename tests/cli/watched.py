"""What the API says of watches: a guard's finding, a watch under way, judgements, evidence, a forecast."""

from __future__ import annotations

from typing import Any


def finding(guard: str = "error_rate", verdict: str = "allow", **more: Any) -> dict[str, Any]:
    figures = [{"name": "errors", "unit": "share", "before": 0.001, "now": 0.0012, "limit": 0.0021}]
    found = {
        "guard": guard,
        "verdict": verdict,
        "reason": "errors stay below the limit",
        "figures": figures,
        "evidence": 0.8,
        "alarm_at": 200.0,
        "finds": 0.004,
        "alerts_only": False,
    }
    return found | more


def regressed() -> dict[str, Any]:
    figures = [{"name": "errors", "unit": "share", "before": 0.001, "now": 0.05, "limit": 0.0021}]
    return finding(verdict="block", reason="5.0 % of requests fail", figures=figures, evidence=431.0, finds=None)


def probe(verdict: str = "allow", reason: str = "12 of 12 answered 200") -> dict[str, Any]:
    return finding("http /healthz", verdict, reason=reason, figures=[], evidence=None, alarm_at=None, finds=None)


def watch(**more: Any) -> dict[str, Any]:
    found = {
        "deployment": 3,
        "step": 1,
        "share": 100,
        "seconds": 300.0,
        "elapsed": 42.0,
        "missed": 3.0,
        "extended": 0,
        "verdict": "allow",
        "held": None,
        "guards": [finding(), probe()],
    }
    return found | more


def judgement(**more: Any) -> dict[str, Any]:
    found = {
        "step": 1,
        "share": 5,
        "verdict": "allow",
        "reason": "healthy so far",
        "at": 1060.0,
        "elapsed": 60.0,
        "missed": 0.0,
        "guards": [finding(), probe()],
    }
    return found | more


def counted(answered: int = 52, errors: int = 0, slow: tuple[int, ...] = (3, 1)) -> dict[str, Any]:
    return {
        "arrived": answered,
        "answered": answered,
        "errors": errors,
        "timed": answered,
        "slow": list(slow),
        "waiting": 1,
    }


def tick(at: float = 1001.0, **more: Any) -> dict[str, Any]:
    found = {
        "step": 1,
        "at": at,
        "span": 1.0,
        "new": counted(),
        "old": None,
        "readings": {"http /healthz": {"value": None, "verdict": "allow", "why": ""}},
        "events": {"events purchase per visit": [3, 50, 4, 60]},
        "missing": "",
    }
    return found | more


def baseline(**more: Any) -> dict[str, Any]:
    found = {
        "seconds": 3600.0,
        "requests": 187200,
        "errors": 150,
        "dispersion": 1.2,
        "timed": 187200,
        "thresholds": [{"quantile": 0.95, "factor": 1.5, "before": 0.04, "seconds": 0.06, "share": 0.055}],
        "values": {},
        "events": {},
        "missing": {},
    }
    return found | more


def forecast(**more: Any) -> dict[str, Any]:
    found = {
        "app": "shop",
        "release": "r2",
        "seconds": 3600.0,
        "requests_per_second": 52.0,
        "error_rate": 0.0008,
        "limit": 0.0021,
        "duration": 300.0,
        "finds": [{"error_rate": 0.02, "seconds": 8.0}, {"error_rate": 0.002, "seconds": None}],
        "sentence": "at your traffic of the last hour, an error rate of 2 % would be found in about 8 s",
    }
    return found | more
