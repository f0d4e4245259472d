"""What somebody who wrote an unknown word most likely meant."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping

FOREIGN: Mapping[str, str] = {
    "name": "app",
    "application": "app",
    "services": "components",
    "processes": "components",
    "command": "run",
    "cmd": "run",
    "exec": "run",
    "replicas": "instances",
    "scale": "instances",
    "workers": "instances",
    "environment": "env",
    "healthcheck": "ready",
    "health": "ready",
    "path": "receives",
    "paths": "receives",
    "routes": "receives",
    "listen": "address",
    "port": "address",
    "domains": "hosts",
    "host": "hosts",
    "timeout": "within",
    "checks": "verify",
    "retain": "keep",
    "certificate": "cert",
    "retries": "times",
    "body": "matches",
}
"""Words of other tools, and ours for the same thing."""


def did_you_mean(word: str, known: Collection[str]) -> str:
    """A hint, or nothing when no known word is near."""
    translated = FOREIGN.get(word.lower())
    if translated in known:
        return f"did you mean `{translated}`?"
    folded = {entry.lower(): entry for entry in known}
    near = difflib.get_close_matches(word.lower().replace("-", "_"), list(folded), n=1, cutoff=0.74)
    return f"did you mean `{folded[near[0]]}`?" if near else ""
