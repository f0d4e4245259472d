"""What people read: every event of the history as a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bluegreen.cli.figures import duration, moment
from bluegreen.cli.watch_events import SENTENCES as WATCH_SENTENCES
from bluegreen.core.output import printable

Event = Mapping[str, Any]


def shares(by_color: Mapping[str, int]) -> str:
    """Such as ``green 5 %, blue 95 %``; nobody is served: ``nobody``."""
    taking = [f"{color} {share} %" for color, share in by_color.items() if share]
    return ", ".join(taking) or "nobody"


def endpoints(event: Event) -> str:
    """How many instances of which component are ready."""
    return ", ".join(f"{len(places)} × {name}" for name, places in event["endpoints"].items())


def evidence(found: Mapping[str, Any], *, said: str = "", lines: int = 20) -> list[str]:
    """Evidence as lines: short values and lists of words beside their name, long ones (output, bodies) by their end.

    What was ``said`` already is left out.
    """
    shown = []
    for name, value in found.items():
        words = isinstance(value, list) and all(isinstance(each, str) for each in value)
        text = printable(", ".join(value) if words else str(value)).rstrip()
        if text in said:
            continue
        if "\n" in text:
            shown += [f"{name}:", *(f"  {line}" for line in text.splitlines()[-lines:])]
        elif value not in (None, {}, []):
            shown.append(f"{name}: {text[:400]}")
    return shown


def _requested(e: Event) -> str:
    if e["what"] == "shared":
        return f"deployment {e['deployment']}: replace the shared component {e['component']} by that of r{e['release']}"
    if e["what"] == "rollback":
        how = ", which is warm there" if e["instant"] else ", through the idle environment"
        return f"deployment {e['deployment']}: back to r{e['release']} in {e['color']}{how}"
    return f"deployment {e['deployment']}: r{e['release']} goes to {e['color']}" + in_spite(e)


def _crashed(e: Event) -> str:
    ended = f" ({e['exit']})" if e["exit"] else ""
    again = f", started again {e['restarts']} times so far" if e["restarts"] else ""
    return f"{e['component']}.{e['index']} in {e['place']} ended by itself{ended}{again}"


def _stopped(e: Event) -> str:
    killed = f", {e['killed']} instances had to be killed" if e["killed"] else ""
    cut = f", {e['cut']} requests or streams cut" if e["cut"] else ""
    return f"{e['color']} is empty{cut}{killed}"


def _frozen(e: Event) -> str:
    start, until = moment(e["start"]), e.get("until")
    return f"frozen from {start} " + (f"until {moment(until)}" if until else "until that is lifted") + f": {e['why']}"


def in_spite(e: Event) -> str:
    """What an override adds to what was done."""
    return f", in spite of a freeze: {e['override']}" if e.get("override") else ""


_SENTENCES: dict[str, Callable[[Event], str]] = {
    "release created": lambda e: f"r{e['release']['number']} created",
    "release removed": lambda e: f"r{e['release']} is no longer kept",
    "deployment requested": _requested,
    "built": lambda e: "the artifact is in place",
    "shared component started": lambda e: f"shared {e['component']} of r{e['release']} is ready",
    "shared component replaced": lambda e: f"both environments use the new {e['component']}",
    "shared component stopped": lambda e: f"a copy of shared {e['component'].rstrip('+~')} stopped",
    "shared component moved": lambda e: f"shared {e['component'].rstrip('+~')} came back at other ports",
    "model loading": lambda e: f"{e['model']['served_name']} is to be loaded into {e['component']}",
    "model loaded": lambda e: f"{e['component']} answers for {e['served_name']} (after {duration(e['seconds'])})",
    "models lost": lambda e: f"{e['component']} has lost its models: they are loaded again",
    "model unloading": lambda e: f"{e['served_name']} is to be unloaded from {e['component']}",
    "model unloaded": lambda e: f"{e['served_name']} is unloaded from {e['component']}",
    "environment starting": lambda e: f"r{e['release']} starts in {e['color']}",
    "environment started": lambda e: f"{e['color']} is ready: {endpoints(e)}",
    "environment moved": lambda e: f"{e['color']} came back at other ports: {endpoints(e)}",
    "check finished": lambda e: f"{e['check']}: {e['verdict']} ({duration(e['seconds'])})",
    "verified": lambda e: f"every check allows {e['color']} ({e['digest'][:12]})",
    "approved": lambda e: "approved" + in_spite(e),
    "hook finished": lambda e: f"hook {e['hook']} {'done' if e['succeeded'] else 'failed'}",
    "route requested": lambda e: f"route asked for: {shares(e['shares'])} (epoch {e['epoch']})",
    "route confirmed": lambda e: f"{shares(e['shares'])}, confirmed in {duration(e['took'])} (epoch {e['epoch']})",
    "route observed": lambda e: f"the proxy was found with another route: {shares(e['shares'])} (epoch {e['epoch']})",
    "step allowed": lambda e: f"step {e['step']} of the shift is over",
    "rollback started": lambda e: "the route goes back",
    "deployment ended": lambda e: f"deployment {e['deployment']} {e['result']}",
    "drained": lambda e: f"{e['color']} drained in {duration(e['seconds'])}",
    "environment stopping": lambda e: f"{e['color']} is being stopped",
    "environment stopped": _stopped,
    "live components moved": lambda e: f"live components run in {e['color']}",
    "live components unknown": lambda e: "where the live components run is made sure of again",
    "instance crashed": _crashed,
    "action failed": lambda e: f"{e['action']} did not work and is tried again",
    "locked": lambda e: f"locked: {e['why']}",
    "unlocked": lambda e: "unlocked",
    "frozen": _frozen,
    "unfrozen": lambda e: "no longer frozen",
    "down requested": lambda e: "going down",
    "went down": lambda e: "down: nothing of it runs, its address is closed",
    **WATCH_SENTENCES,
}


def sentence(event: Event) -> str:
    """One event in words; one of a newer controller by its kind."""
    try:
        return printable(_SENTENCES[event["kind"]](event))
    except (KeyError, TypeError):
        return printable(str(event.get("kind", event)))
