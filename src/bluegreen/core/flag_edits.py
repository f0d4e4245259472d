"""Editing a flag set by command: which variant a flag gives, and whether it is on at all."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bluegreen.core.errors import InvalidInput, NotFound
from bluegreen.core.flag_sets import Definition, canonical

State = Literal["ENABLED", "DISABLED"]


@dataclass(frozen=True)
class FlagEdits:
    """What is asked for, by the names of flags."""

    variants: Mapping[str, str] = field(default_factory=dict)
    """Their new default variant."""
    states: Mapping[str, State] = field(default_factory=dict)


def edited(text: str, edits: FlagEdits) -> tuple[str, tuple[str, ...]]:
    """The canonical text with the edits, and what a person should know about them.

    Raises:
        NotFound: there is no flag of that name. InvalidInput: it has no such variant, or nothing was asked for.
    """
    if not edits.variants and not edits.states:
        raise InvalidInput("No flag was named.", cure="Such as `bluegreen flags set new-checkout=on`.")
    whole: dict[str, Any] = json.loads(text)
    flags = whole["flags"]
    for name in (*edits.variants, *edits.states):
        if name not in flags:
            raise _unknown(name, flags)
    for name, variant in edits.variants.items():
        _refuse_unknown_variant(name, variant, flags[name])
        flags[name] = {**flags[name], "defaultVariant": variant}
    for name, state in edits.states.items():
        flags[name] = {**flags[name], "state": state}
    return canonical(whole), tuple(_notices(flags, edits))


def _notices(flags: Mapping[str, Definition], edits: FlagEdits) -> Iterator[str]:
    for name in edits.variants:
        if flags[name]["state"] == "DISABLED":
            yield f"{name} is disabled, so that the code's default goes on: `bluegreen flags set --on {name}`"
        elif flags[name].get("targeting"):
            yield f"{name} has targeting, which decides first: {edits.variants[name]} is for whom it does not name"


def _unknown(name: str, flags: Mapping[str, Definition]) -> NotFound:
    near = difflib.get_close_matches(name, flags, n=1)
    known = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(sorted(flags)) or 'none'}."
    return NotFound(
        f"There is no flag {name} in the release that is live.",
        why=known,
        cure="A new flag comes with the flag file: add it there, and deploy.",
    )


def _refuse_unknown_variant(name: str, variant: str, flag: Definition) -> None:
    if variant not in flag["variants"]:
        raise InvalidInput(
            f"The flag {name} has no variant {variant}.", cure=f"Its variants: {', '.join(flag['variants'])}."
        )
