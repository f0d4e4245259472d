"""What it costs to bring an artifact to the controller, and to bring it again with one file changed.

Random data in a few hundred files of mixed sizes, and many small files. Beside it, in turns, the same folder copied by
``cp``, and sent as one tar by ``curl`` to the endpoint for whole archives. Bytes are counted at the client's socket;
memory is the peak of each process, the controller's reset before each row. ``python -m bench.uploads [--quick]``
prints Markdown.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.controller import Controller

from bench.application import controller
from bluegreen.client import Client
from bluegreen.client.sending import Progress
from bluegreen.system.folder import read_folder

SIZES = (2_000, 30_000, 300_000, 3_000_000, 25_000_000)
CHANGED = 300_000
"""Bytes of the file that is changed before the second upload."""


@dataclass
class Row:
    seconds: list[float] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    controller: list[float] = field(default_factory=list)
    client: list[float] = field(default_factory=list)


def fill(folder: Path, size: int) -> None:
    """Random files of mixed sizes."""
    draw, left, number = random.Random(4), size, 0
    while left > 0:
        length = min(draw.choice(SIZES), left)
        place = folder / f"part{number % 20}" / f"{number}.bin"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(os.urandom(length))
        left, number = left - length, number + 1
    (folder / "changes.bin").write_bytes(os.urandom(CHANGED))


def fill_small(folder: Path, count: int) -> None:
    for number in range(count):
        place = folder / f"d{number % 100}" / f"{number}.txt"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(os.urandom(4000))


def send(home: Path, folder: Path) -> None:
    """In a process of its own: send the folder, and say what that took."""
    sent, through = 0, http.client.HTTPConnection.send

    def counting(connection: http.client.HTTPConnection, data: bytes) -> None:
        nonlocal sent
        sent += len(data)
        through(connection, data)

    http.client.HTTPConnection.send = counting  # type: ignore[assignment, method-assign]
    told: list[Progress] = []
    began = time.perf_counter()
    Client(home).send_folder(folder, told.append)
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"seconds": took, "sent": sent, "client": peak}))


def peak_of(pid: int) -> float:
    """MB (of 10^6 bytes) that a process has had in memory at most, since `forget_peak`."""
    line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6


def forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def uploaded(found: Controller, folder: Path, row: Row) -> None:
    pid = found.client.controller()["pid"]
    forget_peak(pid)
    command = [sys.executable, "-m", "bench.uploads", "--send", str(found.home), str(folder)]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    row.seconds.append(said["seconds"])
    row.sent.append(said["sent"])
    row.client.append(said["client"])
    row.controller.append(peak_of(pid))


def put_whole(found: Controller, folder: Path, row: Row, scratch: Path) -> None:
    """As one tar, by curl. Its digest is the client's to compute in any case: that is not in the time."""
    digest = read_folder(folder).manifest.digest()
    pid, tar = found.client.controller()["pid"], scratch / "whole.tar"
    forget_peak(pid)
    url = f"http://localhost/v1/artifacts/{digest}"
    curl = ["curl", "--silent", "--fail", "--unix-socket", str(found.home / "api.sock"), "-T", str(tar), url]
    began = time.perf_counter()
    subprocess.run(["tar", "-cf", str(tar), "-C", str(folder), "."], check=True)
    subprocess.run(curl, check=True, stdout=subprocess.DEVNULL)
    row.seconds.append(time.perf_counter() - began)
    row.sent.append(tar.stat().st_size)
    row.controller.append(peak_of(pid))
    tar.unlink()


def copied(folder: Path, row: Row, scratch: Path) -> None:
    began = time.perf_counter()
    subprocess.run(["cp", "-r", str(folder), str(scratch / "copy")], check=True)
    row.seconds.append(time.perf_counter() - began)
    shutil.rmtree(scratch / "copy")


def measure(name: str, make: Callable[[Path], None], rounds: int, rows: dict[str, Row]) -> None:
    """One kind of folder, in rounds, each over a home of its own."""
    with tempfile.TemporaryDirectory(prefix="bgb-") as scratch:
        folder = Path(scratch) / "folder"
        make(folder)
        for number in range(rounds):
            with controller() as found:
                copied(folder, rows.setdefault(f"{name}: `cp -r`", Row()), Path(scratch))
                uploaded(found, folder, rows.setdefault(f"{name}: first upload", Row()))
                (folder / "changes.bin").write_bytes(number.to_bytes(4, "big") + os.urandom(CHANGED - 4))
                uploaded(found, folder, rows.setdefault(f"{name}: again, one file changed", Row()))
            with controller() as found:
                put_whole(found, folder, rows.setdefault(f"{name}: `tar` and `curl`, whole", Row()), Path(scratch))


def cell(values: list[float], unit: str, digits: int = 0) -> str:
    return f"{statistics.median(values):,.{digits}f} {unit}" if values else "–"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the data, once")
    parser.add_argument("--send", nargs=2, type=Path, metavar=("HOME", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.send:
        send(*options.send)
        return 0
    size, count, rounds = (100_000_000, 1_000, 1) if options.quick else (1_000_000_000, 10_000, 3)
    rows: dict[str, Row] = {}
    measure(f"{size / 1e9:g} GB", lambda folder: fill(folder, size), rounds, rows)
    measure(f"{count:,} files of 4 kB", lambda folder: fill_small(folder, count), rounds, rows)
    print("| what | runs | median | bytes sent | controller's peak, worst | client's peak, worst |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, row in rows.items():
        sent = cell([value / 1e6 for value in row.sent], "MB", 2)
        peaks = (f"{max(peaks):.0f} MB" if peaks else "–" for peaks in (row.controller, row.client))
        print(f"| {name} | {len(row.seconds)} | {cell(row.seconds, 's', 2)} | {sent} | {' | '.join(peaks)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
