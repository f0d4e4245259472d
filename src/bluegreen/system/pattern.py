"""Looking for a regular expression in what an untrusted program sent, without ever hanging on it."""

from __future__ import annotations

import asyncio
import re
import sys

_REPEATS = frozenset("*+?{")

_SEARCH = """
import re, sys
data = sys.stdin.buffer.read()
size = int(sys.argv[1])
pattern, text = data[:size].decode("utf-8", "replace"), data[size:].decode("utf-8", "replace")
sys.stdout.write("yes" if re.search(pattern, text) else "no")
"""


async def is_found(pattern: re.Pattern[str], text: str) -> bool:
    """Whether the pattern is found anywhere in the text.

    A pattern that repeats can take for ever on the wrong text, with the interpreter locked: such a one is searched
    for in a process of its own, which ends when this is cancelled.
    """
    if not _REPEATS & set(pattern.pattern):
        return pattern.search(text) is not None
    expression = pattern.pattern.encode("utf-8", "replace")
    searcher = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", "-c", _SEARCH, str(len(expression))),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        out, _ = await searcher.communicate(expression + text.encode("utf-8", "replace"))
    finally:
        if searcher.returncode is None:
            searcher.kill()
            await searcher.wait()
    return out == b"yes"
