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
SAID = "said-all"
SAY = "echo said''-all\n"
"""Makes a shell say so when it has done what was typed before; what is echoed of it is not that word."""
ESCAPES = re.compile(r"\x1b(?:\[[0-9;?<>=]*[a-zA-Z]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>])")
TAB, START_OF_LINE, END_OF_LINE = "\t", "\x01", "\x05"


class Terminal:
    """An interactive shell on a pseudo-terminal, in a folder, with an environment of its own."""

    def __init__(self, shell: str, folder: Path, env: dict[str, str]) -> None:
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            os.chdir(folder)
            os.execvpe(START[shell][0], START[shell], {**env, "TERM": "dumb", "PS1": "$ ", "COLUMNS": "200"})
        self.run("")

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.close(self._fd)
        os.waitpid(self._pid, 0)

    def run(self, text: str) -> str:
        """Type, and give all that is shown until it is done, however long a busy machine takes for it."""
        os.write(self._fd, (text + SAY).encode())
        return self._until(SAID)

    def _until(self, word: str, within: float = 60.0) -> str:
        found, end = "", time.monotonic() + within
        raw = b""
        while word not in found and time.monotonic() < end:
            if not select.select([self._fd], [], [], 1.0)[0]:
                continue
            try:
                raw += os.read(self._fd, 65536)
            except OSError:
                break
            found = ESCAPES.sub("", raw.decode(errors="replace"))
        return found

    def completed(self, line: str) -> str:
        """What a line becomes when Tab is pressed behind it: its words, each in angle brackets."""
        os.write(self._fd, line.encode())
        # Not before: a shell that finds the Tab among much that waits may take it for a part of pasted text.
        self._until(line.split()[-1])
        shown = self.run(f"{TAB}{START_OF_LINE}printf '<%s>' {END_OF_LINE}; ")
        found = re.findall(r"(?:<[^<>\r\n]*>)+", shown)
        return str(found[-1]) if found else f"not run: {shown!r}"
