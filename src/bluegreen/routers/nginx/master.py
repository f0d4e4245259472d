"""nginx's master process and its workers, as the kernel shows them."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.system.identity import ProcessRecord, record_of
from bluegreen.system.process import send_signal
from bluegreen.system.procfs import all_stats, read_stat

_MASTER = b"nginx: master process"
_WORKER = b"nginx: worker process"
_RETIRING = b"is shutting down"


@dataclass(frozen=True)
class Workers:
    """The workers of one master. Retiring ones end with the last connection that they have."""

    serving: frozenset[ProcessRecord]
    retiring: frozenset[ProcessRecord]


class Master:
    """One nginx, found by its pid file each time: it may be started again at any moment."""

    def __init__(self, pid_file: str) -> None:
        self._file = Path(pid_file)

    def find(self) -> ProcessRecord:
        """Its master process. Raises TemporaryError when it does not run."""
        try:
            pid = int(self._file.read_text(encoding="ascii"))
        except (OSError, ValueError) as error:
            raise self._gone(f"its pid file {self._file} cannot be read: {error}") from error
        stat = read_stat(pid) if pid > 0 else None
        # A pid file outlives a crash: what has the pid now may be anything.
        if stat is None or not _title(pid).startswith(_MASTER):
            raise self._gone(f"{self._file} names pid {pid}, which is no nginx")
        return record_of(stat)

    def workers(self) -> Workers:
        """Its workers now; none when it does not run."""
        try:
            master = self.find()
        except TemporaryError:
            return Workers(frozenset(), frozenset())
        serving: set[ProcessRecord] = set()
        retiring: set[ProcessRecord] = set()
        for stat in all_stats():
            if stat.parent == master.pid and not stat.ended and (title := _title(stat.pid)).startswith(_WORKER):
                (retiring if _RETIRING in title else serving).add(record_of(stat))
        return Workers(frozenset(serving), frozenset(retiring))

    def reload(self) -> None:
        """Tell it to read its configuration again, as ``nginx -s reload`` does.

        Raises:
            TemporaryError: it does not run.
            PermanentError: it is another user's process.
        """
        master = self.find()
        try:
            told = send_signal(master, signal.SIGHUP)
        except PermissionError as error:
            raise PermanentError(
                "nginx cannot be told to read its configuration again",
                why=f"its master process (pid {master.pid}) is another user's, and this user may not signal it",
                cure="run bluegreen as root or as the user that nginx's master runs as",
            ) from error
        if not told:
            raise self._gone(f"pid {master.pid} has just ended")

    def _gone(self, why: str) -> TemporaryError:
        return TemporaryError(
            "nginx does not run",
            why=why,
            cure="start it again (it follows the last route on disk), or correct `pid` below `router: nginx`",
        )


def _title(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
