"""What is wrong with a flag set: flagd's schema, as openfeature-flagd-core takes it."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from bluegreen.core.flag_targeting import targeting_flaws
from bluegreen.core.flaw import Flaw, Path

KEYS = ("state", "variants", "defaultVariant", "targeting", "metadata")
PASSED_OVER = ("source", "selector")
"""What flagd writes into flags that it hands on."""
STATES = ("ENABLED", "DISABLED")
LONGEST_NAME = 200


def flaws(value: Any) -> Iterator[Flaw]:
    """Everything that is wrong with a flag set, by its place."""
    if not isinstance(value, dict):
        yield Flaw((), "a flag set must be an object", 'such as {"flags": {"new-checkout": {…}}}')
        return
    yield from _metadata(value.get("metadata", {}), ("metadata",))
    evaluators = value.get("$evaluators", {})
    if not isinstance(evaluators, dict):
        yield Flaw(("$evaluators",), "must be an object of targeting rules by their names")
        evaluators = {}
    for name, rule in evaluators.items():
        yield from targeting_flaws(rule, ("$evaluators", name), evaluators)
    flags = value.get("flags")
    if "flags" not in value:
        yield Flaw((), "`flags` is missing", 'such as {"flags": {"new-checkout": {…}}}')
    elif not isinstance(flags, dict):
        yield Flaw(("flags",), "must be an object of flags by their names", "a list of flags is for flagd alone")
    else:
        for name, definition in flags.items():
            yield from _flag(name, definition, evaluators)


def _flag(name: str, flag: Any, evaluators: Collection[str]) -> Iterator[Flaw]:
    path: Path = ("flags", name)
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        yield Flaw(path, f"the name of a flag has 1 to {LONGEST_NAME} characters that can be printed", on_key=True)
    if not isinstance(flag, dict):
        yield Flaw(path, "a flag must be an object", "it has `state`, `variants` and `defaultVariant`")
        return
    for key in flag:
        if key not in (*KEYS, *PASSED_OVER):
            near = difflib.get_close_matches(key, KEYS, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"a flag has {', '.join(KEYS)}"
            yield Flaw((*path, key), f"a flag has no `{key}`", hint, on_key=True)
    if flag.get("state") not in STATES:
        where = (*path, "state") if "state" in flag else path
        yield Flaw(where, "`state` must be `ENABLED` or `DISABLED`")
    yield from _variants(flag, path)
    if "targeting" in flag:
        if not isinstance(flag["targeting"], dict):
            yield Flaw((*path, "targeting"), "must be an object", "a rule in JsonLogic, or {} for none")
        else:
            yield from targeting_flaws(flag["targeting"], (*path, "targeting"), evaluators)
    yield from _metadata(flag.get("metadata", {}), (*path, "metadata"))


def _variants(flag: Mapping[str, Any], path: Path) -> Iterator[Flaw]:
    variants = flag.get("variants")
    if not isinstance(variants, dict) or not variants:
        where = (*path, "variants") if "variants" in flag else path
        yield Flaw(
            where, "`variants` must be an object with at least one variant", 'such as {"on": true, "off": false}'
        )
        return
    for name, value in variants.items():
        if not name:
            yield Flaw((*path, "variants"), "a variant needs a name")
        if kind_of([value]) is None:
            yield Flaw((*path, "variants", name), "must be true or false, a text, a number or an object")
    if all(kind_of([value]) for value in variants.values()) and kind_of(variants.values()) is None:
        yield Flaw((*path, "variants"), "all variants of a flag must be of one type")
    default = flag.get("defaultVariant")
    if default is not None and not isinstance(default, str):
        yield Flaw((*path, "defaultVariant"), "must be the name of a variant", "put it in quotes, or null for none")
    elif default and default not in variants:
        names = ", ".join(f"`{name}`" for name in variants)
        yield Flaw((*path, "defaultVariant"), f"there is no variant `{default}`", f"its variants are {names}")


def kind_of(values: Collection[Any]) -> str | None:
    """The one type of a flag's values: ``boolean``, ``string``, ``integer``, ``float`` or ``object``; None: no one."""
    if all(isinstance(value, bool) for value in values):
        return "boolean"
    if any(isinstance(value, bool) for value in values):
        return None
    for name, types in (("string", str), ("integer", int), ("float", (int, float)), ("object", (dict, list))):
        if all(isinstance(value, types) for value in values):
            return name
    return None


def _metadata(value: Any, path: Path) -> Iterator[Flaw]:
    if not isinstance(value, dict):
        yield Flaw(path, "must be an object")
        return
    for key, item in value.items():
        if not key or not isinstance(item, bool | int | float | str):
            yield Flaw((*path, key), "metadata is text, a number or true or false, under a name")
