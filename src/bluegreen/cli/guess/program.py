"""A program that was found in a folder, and the project that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """One program of an application, as far as it could be guessed."""

    name: str
    run: str
    public: bool = True
    """Whether users' requests go to it."""
    build: str | None = None
    unsure: str = ""
    """What a person has to look at."""


@dataclass(frozen=True)
class Project:
    """What one language's files say: how to build it, and how it would be served."""

    source: str
    """The file that told it."""
    program: Program
    name: str = ""
    before_start: str | None = None
