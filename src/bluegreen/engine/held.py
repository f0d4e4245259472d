"""Environments that users may still come to though no route leads them there, in words for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bluegreen.core.model import AppState, Traffic
from bluegreen.engine.routing import backend_name


def held_warnings(state: AppState, traffic: Mapping[str, Traffic], now: float) -> list[str]:
    """Which environments go on running for them, at least until when, and why."""
    warnings = []
    for color, environment in state.environments.items():
        prefix = backend_name(state.app, color, environment.generation, "")
        held = [each for name, each in traffic.items() if name.startswith(prefix) and each.held_until > now]
        if held and not state.routed(color):
            last = max(held, key=lambda each: each.held_until)
            until = datetime.fromtimestamp(last.held_until).astimezone().isoformat(" ", "seconds")
            warnings.append(f"Users may still come to {color}: {last.held_why}. It is kept until {until} at least.")
    return warnings
