"""Ending an instance, whether this controller started it or an earlier one."""

from __future__ import annotations

import signal as signals

from bluegreen.core.errors import InvalidInput
from bluegreen.core.spec import Stop
from bluegreen.runtimes.base import StopOutcome
from bluegreen.runtimes.process.records import MARKER, InstanceRecord, Records
from bluegreen.system.process import end, exit_text


async def end_recorded(record: InstanceRecord, records: Records, stop: Stop) -> StopOutcome:
    """End the instance of this record, and everything that it started."""
    killed = await end_all(record, records, stop)
    return StopOutcome(killed, exit_text(record.process) if record.process else None)


async def end_all(record: InstanceRecord, records: Records, stop: Stop) -> bool:
    """End its process and everything with its marker; whether something had to be killed."""
    marker = f"{MARKER}={records.marker(record.id)}"
    return await end(record.process, signal_number(stop.signal), stop.within, marker=marker)


def signal_number(name: str) -> int:
    """The signal of that name, such as ``TERM``. Raises InvalidInput."""
    try:
        return signals.Signals[f"SIG{name}"]
    except KeyError:
        known = ", ".join(known.name[3:] for known in signals.Signals)
        raise InvalidInput(f"There is no signal {name}.", cure=f"Use one of {known}.") from None
