"""Runs every benchmark, and puts the tables as measured where docs/benchmarks.md has a place for each.

``python -m bench.run [--quick] [NAME …]`` prints the finished Markdown; without names it takes all of them.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

from bench.machine import describe

NAMES = (
    "switches",
    "crashes",
    "switch_peers",
    "throughput",
    "commands",
    "rollback_api",
    "api_fuzz",
    "idle",
    "turns_bad",
    "watched",
    "followers",
    "dashboard",
    "uploads",
    "shadow",
    "outputs",
    "mcnemar",
    "output_alarms",
    "flags",
    "false_alarms",
)
ROOT = Path(__file__).parents[1]


def measure(name: str, *, quick: bool) -> tuple[str, int]:
    """Run one benchmark; its Markdown with what it was measured on, and its exit status."""
    command = [sys.executable, "-m", f"bench.{name}", *(["--quick"] if quick else [])]
    began = time.monotonic()
    ran = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    how = "**a quick run, for the method and not for the figures**" if quick else "the full run"
    note = f"*Measured {describe()}; {how}, {time.monotonic() - began:.0f} s.*"
    return f"{ran.stdout.strip()}\n\n{note}", ran.returncode


def put(page: str, name: str, found: str) -> str:
    """The page with this text between the marks of a benchmark. Raises ValueError when it has no such marks."""
    begin, end = f"<!-- {name}: from here -->", f"<!-- {name}: to here -->"
    replaced, count = re.subn(f"(?s){begin}.*?{end}", lambda _: f"{begin}\n{found}\n{end}", page)
    if count != 1:
        raise ValueError(f"{count} places for {name}")
    return replaced


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="all of them in about five minutes")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "benchmarks.md", help="put tables into this file")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    options = parser.parse_args()
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    status = 0
    for name in options.names or NAMES:
        print(f"=== {name}", file=sys.stderr, flush=True)
        found, code = measure(name, quick=options.quick)
        status = max(status, code)
        # At once: what was measured is kept when a later one fails.
        options.page.write_text(put(options.page.read_text(), name, found))
    print(options.page.read_text())
    return status


if __name__ == "__main__":
    sys.exit(main())
