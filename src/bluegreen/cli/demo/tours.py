"""The tours that there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bluegreen.cli.demo.application import Application
from bluegreen.cli.demo.command import Which
from bluegreen.cli.demo.stage import Stage
from bluegreen.cli.demo.step import Step


class Shown(Protocol):
    """What a tour has shown, in figures."""

    @property
    def steps(self) -> Sequence[Step]: ...

    def problems(self) -> Iterator[str]:
        """What went otherwise than promised."""
        ...

    def in_words(self) -> Iterator[str]: ...

    def to_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Tour:
    make: type[Application]
    go: Callable[[Stage[Any]], Shown]
    """Every step. Raises PermanentError where one ends otherwise than it should."""


def find(which: Which) -> Tour:
    """A tour. Raises NotFound where what it needs is not installed."""
    if which is Which.ai:
        from bluegreen.cli.demo.ai import Assistant, needed, tour

        needed()
        return Tour(Assistant, tour)
    from bluegreen.cli.demo import shop
    from bluegreen.cli.demo import tour as of_shop

    return Tour(shop.Shop, of_shop.tour)
