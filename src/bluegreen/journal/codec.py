"""Events as JSON and back: the same for every journal, so that what is read is what was appended."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Annotated, Any, get_args

from pydantic import ConfigDict, Field, TypeAdapter

from bluegreen.core.errors import PermanentError
from bluegreen.core.events import Draft, Event

LARGEST = 1 << 20
"""Bytes of one event as JSON: far above any that is meant, far below what would slow a start down."""

_LONGEST_TEXT = 10_000

KINDS = frozenset(event.kind for event in get_args(Event))


class UnknownKind(Exception):
    """An event of a kind that this version does not have."""


@cache
def _adapter() -> TypeAdapter[Event]:
    # A field that is not known here has a meaning that would be missed: it is an error, not passed over.
    config = ConfigDict(extra="forbid", ser_json_inf_nan="strings")
    return TypeAdapter(Annotated[Event, Field(discriminator="kind")], config=config)


def encode(event: Event) -> str:
    """The event as JSON that can be read back. Evidence that cannot be kept is replaced by the reason why not.

    Raises:
        PermanentError: the rest of it cannot be kept either.
    """
    try:
        return _readable_json(event)
    except ValueError as error:
        if getattr(event, "evidence", None):
            fields: dict[str, Any] = {"evidence": {"left out": str(error)[:_LONGEST_TEXT]}}
            return encode(replace(event, **fields))
        raise PermanentError(
            f"The event {event.kind!r} cannot be written to the journal.",
            why=f"{error}.",
            cure="This is a mistake in bluegreen: please report it with this message.",
        ) from error


def _readable_json(event: Event) -> str:
    encoded = _adapter().dump_json(event, warnings=False)
    if len(encoded) > LARGEST:
        raise ValueError(f"it has {len(encoded)} bytes, and {LARGEST} is the most")
    _adapter().validate_json(encoded)
    return encoded.decode()


def decode(kind: str, encoded: str) -> Event:
    """The event that was encoded.

    Raises:
        UnknownKind: this version has no such kind of event.
        ValueError: it is no event of this kind as this version knows it.
    """
    if kind not in KINDS:
        raise UnknownKind(kind)
    event = _adapter().validate_json(encoded)
    if event.kind != kind:
        raise ValueError(f"it says that it is {event.kind!r}, not {kind!r}")
    return event


def storable(draft: Draft) -> Draft:
    """The draft with texts that any database takes: bounded, and without halves of characters."""
    return replace(draft, actor=_storable(draft.actor), reason=_storable(draft.reason))


def _storable(text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        text = f"{text[:_LONGEST_TEXT]}…"
    return text.encode("utf-8", "replace").decode().replace("\0", "")
