"""The load client in a process of its own, so that it disturbs nobody's event loop and nobody disturbs its clock."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType

from bluegreen.cli.load.plan import Plan
from bluegreen.cli.load.result import Result


@dataclass(frozen=True)
class Progress:
    """What a load has seen so far."""

    elapsed: float = 0.0
    requests: int = 0
    failed: int = 0
    newest: str = ""
    """Release and colour of the newest answer, such as ``r2 green``."""


class LoadProcess:
    """Starts with the object, ends with `stop`; as a context manager it is killed where nobody stopped it.

    ``program`` is what Python runs: another one takes the same arguments and prints the same lines.
    """

    def __init__(self, plan: Plan, program: Sequence[str] = ("-m", "bluegreen.cli.load")) -> None:
        command = [sys.executable, *program, *arguments(plan), "--json"]
        # In a session of its own: a Ctrl-C in the terminal must not end the load before the count is read.
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)  # noqa: S603
        self._changed = threading.Condition()
        self._progress = Progress()
        self._result: Result | None = None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def progress(self) -> Progress:
        return self._progress

    def wait_for_requests(self, more: int, within: float = 30.0) -> Progress:
        """Block until so many more requests were answered. Raises TimeoutError; RuntimeError when the load ended."""
        with self._changed:
            wanted = self._progress.requests + more
            reached = self._changed.wait_for(lambda: self._progress.requests >= wanted or self._ended, within)
        if not reached:
            raise TimeoutError(f"fewer than {more} more requests within {within:g} s")
        if self._progress.requests < wanted:
            raise RuntimeError("the load ended by itself")
        return self._progress

    def stop(self, within: float = 60.0) -> Result:
        """End the load and return what it saw. Raises RuntimeError when it did not report."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        self._reader.join(within)
        self.kill()
        if self._result is None:
            raise RuntimeError(f"the load ended without a report (exit {self._process.returncode})")
        return self._result

    def kill(self) -> None:
        """End the process, whatever it does."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def __enter__(self) -> LoadProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()

    @property
    def _ended(self) -> bool:
        return self._process.poll() is not None

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            value = json.loads(line)
            with self._changed:
                if "progress" in value:
                    self._progress = Progress(**value["progress"])
                else:
                    self._result = Result.from_json(value["result"])
                self._changed.notify_all()
        self._process.wait()
        with self._changed:
            self._changed.notify_all()


def arguments(plan: Plan) -> list[str]:
    """The plan as arguments of ``python -m bluegreen.cli.load``."""
    found = [plan.url, f"--connections={plan.connections}", f"--fresh={plan.fresh}", f"--body={plan.body}"]
    found += [f"--rate={plan.rate or 0}", f"--timeout={plan.timeout}"]
    if plan.stream_seconds is not None:
        found.append(f"--stream-seconds={plan.stream_seconds}")
    for option, paths in (("get", plan.gets), ("post", plan.posts), ("events", plan.events), ("socket", plan.sockets)):
        found += [f"--{option}={path}" for path in paths]
    return [*found, f"--host={plan.host}"] if plan.host else found
