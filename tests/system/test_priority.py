"""What must not be in users' way gives way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os
from bluegreen.system.priority import give_way
before = os.nice(0)
give_way(7)
print(os.nice(0) - before)
try:
    print(open("/proc/self/autogroup").read().split()[-1])
except OSError:
    print("none")
"""


@pytest.mark.parametrize("own_session", [True, False])
def test_a_process_gives_way_and_with_it_its_own_session_only(own_session: bool) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True, check=True, start_new_session=own_session
    )
    nice, session = ran.stdout.split()
    assert nice == "7"
    if Path("/proc/self/autogroup").exists():
        ours = Path("/proc/self/autogroup").read_text().split()[-1]
        assert session == ("7" if own_session else ours)
