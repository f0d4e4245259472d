"""What is known of each instance on disk, so that a later controller finds its process again."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bluegreen.runtimes.base import InstanceId, InstanceState, InstanceStatus
from bluegreen.system.atomic import replace_file
from bluegreen.system.process import ProcessRecord, is_running
from bluegreen.system.session import find_leader

MARKER = "BLUEGREEN_INSTANCE"
PROBE_MARKER = "BLUEGREEN_READINESS"
"""Set, beside the marker, in the environment of readiness commands: they belong to the instance but are not it."""

_NAME = re.compile(r"(?P<place>[^-]+)-(?P<generation>\d+)-(?P<component>.+)-(?P<index>\d+)\.json")


@dataclass(frozen=True)
class InstanceRecord:
    """One instance as it was last written down. No secrets: anybody may read it in a report."""

    id: InstanceId
    port: int | None = None
    process: ProcessRecord | None = None
    """None: it was about to be started when this was written, and may run."""
    ready: bool = False
    restarts: int = 0
    exit: str | None = None
    since: float = field(default_factory=time.time)


def status_of(record: InstanceRecord, state: InstanceState) -> InstanceStatus:
    """The status of an instance with this record."""
    return InstanceStatus(
        id=record.id,
        state=state,
        address=None if record.port is None else f"127.0.0.1:{record.port}",
        pid=record.process.pid if record.process and state is not InstanceState.CRASHED else None,
        restarts=record.restarts,
        exit=record.exit,
        since=record.since,
    )


class Records:
    """The record files of one home, and the marker that its instances carry in their environment."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "run"
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._token = _read_token(self._folder / ".token")

    def marker(self, id: InstanceId) -> str:
        """Value of the variable `MARKER`: proves that a process was started by this home as this instance."""
        return f"{self._token}:{id}"

    def save(self, record: InstanceRecord) -> None:
        """Replace the instance's record. Raises OSError."""
        path = self._path(record.id)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        # Not synced: after a power cut no process is left that it could name.
        replace_file(path, json.dumps(asdict(record)).encode(), sync=False)

    def load(self, id: InstanceId) -> InstanceRecord | None:
        """None without one; one that cannot be read tells only that the instance may run."""
        try:
            data = json.loads(self._path(id).read_bytes())
            process = ProcessRecord(**data.pop("process")) if data["process"] else data.pop("process")
            return InstanceRecord(**data | {"id": id, "process": process})
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError, AttributeError):
            return InstanceRecord(id)

    def delete(self, id: InstanceId) -> None:
        """Forget the instance; nothing when it is not known."""
        self._path(id).unlink(missing_ok=True)

    def of(self, app: str) -> Iterator[InstanceRecord]:
        """Every instance of this application that was not stopped."""
        for path in sorted((self._folder / app).glob("*.json")):
            if name := _NAME.fullmatch(path.name):
                place, generation, component, index = name.groups()
                record = self.load(InstanceId(app, place, int(generation), component, int(index)))
                if record is not None:
                    yield record

    def find_process(self, record: InstanceRecord) -> ProcessRecord | None:
        """The running process of this instance.

        When its start was under way as the controller died, it is found by the marker in its environment.
        """
        if record.process is not None:
            return record.process if is_running(record.process) else None
        return find_leader(f"{MARKER}={self.marker(record.id)}", without=PROBE_MARKER)

    def _path(self, id: InstanceId) -> Path:
        return self._folder / id.app / f"{id.place}-{id.generation}-{id.component}-{id.index}.json"


def _read_token(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        replace_file(path, secrets.token_hex(8).encode())
        return path.read_text(encoding="ascii")
