"""Keeps what answers running: a process of its own, which is forked again at once when it ends by itself.

To start a program anew takes the better part of a second, most of it for imports, and connections are refused so long.
A fork has imported everything already, and the socket stays open, so that who connects in between is answered.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable

ENDING = (signal.SIGTERM, signal.SIGINT)
RAN_WELL = 1.0
"""Seconds. What ends sooner would do so again: then this ends too, and its supervisor waits before it tries on."""


def keep(serve: Callable[[], None]) -> bool:
    """Run ``serve`` in a child until TERM or INT, which is passed on to it. False: it broke off as soon as it began.

    Not for a process with other threads, or with children of its own.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [*ENDING, signal.SIGCHLD])
    try:
        while True:
            began = time.monotonic()
            child = _forked(serve, before)
            told, code = _until_ended(child)
            if told or code == 0:
                return True
            if time.monotonic() - began < RAN_WELL:
                return False
            print(f"what evaluates flags has ended with {code}, and goes on in another process", file=sys.stderr)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _forked(serve: Callable[[], None], mask: set[signal.Signals] | set[int]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    if child := os.fork():
        return child
    code = 1
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        serve()
        code = 0
    except KeyboardInterrupt:
        code = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


def _until_ended(child: int) -> tuple[bool, int]:
    """Whether the child was told to end, and its exit code; negative: by that signal."""
    told = False
    while True:
        got = signal.sigwait([*ENDING, signal.SIGCHLD])
        if got != signal.SIGCHLD:
            told = True
            os.kill(child, got)
            continue
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return told, os.waitstatus_to_exitcode(status)
