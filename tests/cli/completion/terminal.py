"""A real shell at a terminal, typed at by a test."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import time
from pathlib import Path
from types import TracebackType

START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
SETTLED = 0.5
"""Seconds of silence after which a shell has said what it has to say."""
ESCAPES = re.compile(r"\x1b(?:\[[0-9;?<>=]*[a-zA-Z]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>])")
TAB, START_OF_LINE, KILL_LINE = "\t", "\x01", "\x05\x15"


class Terminal:
    """An interactive shell on a pseudo-terminal, in a folder, with an environment of its own."""

    def __init__(self, shell: str, folder: Path, env: dict[str, str]) -> None:
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            os.chdir(folder)
            os.execvpe(START[shell][0], START[shell], {**env, "TERM": "dumb", "PS1": "$ ", "COLUMNS": "200"})
        self.read()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.close(self._fd)
        os.waitpid(self._pid, 0)

    def type(self, text: str) -> str:
        """Type, and give what is shown until the shell falls silent."""
        os.write(self._fd, text.encode())
        return self.read()

    def read(self, within: float = 20.0) -> str:
        found, end = b"", time.monotonic() + within
        while time.monotonic() < end:
            ready, _, _ = select.select([self._fd], [], [], SETTLED if found else 5.0)
            if not ready:
                break
            try:
                found += os.read(self._fd, 65536)
            except OSError:
                break
        return ESCAPES.sub("", found.decode(errors="replace"))

    def completed(self, line: str) -> str:
        """What a line becomes when Tab is pressed behind it: its words, each in angle brackets."""
        self.type(line)
        self.type(TAB)
        shown = self.type(START_OF_LINE + "printf '<%s>' ")
        shown = self.type("\n")
        found = re.findall(r"(?:<[^<>\r\n]*>)+", shown)
        return str(found[-1]) if found else f"not run: {shown!r}"
