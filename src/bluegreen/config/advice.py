"""What is allowed in a file, but seldom meant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bluegreen.core.prefixes import longest_prefix
from bluegreen.core.spec import AnswerGuard, AppSpec, ErrorRate, EventRatio, HttpProbe, Latency, Watch


def advice(spec: AppSpec) -> Iterator[str]:
    """One sentence for each thing that a person should know about this file."""
    if not spec.verify:
        yield "verify: no checks: a release takes users as soon as its instances are ready"
    if len(spec.switch.shift) > 1 and not spec.switch.hold and spec.watch is None:
        yield "switch: the steps of `shift` follow each other at once, since `hold` is 0s"
    if spec.watch is not None:
        yield from _watch(spec.watch, split=len(spec.switch.shift) > 1 or spec.watch.holdback > 0)
        yield from _http2(spec, spec.watch)
    for component in spec.components:
        if component.ready.http and component.protocol == "http2":
            yield (
                f"components.{component.name}: `ready: http` asks in HTTP/1.1; a server that speaks only HTTP/2 "
                "needs `ready: {tcp: true}`"
            )


def _http2(spec: AppSpec, watch: Watch) -> Iterator[str]:
    takers = {prefix: component for component in spec.components for prefix in component.receives}
    for guard in watch.guards:
        prefix = longest_prefix(guard.path, takers) if isinstance(guard, HttpProbe) else None
        if prefix and takers[prefix].protocol == "http2":
            yield (
                f"watch: `{guard.name}` asks in HTTP/1.1; a `{takers[prefix].name}` that speaks only HTTP/2 fails "
                "that, and would be rolled back"
            )


def _watch(watch: Watch, *, split: bool) -> Iterator[str]:
    for guard in watch.guards:
        if isinstance(guard, EventRatio) and not split:
            yield (
                f"watch: `{guard.name}` only alerts, since what users do changes with the time of day: "
                "with a `holdback` it can lead to a rollback"
            )
        elif not isinstance(guard, (ErrorRate, Latency, EventRatio, AnswerGuard)) and guard.every > watch.duration:
            yield f"watch: `{guard.name}` is asked every {guard.every:g} s, and the watch is shorter than that"


def open_secret(path: Path) -> Iterator[str]:
    """A warning when other users of this machine can read a file that holds secrets."""
    if path.stat().st_mode & 0o077:
        yield f"{path}: other users of this machine can read it: chmod 600 {path}"
