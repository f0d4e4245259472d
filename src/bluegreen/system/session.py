"""Everything that a detached process started: its session, and what carries its marker in its environment."""

from __future__ import annotations

import os
import select
import signal as signals

from bluegreen.system.identity import ProcessRecord, find, open_pidfd, record_of, wait_pidfd
from bluegreen.system.procfs import Stat, all_stats, is_own, read_environ


class Members:
    """The processes that are proved to belong to the session leader ``leader`` or to carry ``marker``.

    A session's number is not used again while a member of it lives. So membership is proof while the leader, or
    one member that was proved before, is still there. ``marker`` (``NAME=value``) proves without the leader, and also
    finds what left the session. Close it after use.
    """

    def __init__(self, leader: ProcessRecord | None, marker: str | None) -> None:
        self._leader = leader
        self._marker = marker
        self._fds: dict[ProcessRecord, int] = {}
        self._in_session: set[ProcessRecord] = set()

    def close(self) -> None:
        for fd in self._fds.values():
            os.close(fd)
        self._fds.clear()

    def find_more(self) -> bool:
        """Look for members that were not known yet; whether there are any."""
        marked: dict[ProcessRecord, int] = {}
        claimed: dict[ProcessRecord, int] = {}
        for stat in all_stats():
            record = record_of(stat)
            if stat.ended or record in self._fds:
                continue
            if self._is_marked(stat):
                _open_into(marked, record)
            elif self._leader is not None and stat.session == self._leader.pid:
                _open_into(claimed, record)
        self._fds |= marked
        if self._leader is not None:
            self._in_session |= {record for record in marked if _session(record) == self._leader.pid}
        self._admit(claimed)
        return bool(marked) or any(record in self._fds for record in claimed)

    def _is_marked(self, stat: Stat) -> bool:
        return self._marker is not None and is_own(stat.pid) and self._marker in read_environ(stat.pid)

    def _admit(self, claimed: dict[ProcessRecord, int]) -> None:
        """Take the session's members if the session is proved to be still the leader's, after they were opened."""
        if self._session_is_proved():
            self._fds |= claimed
            self._in_session |= claimed.keys()
        else:
            for fd in claimed.values():
                os.close(fd)

    def _session_is_proved(self) -> bool:
        if self._leader is None:
            return False
        return find(self._leader) is not None or any(not _has_ended(self._fds[r]) for r in self._in_session)

    def signal(self, signal: int) -> None:
        """Send it to every known member that still runs."""
        for fd in self._fds.values():
            # Another user's (a set-uid program) cannot be signalled by us, and is not waited for.
            try:
                signals.pidfd_send_signal(fd, signal)
            except (ProcessLookupError, PermissionError):
                continue

    async def wait_gone(self, signal: int) -> None:
        """Return when no member is left; those that appear meanwhile get ``signal`` too."""
        while True:
            for fd in list(self._fds.values()):
                if _may_signal(fd):
                    await wait_pidfd(fd)
            if not self.find_more():
                return
            self.signal(signal)


def find_leader(marker: str, *, without: str) -> ProcessRecord | None:
    """The session leader of our user that was started with ``marker`` (``NAME=value``) in its environment.

    Not one whose environment also has the variable ``without``. Of several, the oldest: later ones are daemons that
    it started.
    """
    found: list[Stat] = []
    for stat in all_stats():
        if stat.session == stat.pid and not stat.ended and is_own(stat.pid):
            environ = read_environ(stat.pid)
            if marker in environ and not any(entry.startswith(f"{without}=") for entry in environ):
                found.append(stat)
    return record_of(min(found, key=lambda stat: stat.ticks)) if found else None


def _open_into(found: dict[ProcessRecord, int], record: ProcessRecord) -> None:
    if (fd := open_pidfd(record)) is not None:
        found[record] = fd


def _session(record: ProcessRecord) -> int | None:
    stat = find(record)
    return stat.session if stat else None


def _has_ended(fd: int) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))


def _may_signal(fd: int) -> bool:
    try:
        signals.pidfd_send_signal(fd, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
