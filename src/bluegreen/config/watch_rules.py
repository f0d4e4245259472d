"""What must hold between the keys of ``watch:``, and between it and the switch."""

from __future__ import annotations

from collections.abc import Iterator

from bluegreen.config.answer_rules import answer_breaches
from bluegreen.config.breach import Breach
from bluegreen.config.document import Path
from bluegreen.config.models import FileModel
from bluegreen.config.watch_models import EventsSection, GuardSection, JsonSection, PrometheusSection
from bluegreen.config.watchspec import guard_specs
from bluegreen.core.prefixes import longest_prefix


def watch_breaches(file: FileModel) -> Iterator[Breach]:
    """Every rule about watching that the file breaks."""
    split = len(file.switch.shift) > 1 or (file.watch is not None and file.watch.holdback)
    if file.switch.sticky and not split:
        yield Breach(
            ("switch", "sticky"),
            "there is no time at which both releases have users, so `sticky` would do nothing",
            "add steps (`shift: [5%, 50%, 100%]`) or a `holdback` to `watch`, or remove it",
            on_key=True,
        )
    prefixes = [prefix for component in file.components.values() for prefix in component.receives]
    seen: set[str] = set()
    for index, guard in enumerate(file.watch.guards if file.watch else ()):
        path: Path = ("watch", "guards", index)
        found = list(_guard(guard, path))
        yield from found
        if found:
            continue
        if guard.http is not None and longest_prefix(guard.http.path, prefixes) is None:
            message = f"no component receives `{guard.http.path}`, so nobody can be asked for it"
            hint = "choose a path below " + " or ".join(f"`{prefix}`" for prefix in prefixes)
            yield Breach((*path, "http"), message, hint)
        for name in (spec.name for spec in guard_specs(guard)):
            if name in seen:
                yield Breach(path, f"the guard `{name}` is there twice", "remove one of the two")
            seen.add(name)


def _guard(guard: GuardSection, path: Path) -> Iterator[Breach]:
    fields = type(guard).model_fields
    kinds = [fields[name].alias or name for name in fields if getattr(guard, name) is not None]
    if not kinds:
        known = ", ".join(f"`{field.alias or name}`" for name, field in fields.items())
        yield Breach(path, "a guard needs one of " + known, "such as `error_rate: {worse_than: 2x}`")
    if len(kinds) > 1:
        message = f"one guard cannot be both `{kinds[0]}` and `{kinds[1]}`"
        yield Breach((*path, kinds[1]), message, "begin a second one with `-`", on_key=True)
    if guard.prometheus is not None:
        yield from _prometheus(guard.prometheus, (*path, "prometheus"))
    if guard.json_ is not None:
        yield from _bounds(guard.json_, (*path, "json"))
    yield from answer_breaches(guard, path)
    if guard.events is not None:
        yield from _events(guard.events, (*path, "events"))


def _prometheus(section: PrometheusSection, path: Path) -> Iterator[Breach]:
    fixed = next((key for key in ("at_most", "at_least") if getattr(section, key) is not None), None)
    if section.worse_than is None:
        yield from _bounds(section, path, or_else=", or `worse_than: 2x`")
    elif fixed:
        message = f"`worse_than` compares with before, `{fixed}` does not: one guard cannot do both"
        yield Breach((*path, fixed), message, "write two guards, with a `query` each", on_key=True)


def _bounds(section: PrometheusSection | JsonSection, path: Path, or_else: str = "") -> Iterator[Breach]:
    low, high = section.at_least, section.at_most
    if low is None and high is None:
        hint = f"such as `at_most: 1000` or `at_least: 1`{or_else}"
        yield Breach(path, "nothing says which values are worse", hint, on_key=True)
    elif low is not None and high is not None and low > high:
        message = f"no value is at least {low:g} and at most {high:g}"
        yield Breach((*path, "at_least"), message, "exchange the two")


def _events(section: EventsSection, path: Path) -> Iterator[Breach]:
    if section.name == section.per:
        message = f"there is always one `{section.name}` for each `{section.per}`"
        yield Breach((*path, "per"), message, "name the event that comes before it, such as `visit`")
