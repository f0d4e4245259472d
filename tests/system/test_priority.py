"""What must not be in users' way gives way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

AUTOGROUP = Path("/proc/self/autogroup")
PROGRAM = """
import os
from bluegreen.system.priority import give_way
from tests.system.test_priority import of_session
nice, session = os.nice(0), of_session()
give_way(7)
print(os.nice(0) - nice, session, of_session())
"""


def of_session() -> str:
    """The niceness of this process's session; "none" where the kernel keeps none."""
    words = AUTOGROUP.read_text().split() if AUTOGROUP.exists() else []
    return words[-1] if words else "none"


@pytest.mark.parametrize("own_session", [True, False])
def test_a_process_gives_way_and_with_it_its_own_session_only(own_session: bool) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True, check=True, start_new_session=own_session
    )
    nice, before, after = ran.stdout.split()
    assert nice == "7"
    assert after == ("7" if own_session and before != "none" else before)
