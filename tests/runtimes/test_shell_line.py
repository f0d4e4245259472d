"""A plain command takes the shell's place; anything that needs the shell keeps it."""

from __future__ import annotations

import pytest

from bluegreen.runtimes.process.launch import shell_line


@pytest.mark.parametrize(
    "command", ["uvicorn shop:app --port $PORT", ".venv/bin/python -m 'a b'", './serve --name="x"', "sleep ${PORT%0}"]
)
def test_a_plain_command_takes_the_shells_place(command: str) -> None:
    plain = "{" not in command
    assert shell_line(command) == (f"exec {command}" if plain else command)


@pytest.mark.parametrize(
    "command",
    [
        "cd web && ./serve",
        "A=1 ./serve",
        "exec ./serve",
        "./a | ./b",
        "./serve > log",
        "while true; do x; done",
        "./a\n./b",
    ],
)
def test_what_needs_the_shell_keeps_it(command: str) -> None:
    assert shell_line(command) == command
