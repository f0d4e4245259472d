"""The status of applications as it is drawn on a terminal. Colours only repeat what the words say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bluegreen.cli.checking import checking_notes
from bluegreen.cli.drawing import drawn, drawn_watch
from bluegreen.cli.figures import duration, moment, span
from bluegreen.cli.watching import watch_notes
from bluegreen.core.output import printable

Object = Mapping[str, Any]

_STYLE = {"blue": "bright_blue", "green": "green", "shared": "magenta"}
_BAR = 10


def view(apps: Sequence[Object], now: float) -> RenderableType:
    """All applications below each other; ``now`` in seconds since 1970."""
    if not apps:
        return Text("No application yet. `bluegreen deploy` brings one live.")
    parts: list[RenderableType] = []
    for app in apps:
        parts += [*_app(app, now), Text()]
    return Group(*parts[:-1])


def _app(status: Object, now: float) -> Iterator[RenderableType]:
    yield _headline(status)
    yield Padding(_environments(status, now), (0, 0, 0, 2), expand=False)
    lines = [*_deployment(status, now), *_checks(status, now), *_watch(status), *_samples(status)]
    lines += [*_models(status), *_next(status, now), *_closed(status, now)]
    yield from (Padding(line, (0, 0, 0, 2), expand=False) for line in lines)
    for warning in status["warnings"]:
        yield Text(f"  ! {printable(warning)}", "yellow")


def _headline(status: Object) -> Text:
    text = Text(str(status["app"]), "bold")
    text.append(f"  {status['url'] or ''}", "not bold underline")
    text.append(f"  {_served(status)}", "not bold not underline")
    text.append(f"  epoch {status['epoch']}", "not bold not underline dim")
    return text


def _served(status: Object) -> str:
    if status["down"]:
        return "down"
    live = status["live"]
    if live is None:
        return "not live yet"
    return f"{status['environments'][live]['release']} is live in {live}"


def _environments(status: Object, now: float) -> Table:
    rows = Table.grid(padding=(0, 2))
    for column in range(6):
        rows.add_column(justify="right" if column == 3 else "left", no_wrap=column < 4)
    for color in ("blue", "green"):
        rows.add_row(*_environment(color, status["environments"][color], color == status["live"], now))
    for name, run in status["shared"].items():
        instances = run["instances"]
        label = Text("◆ shared", _STYLE["shared"])
        rows.add_row(label, Text(name), run["release"], "", _instances(instances), "")
    return rows


def _environment(color: str, env: Object, live: bool, now: float) -> Sequence[RenderableType]:
    style = _STYLE[color]
    name = Text(f"{'●' if live else '○'} {color}", f"bold {style}" if live else style)
    state = Text(str(env["state"]).upper() if live else str(env["state"]), "bold" if live else "")
    if env["state"] == "empty":
        return name, Text("empty", "dim"), "", "", "", ""
    share = Text(f"{'█' * round(env['share'] / 100 * _BAR):<{_BAR}} {env['share']:>3} %", style)
    return name, state, str(env["release"]), share, _instances(env["instances"]), _traffic(env, now)


def _instances(instances: Sequence[Object]) -> Text:
    """Such as ``web 2/2  worker 1/1``; what is not well says what it is."""
    text = Text()
    for component in dict.fromkeys(i["component"] for i in instances):
        states = Counter(i["state"] for i in instances if i["component"] == component)
        total = sum(states.values())
        text.append(f"{'  ' if text else ''}{component} {states['ready']}/{total}")
        others = [f"{count} {state}" for state, count in states.items() if state != "ready"]
        if others:
            text.append(f" ({', '.join(others)})", "red" if states["crashed"] else "yellow")
    return text


def _traffic(env: Object, now: float) -> Text:
    traffic = env["traffic"]
    text = Text()
    if traffic is None:
        text.append("traffic unknown", "yellow")
    else:
        text.append(f"{traffic['requests']:,} requests, ", "dim")
        text.append(f"{traffic['failed']:,} failed", "red" if traffic["failed"] else "dim")
        text.append(f", {traffic['active']:,} under way", "dim")
    if env["keep_until"]:
        left = env["keep_until"] - now
        text.append(f", warm for {duration(left)} more" if left > 0 else ", its time has passed", "dim")
    if not env["verified"]:
        text.append(", not verified", "yellow")
    return text


def _deployment(status: Object, now: float) -> Iterator[Text]:
    deployment = status["deployment"]
    if deployment is None:
        return
    since = duration(max(0.0, now - deployment["phase_since"]))
    target = deployment.get("component") or deployment["color"]
    text = Text(f"deployment {deployment['number']}: {deployment['release']} → {target}, ")
    text.append(f"{deployment['phase']} for {since}", "bold")
    steps = deployment.get("steps") or []
    if len(steps) > 1:
        text.append(f", step {deployment['step']} of {' → '.join(f'{step} %' for step in steps)}")
    text.append(f", by {deployment['actor']}", "dim")
    if deployment["message"]:
        text.append(f": {printable(deployment['message'])}", "dim")
    yield text
    if deployment["phase"] == "awaiting approval":
        yield Text(f"`bluegreen approve {deployment['number']}` lets it go on, `bluegreen abort` ends it", "yellow")


def _checks(status: Object, now: float) -> Iterator[RenderableType]:
    yield from (drawn(note) for note in checking_notes(status.get("checks", ()), now))


def _watch(status: Object) -> Iterator[RenderableType]:
    if watch := status.get("watch"):
        yield drawn_watch(watch_notes(watch))


def _samples(status: Object) -> Iterator[Text]:
    """How answers are sampled, where guards score them."""
    found = status.get("samples")
    if not found:
        return
    text = Text(f"answers: {found['share']:g} % sampled, {found['seen']:,} seen", "dim")
    if found["dropped"]:
        text.append(f", {found['dropped']:,} dropped", "yellow")
    if found["why"]:
        text.append(f"; nothing is scored: {printable(found['why'])}", "yellow")
    yield text


def _next(status: Object, now: float) -> Iterator[Text]:
    back, takes = status["next"]["rollback"], status["next"]["takes"]
    if back is not None:
        yield Text(rollback_words(back, now), "dim")
    if takes:
        yield Text(f"the next deployment ends {takes}", "dim")
    yield from _overlap(status)


def rollback_words(back: Object, now: float) -> str:
    """Such as ``rollback: to r3, instant, in about 12.0 ms; the standby answered 2 s ago``."""
    how = "instant" if back["instant"] else "through the idle environment"
    seconds = back.get("seconds")
    took = f"in about {duration(seconds)}" if seconds is not None else "how long it takes is unknown"
    if back.get("waits_for"):
        took = f"once {', '.join(back['waits_for'])} is loaded again"
    said = f"rollback: to {back['release']}, {how}, {took}"
    probed = back.get("probed")
    if not back["instant"] or not probed:
        return said
    answered = "answered" if probed["healthy"] else "DID NOT ANSWER WELL"
    return f"{said}; the standby {answered} {span(max(0.0, now - probed['at']))} ago"


def _models(status: Object) -> Iterator[Text]:
    """The revisions that are not loaded, or no longer needed; those that are have nothing to tell."""
    for one in status.get("models") or []:
        if one["kind"] == "served" and one["state"] != "loaded":
            why = f": {printable(one['why'])}" if one["why"] else ""
            yield Text(f"model {printable(one['name'])} in {one['component']} is {one['state']}{why}", "yellow")


def _overlap(status: Object) -> Iterator[Text]:
    """What the second environment costs, and what sharing saves, as far as the file says it."""
    found = status.get("overlap") or {}
    parts = []
    if found.get("cost") is not None:
        parts.append(f"{found['cost']:,.2f} so far ({found['per_hour']:,.2f} an hour)")
    if found.get("saved") is not None:
        parts.append(f"sharing has saved {found['saved']:,.2f} ({found['saved_per_hour']:,.2f} an hour)")
    if parts:
        yield Text(f"both environments run since {moment(found['since'])}: {'; '.join(parts)}", "dim")


def _closed(status: Object, now: float) -> Iterator[Text]:
    """Why no deployment would be taken now; a freeze that is still to come as well."""
    lock, window, freeze = status["lock"], status.get("window"), status.get("freeze")
    if lock is not None:
        yield Text(f"locked since {moment(lock['since'])} by {lock['actor']}: {printable(lock['why'])}", "yellow")
    if window and not window["open"]:
        opens = f"; open again {window['opens']}" if window["opens"] else ""
        yield Text(f"no deployments now: {printable(window['why'])}{opens}", "yellow")
    elif freeze and freeze["start"] > now:
        yield Text(f"frozen from {moment(freeze['start'])} by {freeze['actor']}: {printable(freeze['why'])}", "dim")
